/** Feeds of a search: valid, of what is new, with ids that stay, and with nothing of an entry as markup. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atomOf } from '#explorer/api/feed/atom.ts';
import type { Feed } from '#explorer/api/feed/feed.ts';
import { entryPath } from '#explorer/search/paths.ts';
import { RateLimiter } from '#service/rate-limit.ts';
import { ExploredLog, TestExplorer } from '#test/support/explorer-api.ts';
import { freshReceipt } from '#test/support/log.ts';
import { anyText } from '../search/arbitraries.ts';

const LOG = new ExploredLog('log.example/<feed>&"');
const NASTY = `x:<script>alert(1)</script>&"']]>`;
const TS = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
/** When the explorer saw the first entries, and those of hostile times. */
const [SEEN, SEEN_LATER] = [TS + 3_600_000, TS + 7_200_000];
let explorer: TestExplorer;

beforeAll(async () => {
  explorer = await TestExplorer.start([LOG], { publicUrl: 'https://explorer.example/below' });
  const receipts = Array.from({ length: 60 }, (_, i) =>
    freshReceipt({ code_ref: 'git:1', ts: TS + i, policy_ids: i % 2 === 0 ? ['no_pii'] : [] }),
  );
  await explorer.add(LOG, receipts, SEEN);
  // Beyond what any calendar has, and a title that would be markup.
  const beyond = freshReceipt({ code_ref: NASTY, ts: 8.7e15 });
  const future = freshReceipt({ ts: Date.UTC(9999, 0), policy_ids: ['hostile_time'] });
  await explorer.add(LOG, [future, beyond], SEEN_LATER);
});
afterAll(() => explorer?.close());

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** A strict reader of the XML that there is in feeds: throws for anything else. */
function readXml(xml: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const token =
    /<\/([a-z]+)>|<([a-z]+)((?: [a-z]+="[^"<&]*(?:&[a-z]+;[^"<&]*)*")*)(\/?)>|([^<&]+)|&([a-z]+);/gy;
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  const plain = (text: string) => text.replaceAll(/&([a-z]+);/g, (_, name) => entities[name]!);
  const body = xml.replace(/^<\?xml version="1.0" encoding="utf-8"\?>\n/, '');
  for (let at = 0; at < body.length; at = token.lastIndex) {
    const match = token.exec(body);
    if (match === null) throw new Error(`not well formed: ${body.slice(at, at + 40)}`);
    const [, closed, opened, attributes = '', isEmpty, text, entity] = match;
    const current = open.at(-1)!;
    if (closed !== undefined) {
      expect(open.pop()!.name).toBe(closed);
    } else if (opened !== undefined) {
      const pairs = [...attributes.matchAll(/ ([a-z]+)="([^"]*)"/g)];
      const element: Element = {
        name: opened,
        attributes: Object.fromEntries(pairs.map(([, name, value]) => [name!, plain(value!)])),
        children: [],
        text: '',
      };
      current.children.push(element);
      if (isEmpty === '') open.push(element);
    } else {
      current.text += text ?? entities[entity!] ?? 'unknown entity';
    }
  }
  expect(open).toEqual([root]);
  return root.children[0]!;
}

/** XML 1.0, section 2.2, of well-formed text. */
function isXmlCharacter(character: string): boolean {
  const code = character.codePointAt(0)!;
  return '\t\n\r'.includes(character) || (code >= 0x20 && code !== 0xfffe && code !== 0xffff);
}

const childrenOf = (element: Element, name: string) =>
  element.children.filter((child) => child.name === name);
const textOf = (element: Element, name: string) => childrenOf(element, name)[0]!.text;

describe('Atom', () => {
  it('has the newest entries of the search, with all that the format asks for', async () => {
    const response = await explorer.get('/v1/feed.atom?code_ref=git%3A1&policy=no_pii');
    expect(response.headers.get('content-type')).toBe('application/atom+xml');
    const feed = readXml(await response.text());
    expect(feed.attributes.xmlns).toBe('http://www.w3.org/2005/Atom');
    expect(textOf(feed, 'title')).toBe('Entries: code:git:1 policy:no_pii');
    expect(textOf(feed, 'updated')).toBe(new Date(SEEN).toISOString());
    expect(
      childrenOf(feed, 'link').map(({ attributes }) => [attributes.rel, attributes.href]),
    ).toEqual([
      ['self', 'https://explorer.example/below/v1/feed.atom?code_ref=git%3A1&policy=no_pii'],
      ['alternate', 'https://explorer.example/below/search?code_ref=git%3A1&policy=no_pii'],
    ]);
    const entries = childrenOf(feed, 'entry');
    expect(entries.length).toBe(30);
    expect(new Set(entries.map((entry) => textOf(entry, 'id'))).size).toBe(30);
    for (const [i, entry] of entries.entries()) {
      const index = 58 - 2 * i;
      expect(textOf(entry, 'id')).toMatch(
        /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      expect(textOf(entry, 'title')).toBe('git:1');
      expect(textOf(entry, 'updated')).toBe(new Date(SEEN).toISOString());
      const stated = new Date(TS + index).toISOString();
      expect(textOf(entry, 'content')).toContain(`States the time: ${stated}`);
      const url = `https://explorer.example/below${entryPath(LOG.origin, index)}`;
      expect(childrenOf(entry, 'link')[0]!.attributes.href).toBe(url);
      expect(textOf(entry, 'content')).toContain(`Entry ${index} of ${LOG.origin}`);
    }
  });

  it('has no markup of an entry', async () => {
    const feed = readXml(await (await explorer.get('/v1/feed.atom')).text());
    const [newest, ...others] = childrenOf(feed, 'entry');
    expect(others.length).toBe(49);
    expect(textOf(newest!, 'title')).toBe(NASTY);
  });

  it('has the order of the log, and the dates at which the explorer saw entries, whatever they state', async () => {
    const feed = readXml(await (await explorer.get('/v1/feed.atom')).text());
    const later = new Date(SEEN_LATER).toISOString();
    expect(textOf(feed, 'updated')).toBe(later);
    const newest = childrenOf(feed, 'entry').slice(0, 3);
    expect(newest.map((entry) => textOf(entry, 'updated'))).toEqual([
      later,
      later,
      new Date(SEEN).toISOString(),
    ]);
    expect(newest.map((entry) => /States .*/.exec(textOf(entry, 'content'))?.[0])).toEqual([
      'States the time: 8700000000000000',
      'States the time: 9999-01-01T00:00:00.000Z',
      `States the time: ${new Date(TS + 59).toISOString()}`,
    ]);
  });

  it('without an entry has the date since when there is none', async () => {
    const feed = readXml(await (await explorer.get('/v1/feed.atom?policy=nobody')).text());
    expect(childrenOf(feed, 'entry')).toEqual([]);
    expect(textOf(feed, 'updated')).toBe(new Date(SEEN).toISOString());
  });

  it('is well formed, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const feed: Feed = {
          id: text,
          title: text,
          url: text,
          updated: '2026-01-01T00:00:00.000Z',
          items: [],
        };
        const xml = atomOf(feed, { self: text, next: text, isCut: true });
        expect(xml.isWellFormed()).toBe(true);
        expect([...xml].filter((character) => !isXmlCharacter(character))).toEqual([]);
        readXml(xml);
      }),
    );
  });
});

