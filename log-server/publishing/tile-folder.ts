/**
 * The tiles and entry bundles of a log in a folder, at their paths (C2SP tlog-tiles): what a mirror is, and
 * what static hosting serves. No file is ever seen before it is whole, and each is on the disk before the
 * next call.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  entriesPath,
  hashesAtTileLevel,
  TILE_WIDTH,
  type TileId,
  tilePath,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import { replaceFile } from '#service/files.ts';
import type { TilePublication } from './tile-publication.ts';

/** Files written at a time: each waits for the disk. */
const CONCURRENCY = 8;
const FILE_MODE = 0o644;

export class TileFolder {
  readonly #folder: string;
  readonly #from: Pick<TilePublication, 'read'>;
  /** Leaves whose tiles are known to be here. Owned by `publish`. */
  #size: number;

  /** `size` leaves are known to be in the folder already; `from` has the others. */
  constructor(folder: string, from: Pick<TilePublication, 'read'>, size = 0) {
    this.#folder = folder;
    this.#from = from;
    this.#size = size;
  }

  /**
   * Writes what the first `size` leaves have beyond what is here. Partial tiles of a tile that has filled
   * are removed, as its readers find the full one. Rejects with the errors of the file system.
   */
  async publish(size: number, onProgress: (size: number) => void = () => undefined): Promise<void> {
    const tiles = tilesBetween(this.#size, size);
    const work = async () => {
      for (const tile of tiles) {
        await this.#write(tile, size);
        if (tile.level === 'entries') onProgress(tile.index * TILE_WIDTH + tile.width);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    this.#size = Math.max(this.#size, size);
  }

  /** Replaces the checkpoint, whose tiles have to be here. */
  async show(note: string): Promise<void> {
    await putFile(join(this.#folder, 'checkpoint'), Buffer.from(note));
  }

  async #write(tile: TileId, size: number): Promise<void> {
    const path = this.path(tile);
    if (existsSync(path)) return;
    const bytes = await this.#from.read(tile, size);
    if (bytes === undefined) throw new RangeError(`${path} is not in the tree of size ${size}`);
    await putFile(path, bytes);
    if (tile.width === TILE_WIDTH) await rm(`${path}.p`, { recursive: true, force: true });
  }

  path({ level, index, width }: TileId): string {
    const path = level === 'entries' ? entriesPath(index, width) : tilePath(level, index, width);
    return join(this.#folder, path);
  }
}

async function putFile(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await replaceFile(path, async () => bytes, {
    aside: `${path}.${process.pid}.aside`,
    mode: FILE_MODE,
    durable: true,
  });
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
