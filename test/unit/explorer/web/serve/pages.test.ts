/** The pages as a browser gets them from a real explorer, without scripts: what they hold, allow, weigh and take. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogsAnswer, SearchAnswer } from '#explorer/search/answers.ts';
import { entryPath } from '#explorer/search/paths.ts';
import type { PageAnswers } from '#explorer/web/app/data/page-answers.ts';
import { entryUrl } from '#explorer/web/app/data/route.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { parseEvidenceFile, verifyEvidence } from '#protocol/evidence/evidence.ts';
import { type Explored, startExplored } from '#test/support/explorer.ts';
import { FakeTree, publish } from '#test/support/fake-log.ts';
import { getJson } from '#test/support/http.ts';
import { freshReceipt } from '#test/support/log.ts';
import { type Got, get } from '#test/support/raw-get.ts';
import { timed } from '#test/support/stretch.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';

const cleanup = new Cleanup();
let explored: Explored;
let log: string;

beforeAll(async () => {
  explored = await startExplored(cleanup);
  log = explored.log.key.verifier.name;
});
afterAll(cleanup.run);

const page = (path: string, headers: Record<string, string> = {}) =>
  get(`${explored.url}${path}`, headers);

function textOf({ body, headers }: Got): string {
  const coding = headers['content-encoding'];
  const plain =
    coding === 'br' ? brotliDecompressSync(body) : coding === 'gzip' ? gunzipSync(body) : body;
  return plain.toString();
}

function answersOf(text: string): PageAnswers {
  const [, json = ''] =
    /<script type="application\/json" id="answers">(.*?)<\/script>/s.exec(text) ?? [];
  return JSON.parse(json);
}

const PAGES = ['/', '/search', '/check', '/policy', '/alerts', '/about', '/compare'];
const every = () => [...PAGES, `/log?log=${log}`, entryUrl(3, log), '/entry/99999?log=none'];

describe('every page', () => {
  it('allows nothing from elsewhere, nothing inline, and no string as markup', async () => {
    for (const path of every()) {
      const { headers, ...got } = await page(path);
      const text = textOf({ headers, ...got });
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
      expect(headers['content-security-policy']).toContain("require-trusted-types-for 'script'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      // What the API allows other sites is not for pages.
      expect(headers).not.toHaveProperty('access-control-allow-origin');
      expect(/\sstyle=|\son\w+=|["']javascript:/i.exec(text)).toBeNull();
      expect(text.match(/<script[^>]*>/g)!.sort()).toEqual([
        '<script type="application/json" id="answers">',
        expect.stringMatching(/^<script type="module" src="\/assets\/entry-client-[\w-]+\.js">$/),
      ]);
    }
  });

  it('says that nothing of it is checked where no scripts run', async () => {
    for (const path of every().slice(0, -1)) {
      expect(textOf(await page(path))).toContain('Verification needs JavaScript');
    }
  });

  it('comes compressed as the client takes it', async () => {
    const sizes = await Promise.all(
      ['br', 'gzip', 'identity'].map(async (coding) => {
        const got = await page('/', { 'accept-encoding': coding });
        const expected = coding === 'identity' ? undefined : coding;
        expect(got.headers['content-encoding']).toBe(expected);
        expect(textOf(got)).toContain('<title>tecp explorer</title>');
        return got.body.length;
      }),
    );
    expect(sizes[0]).toBeLessThan(sizes[2]! / 2);
    expect(sizes[1]).toBeLessThan(sizes[2]! / 2);
  });
});

it('the JSON of the API comes compressed as the client takes it, and streams as they are', async () => {
  const plain = await page('/v1/search?limit=20');
  expect(plain.headers['content-encoding']).toBeUndefined();
  for (const coding of ['br', 'gzip']) {
    const got = await page('/v1/search?limit=20', { 'accept-encoding': coding });
    expect(got.headers).toMatchObject({ 'content-encoding': coding, vary: 'Accept-Encoding' });
    expect(got.headers['access-control-allow-origin']).toBe('*');
    expect(got.body.length).toBeLessThan(plain.body.length / 2);
    expect(JSON.parse(textOf(got))).toEqual(JSON.parse(textOf(plain)));
  }
  const lines = await page('/v1/export', { 'accept-encoding': 'br' });
  expect(lines.headers).not.toHaveProperty('content-encoding');
});

it('a search that finds nothing says what was likely meant, and no other does', async () => {
  const link = 'Search for what may have been meant';
  const nothing = textOf(await page('/search?policy=no_retentoin'));
  expect(nothing).toContain(`<a href="/search?policy=no_retention">${link}</a>`);
  expect(textOf(await page('/search?policy=no_retention'))).not.toContain(link);
  expect(textOf(await page('/search?policy=hippopotamus'))).not.toContain(link);
});

it('the first page is there within 200 ms', async () => {
  await page('/');
  const { tookMs, stretch } = await timed(() => page('/', { 'accept-encoding': 'br' }));
  expect(tookMs).toBeLessThan(200 * stretch);
});

it('the first page weighs less than 150 kB with all that it loads, also to be checked', async () => {
  const got = await page('/', { 'accept-encoding': 'br' });
  const paths = new Set(
    [...textOf(got).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!),
  );
  let bytes = got.body.length;
  for (const path of paths) {
    const asset = await page(path, { 'accept-encoding': 'br' });
    bytes += asset.body.length;
    // Chunks name those that they load later.
    for (const [, name] of textOf(asset).matchAll(
      /["'`](?:\.\/|assets\/)?((?:page-checker|state|findings)-[\w-]+\.js)/g,
    )) {
      paths.add(`/assets/${name}`);
    }
  }
  expect([...paths].join()).toContain('page-checker');
  expect(bytes).toBeLessThan(150_000);
});

it('every colour and length that the style sheets name has its value in them', async () => {
  const [, path = ''] = /rel="stylesheet" href="([^"]+)"/.exec(textOf(await page('/log')))!;
  const sheet = textOf(await page(path));
  const named = new Set([...sheet.matchAll(/var\((--[\w-]+)/g)].map(([, name]) => name!));
  expect(named.size).toBeGreaterThan(10);
  expect([...named].filter((name) => !new RegExp(`[{;]${name}:`).test(sheet))).toEqual([]);
});

it('files of the app have the name of their content, and are kept for ever', async () => {
  const [, path = ''] = /src="(\/assets\/[^"]+)"/.exec(textOf(await page('/')))!;
  const plain = await page(path);
  expect(plain.headers['cache-control']).toContain('immutable');
  expect(plain.headers['content-type']).toBe('text/javascript; charset=utf-8');
  for (const coding of ['br', 'gzip']) {
    const got = await page(path, { 'accept-encoding': coding });
    expect(got.headers['content-encoding']).toBe(coding);
    expect(textOf(got)).toBe(textOf(plain));
  }
  for (const name of ['none.js', '..%2fmanifest.json', 'manifest.json', '__proto__']) {
    expect((await page(`/assets/${name}`)).status).toBe(404);
  }
  expect(textOf(await page('/licenses.txt'))).toContain('react-dom');
});

describe('without scripts', () => {
  it('a search has one URL, whatever was typed, and finds', async () => {
    const typed = await page('/search?q=policy%3Aregion_eu&log=');
    expect(typed).toMatchObject({ status: 303 });
    expect(typed.headers.location).toBe('/search?policy=region_eu');
    const form = await page('/search?code_ref=&policy=region_eu&policy=&from=');
    expect(form.headers.location).toBe('/search?policy=region_eu');
    const found = textOf(await page('/search?policy=region_eu'));
    expect(found.match(/\/entry\/\d+\?log=/g)!.length).toBeGreaterThanOrEqual(20);
    expect(found).toContain('value="region_eu"');
  });

  it('pages of a search lead from the newest entry to the oldest', async () => {
    const seen: number[] = [];
    let path: string | undefined = `/search?log=${encodeURIComponent(log)}`;
    while (path !== undefined) {
      const text = textOf(await page(path));
      const asked = Object.entries(answersOf(text));
      const [, answer] = asked.find(([api]) => api.startsWith('/v1/search?'))!;
      const { entries } = (answer as { body: SearchAnswer }).body;
      seen.push(...entries.map(({ index }) => index));
      path = /href="([^"]+)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => 59 - i));
  });

  it('a search that cannot be meant says what may have been', async () => {
    const text = textOf(await page('/search?q=policy%3ANO_RETENTION'));
    expect(text).toContain('This search cannot be meant');
    expect(text).toContain('href="/search?policy=no_retention"');
  });

  it('an entry is decoded, explained, and shown whole', async () => {
    const text = textOf(await page(entryPath(log, 0)));
    expect(text).toContain('What it does not prove');
    expect(text).toContain('c2sp.org/tlog-proof');
    expect(text).toContain('build:sha256:');
  });

  it('a log has its numbers, and a row for each checkpoint', async () => {
    const text = textOf(await page('/log?log=foreign.example'));
    expect(text).toContain('By policy');
    expect(text).toContain('witness.example/w');
    expect(text).toContain('each entry: none that must not stand in a log');
  });

  it('checkpoints that cannot be compared are said', async () => {
    const compare = async (sizes: string) =>
      textOf(await page(`/compare?log=foreign.example${sizes}`));
    expect(await compare('&a=1&b=40')).toContain('no checkpoint of size 1.');
    expect(await compare('&b=40')).toContain('no checkpoint before this one.');
  });

  it('what is not there is said with its status', async () => {
    expect((await page(`/entry/60?log=${encodeURIComponent(log)}`)).status).toBe(404);
    expect((await page('/log?log=nobody')).status).toBe(404);
    expect((await page('/search?log=nobody')).status).toBe(404);
  });
});

it('hostile entries stay text', async () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
  await explored.add([freshReceipt({ code_ref: hostile })]);
  for (const path of ['/', entryUrl(60, log), `/search?code_ref=${encodeURIComponent(hostile)}`]) {
    const text = textOf(await page(path));
    expect(text).toContain('&lt;script&gt;alert(1)');
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('<img');
  }
});

it('a list shows the beginning of a title, however long it is and whatever is in it', async () => {
  const { foreign, witness } = explored;
  const members = { code_ref: '\u202e'.repeat(20_000), ts: 1, version: 'TECP-0.1' };
  foreign.tree.append(Array.from({ length: 5 }, () => encodeUtf8(JSON.stringify(members))));
  publish(foreign, [witness]);
  await until(async () => {
    const { logs } = (await getJson(`${explored.url}/v1/logs`)) as unknown as LogsAnswer;
    return logs.some(({ log: name, size }) => name === foreign.origin && size === 45);
  });
  const [markup = '', ...rest] = textOf(await page('/')).split('<script type="application/json"');
  expect(rest).toHaveLength(1);
  expect(markup).toContain('U+202E');
  expect(markup.length).toBeLessThan(150_000);
});

it('a log that has contradicted itself is told on every page, with the evidence to save', async () => {
  const { foreign, witness, url } = explored;
  foreign.tree = new FakeTree().append(50, 'another');
  publish(foreign, [witness]);
  const frozen = await until(async () => {
    const { logs } = (await getJson(`${url}/v1/logs`)) as unknown as LogsAnswer;
    return logs.find(({ state }) => state === 'frozen');
  });
  for (const path of every()) {
    const text = textOf(await page(path));
    expect(text).toContain('has contradicted itself.');
    expect(text).toContain(`href="/v1/evidence/${frozen.evidence[0]}"`);
  }
  const evidence = await page(`/v1/evidence/${frozen.evidence[0]}`);
  expect(verifyEvidence(parseEvidenceFile(evidence.body).evidence)).toMatchObject({
    origin: foreign.origin,
  });
});
