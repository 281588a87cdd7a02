/**
 * Puts the tiles and entry bundles of a tree into a place of public files, so that whoever reads a
 * checkpoint of that tree there finds all that is under it.
 */
import {
  hashesAtTileLevel,
  TILE_WIDTH,
  type TileId,
  tileIdPath,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import { CONCURRENT_WRITES, type PublicFiles, PublicFilesError } from './public-files.ts';

/** Where a writer gets tiles and bundles; undefined for one that the tree of `size` does not have. */
export interface TileProvider {
  read(tile: TileId, size: number): Promise<Uint8Array | undefined>;
}

export interface PublishOptions {
  /** Told how far the entries are. */
  readonly onProgress?: (size: number) => void;
  /** Ends it after the files that are under way. */
  readonly signal?: AbortSignal;
}

export class TileWriter {
  readonly #files: PublicFiles;
  readonly #from: TileProvider;
  /** Leaves whose tiles are known to be there. Owned by `publish`. */
  #size: number;

  /** `size` leaves are known to be in the place already, with the tiles of that very size; `from` has the others. */
  constructor(files: PublicFiles, from: TileProvider, size = 0) {
    this.#files = files;
    this.#from = from;
    this.#size = size;
  }

  /** Leaves of which all is there. */
  get size(): number {
    return this.#size;
  }

  /**
   * Writes what the first `size` leaves have beyond what is known to be there. Partial tiles of a tile that
   * has filled are removed, as their readers find the full one. Calls must not overlap. Rejects with
   * `PublicFilesError`, or as the provider does, once nothing of it is under way; the next call makes up for it.
   */
  async publish(size: number, { onProgress, signal }: PublishOptions = {}): Promise<void> {
    const tiles = tilesBetween(this.#size, size);
    const failures: unknown[] = [];
    const work = async () => {
      for (const tile of tiles) {
        if (failures.length > 0) return;
        if (signal?.aborted === true) throw stoppedError(this.#files);
        await this.#write(tile, size);
        if (tile.level === 'entries') onProgress?.(tile.index * TILE_WIDTH + tile.width);
      }
    };
    const workers = Array.from({ length: CONCURRENT_WRITES }, async () => {
      await work().catch((error: unknown) => failures.push(error));
    });
    await Promise.all(workers);
    if (failures.length > 0) throw failures[0];
    this.#size = Math.max(this.#size, size);
  }

  async #write(tile: TileId, size: number): Promise<void> {
    const path = tileIdPath(tile);
    const bytes = await this.#from.read(tile, size);
    if (bytes === undefined) throw new RangeError(`${path} is not in the tree of size ${size}`);
    await this.#files.put(path, bytes);
    if (tile.width === TILE_WIDTH) await this.#files.removeBeneath(`${path}.p`);
  }
}

function stoppedError({ name }: PublicFiles): PublicFilesError {
  return new PublicFilesError('unavailable', `Stopped before everything was in ${name}.`);
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
