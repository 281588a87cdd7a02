/**
 * Tiles that are published into a place of public files, and read from there alone: the proof that
 * publisher and serving need no store to read tiles from.
 */
import {
  StoreTiles,
  type TilePublication,
  TilePublicationError,
} from '#log-server/publishing/tile-publication.ts';
import type { LogReader } from '#log-server/store/store.ts';
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import {
  decodeEntryBundle,
  encodeEntryBundle,
  TILE_WIDTH,
  type TileId,
  tileIdPath,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import { type PublicFiles, PublicFilesError } from '#service/public-files/public-files.ts';
import { TileWriter } from '#service/public-files/tile-writer.ts';

export class PlaceTiles implements TilePublication {
  readonly #files: PublicFiles;
  readonly #tiles: TileWriter;

  constructor(files: PublicFiles, store: LogReader) {
    this.#files = files;
    this.#tiles = new TileWriter(files, new StoreTiles(store));
  }

  async publish(size: number): Promise<void> {
    await passing(() => this.#tiles.publish(size));
  }

  async read({ level, index, width }: TileId, size: number): Promise<Uint8Array | undefined> {
    // A tile that has filled since has no partial ones any more.
    for (const kept of [tileWidth(level, index, size), TILE_WIDTH]) {
      const path = tileIdPath({ level, index, width: kept });
      const bytes = await passing(() => this.#files.read(path));
      if (bytes === undefined) continue;
      if (level !== 'entries') return bytes.subarray(0, width * HASH_BYTES);
      return encodeEntryBundle(decodeEntryBundle(bytes, kept).slice(0, width));
    }
    return undefined;
  }
}

async function passing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof PublicFilesError)) throw cause;
    throw new TilePublicationError(cause.message, { cause });
  }
}
