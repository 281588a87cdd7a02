/** Exports: all entries of a search, as fast as they are read, with an end that says how it ended. */
import { afterEach, describe, expect, it } from 'vitest';
import { exported, MAX_EXPORTED } from '#explorer/api/export.ts';
import { type Cursor, type IndexReader, SearchIndexError } from '#explorer/index/search-index.ts';
import { decodeBase64 } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { asHash, leafHash } from '#protocol/merkle/hash.ts';
import { verifyInclusion } from '#protocol/merkle/proof.ts';
import { ExploredLog, TestExplorer } from '#test/support/explorer-api.ts';
import { openRaw, problemOf } from '#test/support/http.ts';
import { until } from '#test/support/wait.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function exporting(
  entries: readonly Uint8Array[],
  wrap?: (index: IndexReader) => IndexReader,
): Promise<{ readonly explorer: TestExplorer; readonly log: ExploredLog }> {
  const log = new ExploredLog('log.example/export');
  const explorer = await TestExplorer.start([log], {}, wrap);
  closing.push(() => explorer.close());
  await explorer.add(log, entries);
  return { explorer, log };
}

const numbered = (count: number, bytes = 0) =>
  Array.from({ length: count }, (_, i) => encodeUtf8(`${i} `.padEnd(bytes, 'x')));

interface Line {
  readonly checkpoints?: Readonly<Record<string, string>>;
  readonly index?: number;
  readonly entry: string;
  readonly proof: readonly string[];
  readonly end?: string;
  readonly entries?: number;
  readonly next_cursor?: string;
}

async function linesOf(response: Response): Promise<Line[]> {
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  const text = await response.text();
  return text
    .trimEnd()
    .split('\n')
    .map((line): Line => JSON.parse(line));
}

it('has every entry once, with its proof to the checkpoint of the first line, and says that it is all', async () => {
  const { explorer, log } = await exporting(numbered(333));
  const [first, ...rest] = await linesOf(await explorer.get('/v1/export'));
  const last = rest.pop();
  const { note, size, root } = log.checkpoint();
  expect(first).toEqual({ checkpoints: { [log.origin]: note } });
  expect(last).toEqual({ end: 'complete', entries: 333 });
  expect(rest.map(({ index }) => index)).toEqual(Array.from({ length: 333 }, (_, i) => 332 - i));
  for (const { index, entry, proof } of rest) {
    const hashes = proof.map((hash) => asHash(decodeBase64(hash)));
    expect(verifyInclusion(leafHash(decodeBase64(entry)), index!, size, hashes, root)).toBe(true);
  }
});

it('has what passes the filters alone, and goes on from a cursor', async () => {
  const { explorer } = await exporting(numbered(120));
  const page = await explorer.json<{ next_cursor: string }>('/v1/search?limit=100');
  const rest = await linesOf(await explorer.get(`/v1/export?cursor=${page.next_cursor}`));
  expect(rest.flatMap(({ index }) => index ?? [])).toEqual(
    Array.from({ length: 20 }, (_, i) => 19 - i),
  );
  const one = await linesOf(await explorer.get('/v1/export?index=7'));
  expect(one.flatMap(({ index }) => index ?? [])).toEqual([7]);
  expect((await problemOf(await explorer.get('/v1/export?limit=5'))).field).toBe('limit');
});

it.each(['before', 'after'])(
  'has all entries of its checkpoint and no others, whatever is shown just %s a page is made',
  async (when) => {
    let grow = async () => {};
    const { explorer, log } = await exporting(
      numbered(60),
      (index) =>
        ({
          logs: () => index.logs(),
          search: async (...asked) => {
            if (when === 'before') await grow();
            const found = await index.search(...asked);
            if (when === 'after') await grow();
            return found;
          },
          tile: (...asked) => index.tile(...asked),
          close: () => index.close(),
        }) as IndexReader,
    );
    const { note } = log.checkpoint();
    let grown = 0;
    grow = async () => await explorer.add(log, [encodeUtf8(`later ${grown++}`)]);
    const lines = await linesOf(await explorer.get('/v1/export'));
    expect(grown).toBe(2);
    expect(lines[0]).toEqual({ checkpoints: { [log.origin]: note } });
    expect(lines.flatMap(({ index }) => index ?? [])).toEqual(
      Array.from({ length: 60 }, (_, i) => 59 - i),
    );
    expect(lines.at(-1)).toEqual({ end: 'complete', entries: 60 });
  },
);

