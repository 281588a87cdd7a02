/**
 * Where readers get tiles and entry bundles, which need not be where the log commits them: the
 * contract of such a place, and the store itself as one. Normative: the suite in
 * test/unit/log-server/tile-publication-suite.ts holds each of them to it.
 *
 * The publisher signs no checkpoint before the tiles under it are published, so whoever was shown one
 * can read them.
 */
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import { encodeEntryBundle, TILE_WIDTH, type TileId } from '#protocol/merkle/tiles.ts';
import type { LogReader } from '../store/store.ts';

/** The place cannot be reached, or has no room; a later try may succeed. */
export class TilePublicationError extends Error {
  override readonly name = 'TilePublicationError';
}

export interface TilePublication {
  /**
   * Publishes every tile and bundle of the first `size` leaves, all of which the store holds. Durable
   * once it resolves; costs little where they are published already. Calls do not overlap, and their
   * sizes never fall while the process runs; each has to end by itself. Rejects with
   * `TilePublicationError`: what was published before is as it was, and the next call makes up for this
   * one.
   */
  publish(size: number): Promise<void>;

  /**
   * The bytes of a tile or a bundle, cut to its width; undefined if it is not there. `size` is any
   * that has been published and covers it. Never half of what `publish` writes meanwhile. Rejects
   * with `TilePublicationError` or `StoreError`.
   */
  read(tile: TileId, size: number): Promise<Uint8Array | undefined>;
}

/** The publication of the log of an origin, whose store is read for what is to be published. */
export type ChoosePublication = (store: LogReader, origin: string) => TilePublication;

/** Tiles are committed with their entries, so they are published before anybody asks for that. */
export class StoreTiles implements TilePublication {
  readonly #store: LogReader;

  constructor(store: LogReader) {
    this.#store = store;
  }

  async publish(): Promise<void> {}

  async read({ level, index, width }: TileId): Promise<Uint8Array | undefined> {
    if (level === 'entries') {
      const entries = await this.#store.entries(index * TILE_WIDTH, width);
      return entries.length === width ? encodeEntryBundle(entries) : undefined;
    }
    const hashes = await this.#store.tile(level, index);
    const length = width * HASH_BYTES;
    return hashes !== undefined && hashes.length >= length ? hashes.subarray(0, length) : undefined;
  }
}
