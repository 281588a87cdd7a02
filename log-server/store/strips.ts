/**
 * Strips: the tree in pieces of 16 hashes, as a store keeps it for its own proofs.
 *
 * Strip level S is tree level 4 * S, so every second one is a sixteenth of a tile, and those between
 * are the tile's middle. A proof through a tile hashes 22 nodes of two strips, and not 247 of the
 * tile; a batch writes the strips at the right edge, and not whole tiles.
 */
import type { Hash } from '#protocol/merkle/hash.ts';
import type { Tile } from '#protocol/merkle/tile-builder.ts';
import { hashesAtTileLevel, TILE_WIDTH } from '#protocol/merkle/tiles.ts';

/** Tree levels in a strip. */
export const STRIP_HEIGHT = 4;
/** Hashes in a full strip, and strips in a full tile. */
export const STRIP_WIDTH = 16;

export interface Strip {
  readonly level: number;
  readonly index: number;
  /** 1 to 16 hashes; 16 means that the strip is full and never changes again. */
  readonly hashes: readonly Hash[];
}

/** The strips of a tile that the leaves from `size` on have filled or widened. */
export function changedStrips({ level, index, hashes, middle }: Tile, size: number): Strip[] {
  const before = Math.max(0, hashesAtTileLevel(level, size) - index * TILE_WIDTH);
  const strips: Strip[] = [];
  for (let i = Math.floor(before / STRIP_WIDTH); i * STRIP_WIDTH < hashes.length; i++) {
    const own = hashes.slice(i * STRIP_WIDTH, (i + 1) * STRIP_WIDTH);
    strips.push({ level: 2 * level, index: index * STRIP_WIDTH + i, hashes: own });
  }
  if (middle.length > Math.floor(before / STRIP_WIDTH)) {
    strips.push({ level: 2 * level + 1, index, hashes: middle });
  }
  return strips;
}

/** Where a tree node lives: the strip, and the row and place within the expanded strip. */
export function stripOfNode(level: number, index: number) {
  const height = level % STRIP_HEIGHT;
  const perStrip = STRIP_WIDTH / 2 ** height;
  return {
    stripLevel: Math.floor(level / STRIP_HEIGHT),
    stripIndex: Math.floor(index / perStrip),
    height,
    position: index % perStrip,
  };
}
