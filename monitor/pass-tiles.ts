/**
 * A log's tiles for one round of comparisons: each is fetched once, and it is known whether a
 * failure was the network's or the log's. Not kept longer, as what was fetched may be wrong.
 */
import { RemoteError } from '#client/http.ts';
import type { TileSource } from '#client/tile-source.ts';

/** 8 KiB each at most. */
const MAX_TILES = 256;

export class PassTiles implements TileSource {
  readonly #source: TileSource;
  // Owned by this object.
  readonly #tiles = new Map<string, Promise<Uint8Array>>();
  /** Whether any request got no answer, or the answer that the log cannot serve now. */
  unreachable = false;

  constructor(source: TileSource) {
    this.#source = source;
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
    if (this.#tiles.size >= MAX_TILES) this.#tiles.clear();
    const tile = this.#fetch(level, index, width);
    this.#tiles.set(key, tile);
    return tile;
  }

  async #fetch(level: number, index: number, width: number): Promise<Uint8Array> {
    try {
      return await this.#source.tile(level, index, width);
    } catch (error) {
      if (isOutage(error)) this.unreachable = true;
      throw error;
    }
  }
}

/** Whether a request failed for a reason that may pass: no answer, overload, a failing server. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof RemoteError)) return false;
  if (error.kind !== 'status') return error.kind === 'unreachable' || error.kind === 'timeout';
  return error.status === 429 || (error.status ?? 0) >= 500;
}