it('says plainly that the index failed, and where to go on', async () => {
  let searches = 0;
  const { explorer } = await exporting(
    numbered(120),
    (index) =>
      ({
        logs: () => index.logs(),
        search: async (...asked) => {
          searches++;
          if (searches === 2) throw new SearchIndexError('failed', 'the disk is gone');
          return await index.search(...asked);
        },
        tile: (...asked) => index.tile(...asked),
        close: () => index.close(),
      }) as IndexReader,
  );
  const lines = await linesOf(await explorer.get('/v1/export'));
  const { end, entries, next_cursor } = lines.at(-1)!;
  expect([end, entries]).toEqual(['failed', 50]);
  const rest = await linesOf(await explorer.get(`/v1/export?cursor=${next_cursor}`));
  expect(rest.at(-1)).toEqual({ end: 'complete', entries: 70 });
});

it('ends at its limit, and says where another one goes on', async () => {
  const page = { entries: [], searched: new Map(), next: 7 as Cursor };
  const of = { confirmed: new Map(), first: page };
  const parts = {
    entries: { all: async () => Array.from({ length: 50 }, () => ({})) },
  };
  const steps = { more: async () => page, mayGoOn: async () => true, turn: async () => {} };
  let text = '';
  for await (const lines of exported(parts as never, of, steps)) text = lines;
  expect(JSON.parse(text)).toEqual({ end: 'limit', entries: MAX_EXPORTED, next_cursor: '7' });
});

describe('a client that does not read', () => {
  it('has nothing made for it beyond what its connection holds', async () => {
    let pages = 0;
    const { explorer } = await exporting(
      numbered(1500, 40_000),
      (index) =>
        ({
          logs: () => index.logs(),
          search: async (...asked) => {
            pages++;
            return await index.search(...asked);
          },
          tile: (...asked) => index.tile(...asked),
          close: () => index.close(),
        }) as IndexReader,
    );
    const { socket, received } = await openRaw(explorer.url);
    // At once, as what it reads until then is made for it.
    socket.on('data', () => {
      if (received().includes('checkpoints')) socket.pause();
    });
    socket.write('GET /v1/export HTTP/1.1\r\nhost: explorer\r\n\r\n');
    await until(() => socket.isPaused());
    // Others are answered meanwhile, many times what a page takes.
    for (let i = 0; i < 40; i++) expect((await explorer.get('/v1/logs')).status).toBe(200);
    const before = pages;
    for (let i = 0; i < 40; i++) expect((await explorer.get('/v1/logs')).status).toBe(200);
    expect(pages).toBeLessThan(20);
    expect(pages - before).toBeLessThan(3);
    socket.destroy();
  });

  it('has a bounded number of exports, and gives their places back when it goes', async () => {
    const { explorer } = await exporting(numbered(500, 40_000));
    const open = async () => {
      const client = await openRaw(explorer.url);
      client.socket.write('GET /v1/export HTTP/1.1\r\nhost: explorer\r\n\r\n');
      await until(() => client.received().includes('checkpoints'));
      client.socket.pause();
      return client;
    };
    const clients = [await open(), await open()];
    const refused = await problemOf(await explorer.get('/v1/export'));
    expect([refused.status, refused.code]).toEqual([429, 'too-many-streams']);
    for (const { socket } of clients) socket.destroy();
    await until(async () => (await explorer.get('/v1/export?index=1')).status === 200);
  });
});

it('a server that stops ends it with a last line', async () => {
  const { explorer } = await exporting(numbered(3000));
  const response = await explorer.get('/v1/export');
  const reader = response.body!.getReader();
  await reader.read();
  explorer.endStreams();
  let text = '';
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    text += Buffer.from(read.value).toString();
  }
  const last: Line = JSON.parse(text.trimEnd().split('\n').at(-1)!);
  expect(last.end).toBe('stopped');
  expect(Number(last.next_cursor)).toBeGreaterThan(0);
});
