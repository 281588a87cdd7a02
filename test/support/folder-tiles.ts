/**
 * Tiles in a folder of files, at their paths of tlog-tiles: what a bucket or a static web server would
 * be, and the proof that publisher and serving need no store to read tiles from.
 */
import { readFile } from 'node:fs/promises';
import { TileFolder } from '#log-server/publishing/tile-folder.ts';
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
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import { errorCode } from '#service/errors.ts';

export class FolderTiles implements TilePublication {
  readonly #folder: string;
  readonly #tiles: TileFolder;

  constructor(folder: string, store: LogReader) {
    this.#folder = folder;
    this.#tiles = new TileFolder(folder, new StoreTiles(store));
  }

  async publish(size: number): Promise<void> {
    await passing(this.#folder, () => this.#tiles.publish(size));
  }

  async read({ level, index, width }: TileId, size: number): Promise<Uint8Array | undefined> {
    // A tile that has filled since has no partial ones any more.
    for (const kept of [tileWidth(level, index, size), TILE_WIDTH]) {
      const bytes = await this.#file({ level, index, width: kept });
      if (bytes === undefined) continue;
      if (level !== 'entries') return bytes.subarray(0, width * HASH_BYTES);
      return encodeEntryBundle(decodeEntryBundle(bytes, kept).slice(0, width));
    }
    return undefined;
  }

  async #file(tile: TileId): Promise<Uint8Array | undefined> {
    const path = this.#tiles.path(tile);
    return await passing(path, async () => {
      return await readFile(path).catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return undefined;
        throw error;
      });
    });
  }
}

async function passing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const detail = `${path}: ${errorCode(cause) ?? String(cause)}`;
    throw new TilePublicationError(detail, { cause });
  }
}
