/**
 * Tiles that are published into a place of public files, and read from there alone: the proof that
 * publisher and serving need no store to read tiles from.
 */
import { FilesPublication } from '#log-server/publishing/files-publication.ts';
import { TilePublicationError } from '#log-server/publishing/tile-publication.ts';
import type { LogReader } from '#log-server/store/store.ts';
import { createTileCache, TreeReader } from '#log-server/store/tree-reader.ts';
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
import { logKey } from './log.ts';

/** Of the log of `logKey()`. */
export class PlaceTiles extends FilesPublication {
  readonly #files: PublicFiles;

  constructor(files: PublicFiles, store: LogReader) {
    const key = logKey().verifier;
    const tree = new TreeReader(store, key.name, createTileCache());
    super({ files, store, key, rootAt: (size) => tree.rootAt(size) });
    this.#files = files;
  }

  override async read(
    { level, index, width }: TileId,
    size: number,
  ): Promise<Uint8Array | undefined> {
    // A tile that has filled since has no partial ones any more.
    for (const kept of [tileWidth(level, index, size), TILE_WIDTH]) {
      const bytes = await this.#read(tileIdPath({ level, index, width: kept }));
      if (bytes === undefined) continue;
      if (level !== 'entries') return bytes.subarray(0, width * HASH_BYTES);
      return encodeEntryBundle(decodeEntryBundle(bytes, kept).slice(0, width));
    }
    return undefined;
  }

  async #read(path: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#files.read(path);
    } catch (cause) {
      if (!(cause instanceof PublicFilesError)) throw cause;
      throw new TilePublicationError(cause.message, { cause });
    }
  }
}
