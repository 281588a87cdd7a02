/**
 * Tiles in a folder of files, at their paths of tlog-tiles: what a bucket or a static web server would
 * be, and the proof that publisher and serving need no store to read tiles from.
 *
 * A file is written aside, synced and renamed, and is never written again: partial tiles stay beside
 * the full ones.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
  entriesPath,
  hashesAtTileLevel,
  TILE_WIDTH,
  type TileId,
  tilePath,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import { errorCode } from '#service/errors.ts';
import { replaceFile } from '#service/files.ts';

export class FolderTiles implements TilePublication {
  readonly #folder: string;
  readonly #committed: StoreTiles;
  /** Leaves whose tiles are known to be here. Owned by `publish`. */
  #size = 0;

  constructor(folder: string, store: LogReader) {
    this.#folder = folder;
    this.#committed = new StoreTiles(store);
  }

  async publish(size: number): Promise<void> {
    for (const tile of tilesBetween(this.#size, size)) await this.#write(tile);
    this.#size = Math.max(this.#size, size);
  }

  async read({ level, index, width }: TileId, size: number): Promise<Uint8Array | undefined> {
    const kept = tileWidth(level, index, size);
    const bytes = await this.#file({ level, index, width: kept });
    if (bytes === undefined || level !== 'entries') return bytes?.subarray(0, width * HASH_BYTES);
    return encodeEntryBundle(decodeEntryBundle(bytes, kept).slice(0, width));
  }

  async #write(tile: TileId): Promise<void> {
    const path = this.#path(tile);
    if (existsSync(path)) return;
    const bytes = (await this.#committed.read(tile))!;
    await passing(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      await replaceFile(path, async () => bytes, {
        aside: `${path}.aside`,
        mode: 0o644,
        durable: true,
      });
    });
  }

  async #file(tile: TileId): Promise<Uint8Array | undefined> {
    const path = this.#path(tile);
    return await passing(path, async () => {
      return await readFile(path).catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return undefined;
        throw error;
      });
    });
  }

  #path({ level, index, width }: TileId): string {
    const path = level === 'entries' ? entriesPath(index, width) : tilePath(level, index, width);
    return join(this.#folder, path);
  }
}

/** The tiles and bundles that a tree has beyond those that it had when it was smaller. */
function* tilesBetween(from: number, to: number): Generator<TileId> {
  for (let level = 0; hashesAtTileLevel(level, to) > 0; level++) {
    const known = hashesAtTileLevel(level, from);
    for (let index = Math.floor(known / TILE_WIDTH); ; index++) {
      const width = tileWidth(level, index, to);
      if (width === 0 || index * TILE_WIDTH + width <= known) break;
      yield { level, index, width };
      if (level === 0) yield { level: 'entries', index, width };
    }
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