describe('JSON Feed', () => {
  it('says the same', async () => {
    const atom = readXml(await (await explorer.get('/v1/feed.atom')).text());
    const response = await explorer.get('/v1/feed.json');
    expect(response.headers.get('content-type')).toBe('application/feed+json');
    const feed = (await response.json()) as {
      version: string;
      title: string;
      home_page_url: string;
      feed_url: string;
      items: {
        id: string;
        url: string;
        title: string;
        content_text: string;
        date_published: string;
      }[];
    };
    expect(feed).toMatchObject({
      version: 'https://jsonfeed.org/version/1.1',
      title: 'Entries of transparency logs',
      home_page_url: 'https://explorer.example/below/search',
      feed_url: 'https://explorer.example/below/v1/feed.json',
    });
    expect(feed.items.map(({ id, title, content_text }) => [id, title, content_text])).toEqual(
      childrenOf(atom, 'entry').map((entry) => [
        textOf(entry, 'id'),
        textOf(entry, 'title'),
        textOf(entry, 'content'),
      ]),
    );
    expect(feed.items.map(({ date_published }) => date_published)).toEqual(
      childrenOf(atom, 'entry').map((entry) => textOf(entry, 'updated')),
    );
  });
});

it('whoever has a feed already gets it again only when there is something new', async () => {
  const path = '/v1/feed.atom?policy=eu_region';
  const etag = (await explorer.get(path)).headers.get('etag')!;
  const again = () => explorer.get(path, { 'if-none-match': etag });
  expect((await again()).status).toBe(304);
  await explorer.add(LOG, [freshReceipt({ policy_ids: [] })]);
  expect((await again()).status).toBe(304);
  await explorer.add(LOG, [freshReceipt({ policy_ids: ['eu_region'] })]);
  expect((await again()).status).toBe(200);
});

