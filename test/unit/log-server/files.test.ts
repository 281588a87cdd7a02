/** The log's public files: checkpoint, tiles and bundles, at every published size and none beyond. */
import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import {
  decodeEntryBundle,
  encodeEntryBundle,
  entriesPath,
  tilePath,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import { openWithPolicy } from '#protocol/policy/policy.ts';
import { expectLogSound } from '#test/support/check.ts';
import { openRaw, post, postLines, problemOf } from '#test/support/http.ts';
import { freshReceipt, startTestLog, type TestLog } from '#test/support/log.ts';

const SIZE = 600;
let server: TestLog;
let receipts: Uint8Array[];

beforeAll(async () => {
  server = await startTestLog();
  const made = Array.from({ length: SIZE }, () => freshReceipt());
  await postLines(`${server.url}/v1/log/entries?wait=proof`, made);
  receipts = await server.logs[0]!.store.entries(0, SIZE);
});
afterAll(async () => {
  await expectLogSound(server.logs[0]!);
  await server.close();
});

async function bytesOf(path: string): Promise<Buffer> {
  const response = await fetch(`${server.url}/${path}`);
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** GET without fetch's own headers and decompression. */
function rawGet(path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>(
    (resolve, reject) => {
      const chunks: Buffer[] = [];
      request(`${server.url}/${path}`, { headers }, (response) => {
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const body = Buffer.concat(chunks);
          resolve({ status: response.statusCode!, headers: response.headers, body });
        });
      })
        .on('error', reject)
        .end();
    },
  );
}

