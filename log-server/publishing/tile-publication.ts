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
   * sizes never fall while the process runs; each has to end by itself, and soon when the signal is
   * aborted. Rejects with `TilePublicationError`: what was published before is as it was, and the next call
   * makes up for this one. Rejects with `LostTreeError` where the place has a checkpoint of this log that
   * is not of the tree in the store.
   */
  publish(size: number, signal?: AbortSignal): Promise<void>;

  /**
   * Shows those who read at this place a checkpoint with its cosignatures, all tiles of which have been
   * published. Durable once it resolves, and never replaced by one of a smaller tree: it is fine if another
   * process has shown a larger one. Overlaps no call of `publish`. Rejects with `TilePublicationError`: then it
   * may be shown or not, and the next call makes up for this one.
   */
  show(note: string): Promise<void>;

  /**
   * The bytes of a tile or a bundle, cut to its width; undefined if it is not there. `size` is any
   * that has been published and covers it. Never half of what `publish` writes meanwhile. Rejects
   * with `TilePublicationError` or `StoreError`.
   */
  read(tile: TileId, size: number): Promise<Uint8Array | undefined>;

  /** Gives up what is held of the place; to be called once, after the last call has ended. */
  close(): void;
}

/** The publication of the log of an origin, whose store is read for what is to be published. */
export type ChoosePublication = (store: LogReader, origin: string) => TilePublication;

/**
 * Tiles are committed with their entries, so they are published before anybody asks for that; and readers are
 * shown the checkpoint that the store records.
 */
export class StoreTiles implements TilePublication {
  readonly #store: LogReader;

  constructor(store: LogReader) {
    this.#store = store;
  }

  async publish(): Promise<void> {}

  async show(): Promise<void> {}

  async read({ level, index, width }: TileId): Promise<Uint8Array | undefined> {
    if (level === 'entries') {
      const entries = await this.#store.entries(index * TILE_WIDTH, width);
      return entries.length === width ? encodeEntryBundle(entries) : undefined;
    }
    const hashes = await this.#store.tile(level, index);
    const length = width * HASH_BYTES;
    return hashes !== undefined && hashes.length >= length ? hashes.subarray(0, length) : undefined;
  }

  close(): void {}
}
