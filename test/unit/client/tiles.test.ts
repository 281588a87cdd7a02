/** Tiles over HTTP with the fallback to the full one, and trees that no tile can be forged into. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpTileSource } from '#client/tile-source.ts';
import { TileMismatchError, VerifiedTree } from '#client/verified-tree.ts';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { consistencyProof, inclusionProof, treeRoot } from '#protocol/merkle/proof.ts';
import { encodeEntryBundle } from '#protocol/merkle/tiles.ts';
import { logKey } from '#test/support/log.ts';
import { MemorySource } from '#test/support/memory-source.ts';
import { auditPath, consistencyPath, merkleTreeHash } from '../protocol/merkle/reference-tree.ts';

describe('tiles over HTTP', () => {
  const files = new Map<string, Uint8Array | string>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    const body = files.get(request.url!);
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  let source: HttpTileSource;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    source = new HttpTileSource(`http://127.0.0.1:${port}/log/`);
  });
  afterAll(() => server.close());

  const full = Uint8Array.from({ length: 8192 }, (_, i) => i);
  const entries = Array.from({ length: 256 }, (_, i) => encodeUtf8(`entry ${i}`));

  it('come from their paths', async () => {
    files.set('/log/checkpoint', 'a note');
    files.set('/log/tile/0/x001/234', full);
    files.set('/log/tile/1/000.p/2', full.subarray(0, 64));
    files.set('/log/tile/entries/000.p/3', encodeEntryBundle(entries.slice(0, 3)));
    expect(await source.checkpoint()).toBe('a note');
    expect(await source.tile(0, 1234, 256)).toHaveLength(8192);
    expect(toHex(await source.tile(1, 0, 2))).toBe(toHex(full.subarray(0, 64)));
    expect((await source.entries(0, 3)).map(toHex)).toEqual(entries.slice(0, 3).map(toHex));
  });

  it('fall back to the full one, when the partial one is not there any more', async () => {
    files.set('/log/tile/0/007', full);
    files.set('/log/tile/entries/007', encodeEntryBundle(entries));
    asked.length = 0;
    expect(toHex(await source.tile(0, 7, 5))).toBe(toHex(full.subarray(0, 160)));
    expect((await source.entries(7, 5)).map(toHex)).toEqual(entries.slice(0, 5).map(toHex));
    expect(asked).toEqual([
      '/log/tile/0/007.p/5',
      '/log/tile/0/007',
      '/log/tile/entries/007.p/5',
      '/log/tile/entries/007',
    ]);
  });

  it('that are nowhere are a 404 of the last try', async () => {
    await expect(source.tile(0, 99, 5)).rejects.toMatchObject({ kind: 'status', status: 404 });
    await expect(source.tile(0, 99, 256)).rejects.toMatchObject({ status: 404 });
    await expect(source.entries(99, 256)).rejects.toMatchObject({ status: 404 });
  });

  it('of a wrong length are refused', async () => {
    files.set('/log/tile/0/001', full.subarray(1));
    files.set('/log/tile/0/002.p/3', full.subarray(0, 95));
    files.set('/log/tile/entries/001.p/2', encodeEntryBundle(entries.slice(0, 3)));
    files.set('/log/tile/entries/002.p/2', encodeEntryBundle(entries.slice(0, 2)).subarray(1));
    const bad = { name: 'ProtocolError', code: 'bad-tile' };
    await expect(source.tile(0, 1, 256)).rejects.toMatchObject(bad);
    await expect(source.tile(0, 2, 3)).rejects.toMatchObject(bad);
    await expect(source.entries(1, 2)).rejects.toMatchObject(bad);
    await expect(source.entries(2, 2)).rejects.toMatchObject(bad);
  });

  it('larger than a tile can be are not read to the end', async () => {
    files.set('/log/tile/0/003', new Uint8Array(100_000));
    files.set('/log/checkpoint', 'x'.repeat(1_000_000));
    await expect(source.tile(0, 3, 256)).rejects.toMatchObject({ kind: 'too-large' });
    await expect(source.checkpoint()).rejects.toMatchObject({ kind: 'too-large' });
  });

  it('may not be text that is no UTF-8', async () => {
    files.set('/log/checkpoint', Uint8Array.of(255));
    await expect(source.checkpoint()).rejects.toMatchObject({ code: 'bad-encoding' });
  });
});

function sourceOf(size: number): MemorySource {
  const entries = Array.from({ length: size }, (_, i) => encodeUtf8(`entry ${i}`));
  return new MemorySource(logKey()).append(...entries);
}

/** All of the tree, so that every tile of the source is read. */
async function readAll(source: MemorySource): Promise<void> {
  const { size } = source.tree;
  const tree = new VerifiedTree(source, { size, root: source.tree.root() });
  for (let index = 0; index < size; index += 256) await inclusionProof(tree.read, index, size);
  await inclusionProof(tree.read, size - 1, size);
  await tree.read([{ level: 0, index: size - 1 }]);
}

