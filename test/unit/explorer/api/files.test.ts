/** The public files of a log at the explorer's: clients of logs read and verify them as they are. */
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareCheckpoints } from '#client/compare.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { verifiedBundles } from '#client/verified-bundles.ts';
import { VerifiedTree } from '#client/verified-tree.ts';
import { filesPath } from '#explorer/search/paths.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { inclusionProof, verifyInclusion } from '#protocol/merkle/proof.ts';
import { openCheckpoint } from '#protocol/note/checkpoint.ts';
import { RateLimiter } from '#service/rate-limit.ts';
import { ExploredLog, TestExplorer } from '#test/support/explorer-api.ts';
import { problemOf } from '#test/support/http.ts';
import { get as rawGet } from '#test/support/raw-get.ts';

const LOG = new ExploredLog('log.example/files');
const LARGE = new ExploredLog('log.example/large');
const EMPTY = new ExploredLog('log.example/empty');
/** Two levels of tiles, both with an edge. */
const SIZE = 600;
let explorer: TestExplorer;
let source: HttpTileSource;

beforeAll(async () => {
  explorer = await TestExplorer.start([LOG, EMPTY]);
  const entries = Array.from({ length: SIZE }, (_, i) => encodeUtf8(`entry ${i}`));
  await explorer.add(LOG, entries.slice(0, 300));
  await explorer.add(LOG, entries.slice(300));
  source = new HttpTileSource(explorer.url + filesPath(LOG.origin));
});
afterAll(() => explorer?.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  explorer.get(`${filesPath(LOG.origin)}/${path}`, headers);

it('the tree is verified by its tiles, and each entry by the tree', async () => {
  const { note, size, root } = LOG.checkpoint();
  expect(await source.checkpoint()).toBe(note);
  const tree = new VerifiedTree(source, { size, root });
  const read: Uint8Array[] = [];
  for await (const { entries, leaves, index } of verifiedBundles(source, tree, 0)) {
    for (const [i, leaf] of leaves.entries()) {
      const at = 256 * index + i;
      const proof = await inclusionProof(tree.read, at, size);
      expect(verifyInclusion(leaf, at, size, proof, root)).toBe(true);
    }
    read.push(...entries);
  }
  expect(read).toEqual(LOG.entries);
});

it('two checkpoints are compared by its tiles', async () => {
  const older = new ExploredLog(LOG.origin);
  older.grow(LOG.entries.slice(0, 250));
  const forked = new ExploredLog(LOG.origin);
  forked.grow([...LOG.entries.slice(0, 249), encodeUtf8('another')]);
  const identity = { origin: LOG.origin, keys: [LOG.key.verifier] };
  const shown = (log: ExploredLog) => {
    const { note } = log.checkpoint();
    return { checkpoint: openCheckpoint(note, identity).checkpoint, note };
  };
  const compare = (log: ExploredLog) =>
    compareCheckpoints(shown(log), shown(LOG), source, identity.keys);
  expect(await compare(older)).toEqual({ kind: 'consistent' });
  expect(await compare(forked)).toMatchObject({ kind: 'contradiction' });
});

it.each([
  ['tile/0/000', 200],
  ['tile/0/000.p/255', 200],
  ['tile/0/002.p/88', 200],
  ['tile/0/002.p/89', 404],
  ['tile/0/002', 404],
  ['tile/0/003', 404],
  ['tile/1/000.p/2', 200],
  ['tile/1/000.p/3', 404],
  ['tile/2/000', 404],
  ['tile/entries/000', 200],
  ['tile/entries/002.p/88', 200],
  ['tile/entries/002.p/89', 404],
  ['tile/entries/003.p/1', 404],
  ['tile/0/0', 404],
  ['tile/0/000.p/256', 404],
  ['tile/64/000', 404],
  ['tile/x', 404],
])('%s is answered with %i', async (path, status) => {
  const response = await get(path);
  expect(response.status).toBe(status);
  if (status === 404) return;
  expect(response.headers.get('cache-control')).toContain('immutable');
  const etag = response.headers.get('etag')!;
  expect((await get(path, { 'if-none-match': etag })).status).toBe(304);
});

describe('a bundle', () => {
  const path = 'tile/entries/002.p/88';
  const getRaw = (acceptEncoding: string) =>
    rawGet(`${explorer.url}${filesPath(LOG.origin)}/${path}`, {
      'accept-encoding': acceptEncoding,
    });

  it('comes compressed to clients that take it so, and is the same', async () => {
    const plain = await getRaw('identity');
    const gzipped = await getRaw('gzip, br');
    expect([plain, gzipped].map(({ headers }) => headers['content-encoding'])).toEqual([
      undefined,
      'gzip',
    ]);
    for (const { headers } of [plain, gzipped]) expect(headers.vary).toBe('Accept-Encoding');
    expect(gzipped.body.length).toBeLessThan(plain.body.length / 2);
    expect(gunzipSync(gzipped.body)).toEqual(plain.body);
    // Not the same bytes, so not the same strong tag, but fresh by either.
    expect(gzipped.headers.etag).toBe(`W/${plain.headers.etag}`);
    const known = await get(path, { 'if-none-match': String(gzipped.headers.etag) });
    expect([known.status, known.headers.get('vary')]).toEqual([304, 'Accept-Encoding']);
  });

  it('is compressed at the cost of the client who asks', async () => {
    const limiter = new RateLimiter({ ratePerSecond: 0.001, burst: 5 });
    const alone = await TestExplorer.start([LARGE], { limiter });
    try {
      await alone.add(LARGE, [new Uint8Array(65_535), new Uint8Array(65_535)]);
      const statusOf = async (encoding: string) => {
        const path = `${filesPath(LARGE.origin)}/tile/entries/000.p/2`;
        return (await alone.get(path, { 'accept-encoding': encoding })).status;
      };
      // Two for the request and its bundle, and one more for 128 KiB.
      expect(await statusOf('gzip')).toBe(200);
      expect(await statusOf('gzip')).toBe(429);
    } finally {
      await alone.close();
    }
  });
});

it('a checkpoint is not kept for long, and not sent again', async () => {
  const response = await get('checkpoint');
  expect(response.headers.get('cache-control')).toBe('public, max-age=1');
  const etag = response.headers.get('etag')!;
  expect((await get('checkpoint', { 'if-none-match': `"x", ${etag}` })).status).toBe(304);
});

it('says that a log is not here, or has nothing yet', async () => {
  for (const path of ['checkpoint', 'tile/0/000']) {
    const nowhere = await problemOf(await explorer.get(`/logs/${'0'.repeat(64)}/${path}`));
    expect([nowhere.status, nowhere.code]).toEqual([404, 'no-log']);
    const nothing = await problemOf(await explorer.get(`${filesPath(EMPTY.origin)}/${path}`));
    expect([nothing.status, nothing.code]).toEqual([503, 'nothing-confirmed']);
  }
});

it('pages of any site may read them', async () => {
  expect((await get('checkpoint')).headers.get('access-control-allow-origin')).toBe('*');
});