describe('a search with much that is near', () => {
  const near = `git:${'ab'.repeat(20)}`;
  const query = `code_ref_prefix=${near.slice(0, 43)}`;
  const log = new ExploredLog('log.example/near');
  let crowded: TestExplorer;
  /** Of receipts that share as much with what is asked for as the index knows. */
  const crowd = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      freshReceipt({ code_ref: `${near.slice(0, 40)}f0${i}` }),
    );

  beforeAll(async () => {
    crowded = await TestExplorer.start([log]);
    await crowded.add(log, [freshReceipt({ code_ref: near })]);
    await crowded.add(log, crowd(600));
  });
  afterAll(() => crowded?.close());

  interface JsonFeed {
    readonly items: readonly { readonly title: string }[];
    readonly next_url?: string;
    readonly description?: string;
  }

  it('is searched on until the feed has what there is', async () => {
    const feed = await crowded.json<JsonFeed>(`/v1/feed.json?${query}`);
    expect(feed.items.map(({ title }) => title)).toEqual([near]);
    expect(feed).not.toHaveProperty('next_url');
    expect(feed).not.toHaveProperty('description');
  });

  it('says where it was cut, and goes on from there', async () => {
    await crowded.add(log, crowd(2400));
    const first = await crowded.json<JsonFeed>(`/v1/feed.json?${query}`);
    expect(first.items).toEqual([]);
    expect(first.description).toContain('Cut short');
    const atom = readXml(await (await crowded.get(`/v1/feed.atom?${query}`)).text());
    expect(textOf(atom, 'subtitle')).toBe(first.description);
    const next = childrenOf(atom, 'link').find(({ attributes }) => attributes.rel === 'next')!;
    expect(next.attributes.href!.replace('feed.atom', 'feed.json')).toBe(first.next_url);
    const second = (await (await fetch(first.next_url!)).json()) as JsonFeed;
    expect(second.items.map(({ title }) => title)).toEqual([near]);
    expect(second).not.toHaveProperty('description');
  });

  it('is paid for page by page', async () => {
    const poor = { limiter: new RateLimiter({ ratePerSecond: 0.001, burst: 12 }) };
    const other = new ExploredLog(log.origin);
    const explorer = await TestExplorer.start([other], poor);
    try {
      await explorer.add(other, log.entries.slice(0, 1601));
      expect((await explorer.get(`/v1/feed.json?${query}`)).status).toBe(429);
    } finally {
      await explorer.close();
    }
  });
});

it('ids do not depend on where the explorer is, nor on the search', async () => {
  const idsOf = async (where: TestExplorer, query: string) => {
    const feed = readXml(await (await where.get(`/v1/feed.atom?${query}`)).text());
    return childrenOf(feed, 'entry').map((entry) => textOf(entry, 'id'));
  };
  const log = new ExploredLog(LOG.origin);
  const elsewhere = await TestExplorer.start([log]);
  try {
    await elsewhere.add(log, LOG.entries.slice(0, 2));
    expect(await idsOf(elsewhere, 'index=1')).toEqual(await idsOf(explorer, 'index=1'));
    expect(await idsOf(elsewhere, '')).toContain((await idsOf(explorer, 'index=1'))[0]);
  } finally {
    await elsewhere.close();
  }
});
