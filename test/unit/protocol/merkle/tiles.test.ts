import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '#protocol/errors.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import {
  decodeEntryBundle,
  decodeTile,
  encodeEntryBundle,
  entriesPath,
  expandTile,
  fullTileRoot,
  hashesAtTileLevel,
  MAX_ENTRY_BYTES,
  parseTilePath,
  partialWidth,
  TILE_WIDTH,
  tileOfNode,
  tilePath,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import { merkleTreeHash, numberedLeaves } from './reference-tree.ts';

describe('tile paths', () => {
  it('write the index in groups of three digits, all but the last with an x', () => {
    expect(tilePath(0, 0, 256)).toBe('tile/0/000');
    expect(tilePath(1, 999, 256)).toBe('tile/1/999');
    expect(tilePath(0, 1000, 256)).toBe('tile/0/x001/000');
    expect(tilePath(0, 1234067, 256)).toBe('tile/0/x001/x234/067');
    expect(tilePath(2, 5, 17)).toBe('tile/2/005.p/17');
    expect(entriesPath(1234067, 1)).toBe('tile/entries/x001/x234/067.p/1');
  });

  it('round-trip for every level, index and width', () => {
    const level = fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 }));
    const index = fc.maxSafeNat();
    const width = fc.integer({ min: 1, max: 256 });
    fc.assert(
      fc.property(level, index, width, (level, index, width) => {
        const path =
          level === 'entries' ? entriesPath(index, width) : tilePath(level, index, width);
        expect(parseTilePath(path)).toEqual({ level, index, width });
      }),
    );
  });

  it('are refused in any other form', () => {
    for (const path of [
      'tile/0/0',
      'tile/0/0000',
      'tile/00/000',
      'tile/64/000',
      'tile/0/x000/001',
      'tile/0/001/002',
      'tile/0/x001',
      'tile/0/000.p/0',
      'tile/0/000.p/256',
      'tile/0/000.p/01',
      'tile/0/000.p/',
      '/tile/0/000',
      'tile/0/000/',
      'tile/-1/000',
      'tile/entries/00',
      'tile/0/x999/x999/x999/x999/x999/999',
      'tile/0/000\n',
      'tile/0/०००',
      '',
    ]) {
      expect(() => parseTilePath(path), path).toThrow(ProtocolError);
    }
  });

  it('never throw anything but ProtocolError, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseTilePath(`tile/${text}`);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });
});

describe('tile arithmetic', () => {
  it('gives a tree of 70,000 the tiles that the specification lists', () => {
    expect([0, 1, 2, 3].map((level) => Math.floor(hashesAtTileLevel(level, 70_000) / 256))).toEqual(
      [273, 1, 0, 0],
    );
    expect([0, 1, 2, 3].map((level) => partialWidth(level, 70_000))).toEqual([112, 17, 1, 0]);
    expect(tileWidth(0, 272, 70_000)).toBe(256);
    expect(tileWidth(0, 273, 70_000)).toBe(112);
    expect(tileWidth(0, 274, 70_000)).toBe(0);
    expect(tileWidth('entries', 273, 70_000)).toBe(112);
  });

  it('finds each node of a tree in the tile that holds it', () => {
    expect(tileOfNode(0, 511)).toEqual({ tileLevel: 0, tileIndex: 1, height: 0, position: 255 });
    expect(tileOfNode(7, 3)).toEqual({ tileLevel: 0, tileIndex: 1, height: 7, position: 1 });
    expect(tileOfNode(8, 256)).toEqual({ tileLevel: 1, tileIndex: 1, height: 0, position: 0 });
  });
});

describe('tiles', () => {
  const leaves: Hash[] = numberedLeaves(TILE_WIDTH);

  it('expand to the nodes of the tree over them', () => {
    const rows = expandTile(leaves.slice(0, 200));
    expect(rows.map((row) => row.length)).toEqual([200, 100, 50, 25, 12, 6, 3, 1, 0]);
    expect(rows[4]![11]).toEqual(merkleTreeHash(leaves.slice(11 * 16, 12 * 16)));
  });

  it('have the root of their hashes, when full', () => {
    expect(fullTileRoot(leaves)).toEqual(merkleTreeHash(leaves));
    expect(() => fullTileRoot(leaves.slice(1))).toThrow(RangeError);
  });

  it('of the wrong number of bytes are refused', () => {
    expect(decodeTile(new Uint8Array(64), 2)).toHaveLength(2);
    expect(() => decodeTile(new Uint8Array(63), 2)).toThrow(ProtocolError);
  });
});

describe('entry bundles', () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 256 });

  it('round-trip', () => {
    fc.assert(
      fc.property(entries, (list) => {
        expect(decodeEntryBundle(encodeEntryBundle(list), list.length)).toEqual(list);
      }),
    );
  });

  it('are refused when cut, when longer, and for another count', () => {
    const bytes = encodeEntryBundle([Uint8Array.of(1, 2, 3), Uint8Array.of()]);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeEntryBundle(bytes.subarray(0, length), 2)).toThrow(ProtocolError);
    }
    expect(() => decodeEntryBundle(Uint8Array.of(...bytes, 0), 2)).toThrow(ProtocolError);
    expect(() => decodeEntryBundle(bytes, 1)).toThrow(ProtocolError);
    expect(() => decodeEntryBundle(bytes, 3)).toThrow(ProtocolError);
  });

  it('never throw anything but ProtocolError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer({ min: 0, max: 256 }), (bytes, count) => {
        try {
          expect(encodeEntryBundle(decodeEntryBundle(bytes, count))).toEqual(bytes);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      }),
    );
  });

  it('hold entries to 65,535 bytes and 256 of them, and no more', () => {
    expect(encodeEntryBundle([new Uint8Array(MAX_ENTRY_BYTES)])).toHaveLength(MAX_ENTRY_BYTES + 2);
    expect(() => encodeEntryBundle([new Uint8Array(MAX_ENTRY_BYTES + 1)])).toThrow(RangeError);
    expect(() => encodeEntryBundle(Array(257).fill(new Uint8Array(0)))).toThrow(RangeError);
  });
});