describe('a verified tree', () => {
  it('makes the proofs of RFC 6962 out of tiles', async () => {
    const source = sourceOf(700);
    const leaves = source.log.map(leafHash);
    for (const size of [1, 255, 256, 257, 512, 700]) {
      const root = merkleTreeHash(leaves.slice(0, size));
      const tree = new VerifiedTree(source, { size, root });
      const index = size - 1;
      expect((await inclusionProof(tree.read, index, size)).map(toHex)).toEqual(
        auditPath(index, leaves.slice(0, size)).map(toHex),
      );
      const old = Math.ceil(size / 3);
      expect((await consistencyProof(tree.read, old, size)).map(toHex)).toEqual(
        consistencyPath(old, leaves.slice(0, size)).map(toHex),
      );
      expect(toHex(await treeRoot(tree.read, old))).toBe(
        toHex(merkleTreeHash(leaves.slice(0, old))),
      );
    }
  });

  it('reads each tile once', async () => {
    const source = sourceOf(700);
    await readAll(source);
    expect(source.asked.sort()).toEqual([
      'tile/0/000',
      'tile/0/001',
      'tile/0/002.p/188',
      'tile/1/000.p/2',
    ]);
  });

  it.each([1, 2, 200, 256, 257, 700])(
    'of %i leaves finds every tile in which any byte was changed',
    async (size) => {
      await readAll(sourceOf(size));
      for (const [key, bytes] of sourceOf(size).tiles) {
        for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
          const source = sourceOf(size);
          const changed = Uint8Array.from(bytes);
          changed[at]! ^= 1;
          source.tiles.set(key, changed);
          await expect(readAll(source)).rejects.toBeInstanceOf(TileMismatchError);
        }
      }
    },
  );

  it('finds tiles of another tree, and tiles that stand in for one another', async () => {
    const source = sourceOf(700);
    const other = sourceOf(700).append(encodeUtf8('more'));
    source.tiles.set('0/2', other.tiles.get('0/2')!);
    await readAll(source); // wider, but the same up to the size that is asked for
    source.tiles.set('0/0', source.tiles.get('0/1')!);
    await expect(readAll(source)).rejects.toMatchObject({ path: 'tile/0/000' });
  });

  it('does not keep a failure: the same tile is read again', async () => {
    const source = sourceOf(300);
    const good = source.tiles.get('0/0')!;
    const edge = source.tiles.get('0/1')!;
    const tree = new VerifiedTree(source, { size: 300, root: source.tree.root() });
    source.tiles.delete('0/1');
    await expect(inclusionProof(tree.read, 0, 300)).rejects.toMatchObject({ status: 404 });
    source.tiles.set('0/1', edge);
    source.tiles.delete('0/0');
    await expect(inclusionProof(tree.read, 0, 300)).rejects.toMatchObject({ status: 404 });
    source.tiles.set('0/0', good);
    expect(await inclusionProof(tree.read, 0, 300)).toHaveLength(9);
  });

  it('has no nodes beyond its size', async () => {
    const source = sourceOf(5);
    const tree = new VerifiedTree(source, { size: 5, root: source.tree.root() });
    for (const node of [
      { level: 0, index: 5 },
      { level: 1, index: 2 },
      { level: 3, index: 0 },
      { level: 20, index: 0 },
    ]) {
      await expect(tree.read([node])).rejects.toBeInstanceOf(RangeError);
    }
    const empty = new VerifiedTree(source, { size: 0, root: source.tree.root() });
    await expect(empty.read([{ level: 0, index: 0 }])).rejects.toBeInstanceOf(RangeError);
  });
});
