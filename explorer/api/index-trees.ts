/**
 * Nodes of the confirmed trees, out of the tiles of the index, for proofs.
 *
 * The index has verified its tiles before it took them, so they are not verified against a root again, which would
 * be once for each checkpoint: a full tile is hashed once while it is in the cache, whichever size is asked about.
 * Whoever hands a proof out checks it first.
 */
import { LRUCache } from 'lru-cache';
import { concatBytes } from '#protocol/bytes.ts';
import { asHash, HASH_BYTES, type Hash } from '#protocol/merkle/hash.ts';
import type { NodeReader } from '#protocol/merkle/proof.ts';
import { decodeTile, expandTile, tileOfNode, tilePath, tileWidth } from '#protocol/merkle/tiles.ts';
import { type IndexReader, SearchIndexError } from '../index/search-index.ts';

/** Of a full tile with all its nodes, 16 KiB each: the lowest level of a tree of a million entries. */
const MAX_TILES = 4096;

/** All nodes of a tile in one piece of memory, those of the lowest level first. */
interface Nodes {
  readonly bytes: Uint8Array;
  readonly width: number;
}

export class IndexTrees {
  readonly #index: Pick<IndexReader, 'tile'>;
  // Owned here: tiles that are being read, or have been.
  readonly #tiles = new LRUCache<string, Promise<Nodes>>({ max: MAX_TILES });

  constructor(index: Pick<IndexReader, 'tile'>) {
    this.#index = index;
  }

  /** Nodes of the tree of `size`, which must be confirmed. Rejects with `SearchIndexError`. */
  reader(origin: string, size: number): NodeReader {
    return (nodes) =>
      Promise.all(
        nodes.map(async ({ level, index }) => {
          const { tileLevel, tileIndex, height, position } = tileOfNode(level, index);
          const width = tileWidth(tileLevel, tileIndex, size);
          return nodeOf(await this.#tile(origin, tileLevel, tileIndex, width), height, position);
        }),
      );
  }

  #tile(origin: string, level: number, index: number, width: number): Promise<Nodes> {
    const key = `${level}/${index}/${width} ${origin}`;
    const known = this.#tiles.get(key);
    if (known !== undefined) return known;
    const tile = this.#read(origin, level, index, width);
    tile.catch(() => this.#tiles.delete(key));
    this.#tiles.set(key, tile);
    return tile;
  }

  async #read(origin: string, level: number, index: number, width: number): Promise<Nodes> {
    const bytes = width === 0 ? undefined : await this.#index.tile(origin, level, index, width);
    if (bytes?.length !== width * HASH_BYTES) {
      const name = width === 0 ? `${level}/${index}` : tilePath(level, index, width);
      throw new SearchIndexError('failed', `the index has no ${name} of ${origin}`);
    }
    return { bytes: concatBytes(...expandTile(decodeTile(bytes, width)).flat()), width };
  }
}

function nodeOf({ bytes, width }: Nodes, height: number, position: number): Hash {
  let before = 0;
  for (let below = 0; below < height; below++) before += Math.floor(width / 2 ** below);
  const start = (before + position) * HASH_BYTES;
  return asHash(bytes.subarray(start, start + HASH_BYTES));
}
