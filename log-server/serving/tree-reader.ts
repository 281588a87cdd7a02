/**
 * Nodes and proofs of the log's own tree, from its stored tiles.
 *
 * Expanded tiles are cached: recent submissions share the few tiles at the right edge, so a proof
 * for a fresh entry reads nothing from the store and hashes almost nothing.
 */
import type { Hash } from '#protocol/merkle/hash.ts';
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import { consistencyProof, inclusionProof, type NodeId } from '#protocol/merkle/proof.ts';
import { decodeTile, expandTile, TILE_WIDTH, tileOfNode } from '#protocol/merkle/tiles.ts';
import { type LogReader, StoreError } from '../store/store.ts';
import { BoundedCache } from './bounded-cache.ts';

/** 511 hashes each: 16 KiB, so 16 MiB in all. */
const MAX_EXPANDED_TILES = 1024;

export class TreeReader {
  readonly #store: LogReader;
  /** Expanded tiles by level and index. A partial one is read again when a wider one is needed. */
  readonly #tiles = new BoundedCache<string, Hash[][]>(MAX_EXPANDED_TILES, () => 1);

  constructor(store: LogReader) {
    this.#store = store;
  }

  /** Rejects with RangeError if index >= size, `StoreError` if the tree is not that large. */
  async inclusionProof(index: number, size: number): Promise<Hash[]> {
    return await inclusionProof((nodes) => this.#read(nodes), index, size);
  }

  /** Rejects with RangeError if oldSize > newSize, `StoreError` if the tree is not that large. */
  async consistencyProof(oldSize: number, newSize: number): Promise<Hash[]> {
    return await consistencyProof((nodes) => this.#read(nodes), oldSize, newSize);
  }

  async #read(nodes: readonly NodeId[]): Promise<Hash[]> {
    const hashes: Hash[] = [];
    for (const { level, index } of nodes) {
      const { tileLevel, tileIndex, height, position } = tileOfNode(level, index);
      const known = this.#tiles.get(`${tileLevel}/${tileIndex}`)?.[height]?.[position];
      hashes.push(
        known ?? (await this.#load(tileLevel, tileIndex))[height]?.[position] ?? absent(),
      );
    }
    return hashes;
  }

  async #load(level: number, index: number): Promise<Hash[][]> {
    const bytes = await this.#store.tile(level, index);
    const width = Math.min(TILE_WIDTH, (bytes?.length ?? 0) / HASH_BYTES);
    const rows = expandTile(decodeTile(bytes ?? new Uint8Array(0), width));
    this.#tiles.set(`${level}/${index}`, rows);
    return rows;
  }
}

function absent(): never {
  throw new StoreError('failed', 'a node of the tree is not in the store');
}
