/** Bundles come out of a source only as they are in the signed tree, with the tiles that they make. */
import { describe, expect, it } from 'vitest';
import { verifiedBundles } from '#client/verified-bundles.ts';
import { TileMismatchError, VerifiedTree } from '#client/verified-tree.ts';
import { concatBytes, decodeUtf8, encodeUtf8 } from '#protocol/bytes.ts';
import {
  entriesPath,
  hashesAtTileLevel,
  TILE_WIDTH,
  tilePath,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { newKey } from '#test/support/keys.ts';
import { MemorySource } from '#test/support/memory-source.ts';

const LARGE = 256 * 256 + 300;
const key = newKey('log.example', KEY_TYPES.ed25519);

function logOf(size: number, salt = ''): MemorySource {
  const entries = Array.from({ length: size }, (_, i) => encodeUtf8(`entry ${i}${salt}`));
  return new MemorySource(key).append(...entries).sign();
}

/** What comes out of a walk, by path. */
async function walk(source: MemorySource, from = 0): Promise<Map<string, Uint8Array>> {
  const { size } = source.tree;
  const tree = new VerifiedTree(source, { size, root: source.tree.root() });
  const files = new Map<string, Uint8Array>();
  for await (const { index, entries, leaves, tiles } of verifiedBundles(source, tree, from)) {
    expect(leaves).toHaveLength(entries.length);
    files.set(entriesPath(index, entries.length), concatBytes(...entries));
    for (const { level, index: at, hashes } of tiles) {
      files.set(tilePath(level, at, hashes.length), concatBytes(...hashes));
    }
  }
  return files;
}

/** What the tree has from the bundle on that holds leaf `from`. */
function expected(source: MemorySource, from = 0): Map<string, Uint8Array> {
  const { size } = source.tree;
  const files = new Map<string, Uint8Array>();
  for (let index = Math.floor(from / TILE_WIDTH); tileWidth(0, index, size) > 0; index++) {
    const width = tileWidth(0, index, size);
    const entries = source.log.slice(index * TILE_WIDTH, index * TILE_WIDTH + width);
    files.set(entriesPath(index, width), concatBytes(...entries));
  }
  for (let level = 0; hashesAtTileLevel(level, size) > 0; level++) {
    // Tiles that had filled before the first of these bundles are not made again.
    const filled = hashesAtTileLevel(level + 1, from - (from % TILE_WIDTH));
    for (let index = filled; tileWidth(level, index, size) > 0; index++) {
      const width = tileWidth(level, index, size);
      files.set(tilePath(level, index, width), source.tiles.get(`${level}/${index}`)!);
    }
  }
  return files;
}

describe('bundles of a signed tree', () => {
  it('come with what the judge says of their entries', async () => {
    const source = logOf(600);
    const { size } = source.tree;
    const tree = new VerifiedTree(source, { size, root: source.tree.root() });
    const isBad = (entry: Uint8Array) => /^entry (3|300|599)$/.test(decodeUtf8(entry));
    const judge = async (entries: readonly Uint8Array[]) =>
      entries.flatMap((entry, at) => (isBad(entry) ? [{ at, code: 'E-BAD', detail: '' }] : []));
    const found: number[] = [];
    for await (const { index, faults } of verifiedBundles(source, tree, 0, {
      judge,
      bundlesAtOnce: 1,
    })) {
      for (const { at } of await faults) found.push(index * TILE_WIDTH + at);
    }
    expect(found).toEqual([3, 300, 599]);
  });

  it.each([1, 2, 255, 256, 257, 511, 512, 700, 65_536, LARGE])(
    'are all of %i entries, with every tile',
    async (size) => {
      const source = logOf(size);
      expect(await walk(source)).toEqual(expected(source));
    },
  );

  it('begin with the one that is asked for, wherever the tree was before', async () => {
    const source = logOf(LARGE);
    for (const from of [0, 1, 255, 256, 300, 65_535, 65_536, 65_536 + 256, LARGE - 1]) {
      expect(await walk(source, from)).toEqual(expected(source, from));
    }
  });

  it('need no tile of leaf hashes but the one at the right edge', async () => {
    const source = logOf(2000);
    await walk(source);
    const tiles = source.asked.filter((path) => path.startsWith('tile/0/'));
    expect(tiles).toEqual([tilePath(0, 7, 2000 - 7 * 256)]);
    expect(new Set(source.asked).size).toBe(source.asked.length);
  });

  it.each([0, 255, 256, 1700, 1999])('none comes out that has another entry %i', async (index) => {
    const source = logOf(2000);
    const lying = logOf(2000);
    lying.log[index] = encodeUtf8('another');
    lying.tiles.clear();
    for (const [name, bytes] of source.tiles) lying.tiles.set(name, bytes);
    const { size } = source.tree;
    const tree = new VerifiedTree(lying, { size, root: source.tree.root() });
    const seen: number[] = [];
    const walking = (async () => {
      for await (const bundle of verifiedBundles(lying, tree, 0)) seen.push(bundle.index);
    })();
    const failed: unknown = await walking.catch((error) => error);
    expect(failed).toBeInstanceOf(TileMismatchError);
    const bundle = Math.floor(index / TILE_WIDTH);
    expect((failed as TileMismatchError).path).toContain(`tile/entries/00${bundle}`);
    expect(seen).toEqual(Array.from({ length: bundle }, (_, i) => i));
  });

  it.each(['1/0', '0/7'])('none comes out under a tile %s that is wrong', async (name) => {
    const source = logOf(2000);
    const bytes = source.tiles.get(name)!.slice();
    bytes[40]! ^= 1;
    source.tiles.set(name, bytes);
    await expect(walk(source)).rejects.toBeInstanceOf(TileMismatchError);
  });
});
