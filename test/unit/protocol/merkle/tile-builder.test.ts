import { describe, expect, it } from 'vitest';
import { toHex } from '#protocol/bytes.ts';
import { CompactRange } from '#protocol/merkle/compact-range.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { expandTile, fullTileRoot, partialWidth } from '#protocol/merkle/tiles.ts';
import { numberedLeaves } from './reference-tree.ts';

/** What a store does with tiles: the newest content of each. */
function tileStore() {
  const tiles = new Map<string, readonly Hash[]>();
  return {
    tiles,
    put(builder: TileBuilder) {
      for (const { level, index, hashes } of builder.takeChanged()) {
        tiles.set(`${level}/${index}`, hashes);
      }
    },
    async read(level: number, index: number, width: number) {
      const hashes = tiles.get(`${level}/${index}`);
      if (hashes === undefined || hashes.length < width) throw new Error('tile is not there');
      return hashes.slice(0, width);
    },
  };
}

describe('a tile builder', () => {
  it('has the root of the tree, and continues from its stored tiles, at every size to 1,100', async () => {
    const store = tileStore();
    const range = CompactRange.empty();
    let builder = TileBuilder.empty();
    for (const leaf of numberedLeaves(1100)) {
      builder.append(leaf);
      range.append(leaf);
      store.put(builder);
      builder = await TileBuilder.load(builder.size, store.read);
      expect(toHex(builder.root())).toBe(toHex(range.root()));
    }
  });

  it('makes the tiles of a tree of 70,000 with the widths of the specification', () => {
    const builder = TileBuilder.empty();
    const store = tileStore();
    for (let i = 0; i < 7; i++) {
      for (const leaf of numberedLeaves(10_000)) builder.append(leaf);
      store.put(builder);
    }
    const widths = (level: number) =>
      [...store.tiles].filter(([key]) => key.startsWith(`${level}/`)).map(([, h]) => h.length);
    expect(widths(0).filter((width) => width === 256)).toHaveLength(273);
    expect(widths(0).filter((width) => width < 256)).toEqual([112]);
    expect(widths(1).sort()).toEqual([17, 256]);
    expect(widths(2)).toEqual([1]);
    expect(widths(3)).toEqual([]);
    expect(store.tiles.get('1/0')![3]).toEqual(fullTileRoot(store.tiles.get('0/3')!));
    expect(store.tiles.get('2/0')![0]).toEqual(expandTile(store.tiles.get('1/0')!)[8]![0]);
  });

  it('gives each changed tile once, in its present width', () => {
    const builder = TileBuilder.empty();
    for (const leaf of numberedLeaves(300)) builder.append(leaf);
    const changed = builder.takeChanged();
    expect(changed.map(({ level, index, hashes }) => [level, index, hashes.length])).toEqual([
      [0, 0, 256],
      [0, 1, 44],
      [1, 0, 1],
    ]);
    expect(builder.takeChanged()).toEqual([]);
    expect(builder.partialTiles().map((tile) => tile.hashes.length)).toEqual([
      partialWidth(0, 300),
      partialWidth(1, 300),
    ]);
  });

  it('gives the roots of each 16 hashes of a tile beside them, also when it was continued', async () => {
    const store = tileStore();
    let builder = TileBuilder.empty();
    for (const leaf of numberedLeaves(600)) {
      builder.append(leaf);
      const changed = builder.takeChanged();
      for (const { level, index, hashes, middle } of changed) {
        expect(middle.map(toHex)).toEqual(expandTile(hashes)[4]!.map(toHex));
        store.tiles.set(`${level}/${index}`, hashes);
      }
      if (builder.size % 7 === 0) builder = await TileBuilder.load(builder.size, store.read);
    }
  });

  it('can be copied, and the copy thrown away, without a trace', () => {
    const builder = TileBuilder.empty();
    for (const leaf of numberedLeaves(300)) builder.append(leaf);
    builder.takeChanged();
    const root = builder.root();
    const copy = builder.clone();
    for (const leaf of numberedLeaves(500)) copy.append(leaf);
    for (const { hashes, middle } of copy.takeChanged()) {
      expect(middle.map(toHex)).toEqual(expandTile(hashes)[4]!.map(toHex));
    }
    expect(copy.size).toBe(800);
    expect(builder.size).toBe(300);
    expect(builder.root()).toEqual(root);
    expect(builder.takeChanged()).toEqual([]);
  });
});