describe('the checkpoint', () => {
  it('is a signed note of the published tree, cacheable for a second', async () => {
    const response = await fetch(`${server.url}/checkpoint`);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=1');
    const opened = openWithPolicy(await response.text(), server.logs[0]!.policy);
    expect(opened.checkpoint.size).toBe(SIZE);
    expect(opened.quorumMet).toBe(true);
  });

  it('is not sent again to who has it', async () => {
    const { headers } = await rawGet('checkpoint');
    const etag = String(headers.etag);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await rawGet('checkpoint', { 'if-none-match': known });
      expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, etag]);
    }
    expect((await rawGet('checkpoint', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('has another ETag when it changes', async () => {
    const other = await startTestLog();
    try {
      const tag = async () => (await fetch(`${other.url}/checkpoint`)).headers.get('etag');
      await post(`${other.url}/v1/log/entries?wait=proof`, freshReceipt());
      const before = await tag();
      await post(`${other.url}/v1/log/entries?wait=proof`, freshReceipt());
      expect(await tag()).not.toBe(before);
    } finally {
      await other.close();
    }
  });
});

describe('tiles and bundles', () => {
  it('are served full and partial, in every width of every size up to the published one', async () => {
    const tree = TileBuilder.empty();
    for (const [i, receipt] of receipts.entries()) {
      tree.append(leafHash(receipt));
      const isSampled = i < 20 || i % 29 === 0 || (i > 250 && i < 260) || i === SIZE - 1;
      const changed = tree.takeChanged();
      if (!isSampled) continue;
      for (const { level, index, hashes } of changed) {
        const shown = await bytesOf(tilePath(level, index, hashes.length));
        expect(shown.equals(Buffer.concat(hashes))).toBe(true);
      }
      const bundle = Math.floor(i / 256);
      const width = tileWidth('entries', bundle, i + 1);
      const expected = encodeEntryBundle(receipts.slice(bundle * 256, i + 1));
      expect((await bytesOf(entriesPath(bundle, width))).equals(expected)).toBe(true);
    }
  });

  it('may be kept for ever, and carry the type of bytes', async () => {
    for (const path of ['tile/0/000', 'tile/1/000.p/2', 'tile/entries/002.p/88']) {
      const { status, headers } = await rawGet(path);
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('application/octet-stream');
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  it.each([
    'tile/0/002', // full, but only 88 wide
    'tile/0/002.p/89',
    'tile/0/003.p/1',
    'tile/1/000',
    'tile/1/000.p/3',
    'tile/2/000.p/1',
    'tile/63/000.p/1',
    'tile/entries/002',
    'tile/entries/002.p/89',
    'tile/entries/999',
    'tile/0/x999/x999/x999/x999/999',
  ])('beyond the published size are not there: %s', async (path) => {
    expect(await problemOf(await fetch(`${server.url}/${path}`))).toMatchObject({
      status: 404,
      code: 'not-found',
    });
  });

  it.each([
    'tile/64/000',
    'tile/00/000',
    'tile/0/0',
    'tile/0/0000',
    'tile/0/x000/001',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/entries/000.p/',
    'tile/data/000',
    'tile/0/000/',
    'tile/',
    'tile/-1/000',
    'tile/0/..%2f..%2fcheckpoint',
  ])('have one path only: %s is none', async (path) => {
    const response = await rawGet(path);
    expect([response.status, JSON.parse(response.body.toString()).status]).toEqual([404, 404]);
  });

  it('are read from the store once, as long as they are kept', async () => {
    const read = vi.spyOn(server.served[0]!.publication, 'read');
    for (const path of [
      tilePath(0, 1, 256),
      tilePath(0, 2, 77),
      entriesPath(1, 256),
      entriesPath(2, 77),
    ]) {
      const first = await bytesOf(path);
      read.mockClear();
      expect(await bytesOf(path)).toEqual(first);
      expect(read).not.toHaveBeenCalled();
    }
    read.mockRestore();
  });

  it('are not sent again to who has them', async () => {
    for (const path of ['tile/0/000', 'tile/entries/000']) {
      for (const encoding of ['gzip', 'identity']) {
        const headers = { 'accept-encoding': encoding };
        const first = await rawGet(path, headers);
        const known = { ...headers, 'if-none-match': String(first.headers.etag) };
        const again = await rawGet(path, known);
        expect([again.status, again.body.length]).toEqual([304, 0]);
      }
    }
  });

  it('answer HEAD with the same headers and no body', async () => {
    const response = await fetch(`${server.url}/tile/0/000`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe('"0.0.256"');
    expect(await response.text()).toBe('');
  });

  it('together are a log that an auditor finds nothing wrong with', async () => {
    const { policy, types } = server.logs[0]!;
    const source = new HttpTileSource(server.url);
    const report = await checkLog(source, { policy, entryTypes: types });
    expect(report.problems).toEqual([]);
    expect(report.entriesChecked).toBe(SIZE);
  });
});

describe('compression of bundles', () => {
  const path = 'tile/entries/000';

  it.each(['gzip', 'deflate, gzip', 'gzip;q=0.5', 'GZIP', 'br;q=1.0, gzip;q=0.8'])(
    'is used for Accept-Encoding: %s',
    async (accepted) => {
      const { headers, body } = await rawGet(path, { 'accept-encoding': accepted });
      expect(headers['content-encoding']).toBe('gzip');
      expect(headers.vary).toContain('accept-encoding');
      expect(String(headers.etag)).toMatch(/^W\//);
      const entries = decodeEntryBundle(gunzipSync(body), 256);
      expect(Buffer.compare(entries[255]!, receipts[255]!)).toBe(0);
    },
  );

  it.each(['', 'identity', 'br', 'gzip;q=0', 'gzip; q=0.0', 'gzip;q=0.000', 'xgzip', 'gzipx'])(
    'is not used for Accept-Encoding: %j',
    async (accepted) => {
      const { headers, body } = await rawGet(path, { 'accept-encoding': accepted });
      expect(headers['content-encoding']).toBeUndefined();
      expect(headers.vary).toContain('accept-encoding');
      expect(decodeEntryBundle(body, 256)).toHaveLength(256);
    },
  );

  it('is not used when nothing is said, nor for tiles, which are random', async () => {
    expect((await rawGet(path)).headers['content-encoding']).toBeUndefined();
    const tile = await rawGet('tile/0/000', { 'accept-encoding': 'gzip' });
    expect(tile.headers['content-encoding']).toBeUndefined();
  });
});

describe('pages of other sites', () => {
  it('may read everything', async () => {
    const paths = ['checkpoint', 'tile/0/000', 'v1/log/sth', 'v1/log/policy', 'openapi.json'];
    for (const path of paths) {
      const response = await fetch(`${server.url}/${path}`, { headers: { origin: 'https://a.b' } });
      await response.arrayBuffer();
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([
        200,
        '*',
      ]);
    }
  });

  it('may ask first', async () => {
    const response = await fetch(`${server.url}/checkpoint`, {
      method: 'OPTIONS',
      headers: { origin: 'https://a.b', 'access-control-request-method': 'GET' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-methods')).toBe('GET,HEAD,OPTIONS');
  });
});

describe('a path', () => {
  it.each([
    '/tile/tile/0/000',
    '/tile/0/%30%30%30',
    '/tile/%30/000',
    '/%74ile/0/000',
    '/tile/x/../0/000',
    '/%63heckpoint',
    '/v1/log/entries/%30',
  ])('that is another spelling of one that is there is 404: %s', async (path) => {
    const { socket, received, closed } = await openRaw(server.url);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    await closed;
    expect(received()).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('may be asked for as of a proxy, by the whole URL', async () => {
    const { socket, received, closed } = await openRaw(server.url);
    socket.write(`GET ${server.url}/tile/0/000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    await closed;
    expect(received()).toMatch(/^HTTP\/1\.1 200 /);
  });
});
