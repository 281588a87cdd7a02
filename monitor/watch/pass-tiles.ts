/**
 * A log's tiles for one round of comparisons: each is fetched once, and only while the round has
 * time. Not kept longer, as what was fetched may be wrong.
 *
 * The time is that of the whole round: a log that hangs on each tile would otherwise keep those
 * comparisons waiting that it would have answered.
 */
import { LRUCache } from 'lru-cache';
import { RemoteError } from '#client/http.ts';
import type { TileSource } from '#client/tile-source.ts';
import { monotonicMs } from '#service/schedule.ts';

/** 8 KiB each at most. */
const MAX_TILES = 256;

export class PassTiles implements TileSource {
  readonly #source: TileSource;
  readonly #endMs: number;
  // Owned by this object.
  readonly #tiles = new LRUCache<string, Promise<Uint8Array>>({ max: MAX_TILES });

  constructor(source: TileSource, timeMs: number) {
    this.#source = source;
    this.#endMs = monotonicMs() + timeMs;
  }

  /** Whether any tile would be asked for that has not been yet. */
  get hasTime(): boolean {
    return monotonicMs() < this.#endMs;
  }

  checkpoint(): Promise<string> {
    return this.#source.checkpoint();
  }

  entries(index: number, width: number): Promise<Uint8Array[]> {
    return this.#source.entries(index, width);
  }

  tile(level: number, index: number, width: number): Promise<Uint8Array> {
    const key = `${level}/${index}/${width}`;
    const known = this.#tiles.get(key);
    if (known !== undefined) return known;
    const tile = this.hasTime
      ? this.#source.tile(level, index, width)
      : Promise.reject(new RemoteError('timeout', key, 'the log is too slow with other tiles'));
    tile.catch(() => undefined); // whoever reads it is told
    this.#tiles.set(key, tile);
    return tile;
  }
}
