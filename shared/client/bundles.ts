/**
 * The entries of a walk, bundle by bundle: fetched ahead with their tiles, and judged as soon as they
 * are here, so that neither the network nor the threads that verify signatures wait for the walk.
 */
import { ProtocolError } from '#protocol/errors.ts';
import { TILE_WIDTH, tileWidth } from '#protocol/merkle/tiles.ts';
import type { EntryFault, EntryJudge } from './entry-judge.ts';
import type { TileSource } from './tile-source.ts';

export interface JudgedBundle {
  readonly firstIndex: number;
  readonly entries: readonly Uint8Array[];
  readonly faults: Promise<readonly EntryFault[]>;
  /** The tile of the leaf hashes of a full bundle, as the source shows it, unless the walk goes without. */
  readonly tile: Promise<Uint8Array> | undefined;
}

export interface BundleWalk {
  readonly source: TileSource;
  /** Entries before this one are left out. */
  readonly from: number;
  readonly to: number;
  readonly judge: EntryJudge;
  /** Whether the tiles of full bundles are fetched with them; they are if absent. */
  readonly withTiles?: boolean;
}

/** Bundles beside the one that is dealt with and those that keep the judge busy. */
const MAX_AHEAD = 3;
/** Of these, as many are on their way: before it has seen any, a walk does not know how large they are. */
const MAX_FETCHING = 8;
/** No other is asked for once those that wait, and those on their way if they are large, have so much. */
const MAX_BYTES_AHEAD = 32 * 1024 * 1024;

/** Rejects as the source does, once all bundles before have been taken. */
export async function* judgedBundles(walk: BundleWalk): AsyncGenerator<JudgedBundle, void> {
  const ahead = new BundlesAhead(walk);
  for (let bundle = ahead.take(); bundle !== undefined; bundle = ahead.take()) yield await bundle;
}

class BundlesAhead {
  readonly #walk: BundleWalk;
  readonly #last: number;
  // All owned by this object.
  readonly #bundles: Promise<JudgedBundle>[] = [];
  #next: number;
  #fetching = 0;
  #waitingBytes = 0;
  #largestBytes = 0;

  constructor(walk: BundleWalk) {
    this.#walk = walk;
    this.#next = Math.floor(walk.from / TILE_WIDTH);
    this.#last = Math.ceil(walk.to / TILE_WIDTH);
  }

  /** The next bundle, if there is one. */
  take(): Promise<JudgedBundle> | undefined {
    this.#fill();
    return this.#bundles.shift()?.then((bundle) => {
      this.#waitingBytes -= bytesOf(bundle);
      return bundle;
    });
  }

  #fill(): void {
    while (this.#next < this.#last && this.#mayFetch()) {
      this.#bundles.push(quietly(this.#fetch(this.#next++)));
    }
  }

  #mayFetch(): boolean {
    const { bundlesAtOnce } = this.#walk.judge;
    const bytes = this.#waitingBytes + this.#fetching * this.#largestBytes;
    if (this.#bundles.length === 0) return true;
    return (
      this.#bundles.length < MAX_AHEAD + bundlesAtOnce &&
      this.#fetching < MAX_FETCHING &&
      bytes < MAX_BYTES_AHEAD
    );
  }

  async #fetch(index: number): Promise<JudgedBundle> {
    this.#fetching++;
    const bundle = await fetchBundle(this.#walk, index);
    const bytes = bytesOf(bundle);
    this.#fetching--;
    this.#waitingBytes += bytes;
    this.#largestBytes = Math.max(this.#largestBytes, bytes);
    this.#fill();
    return bundle;
  }
}

async function fetchBundle(
  { source, from, to, judge, withTiles = true }: BundleWalk,
  index: number,
): Promise<JudgedBundle> {
  const start = index * TILE_WIDTH;
  const width = tileWidth('entries', index, to);
  const hasTile = withTiles && width === TILE_WIDTH;
  const tile = hasTile ? quietly(source.tile(0, index, TILE_WIDTH)) : undefined;
  const all = await source.entries(index, width);
  if (all.length !== width) {
    throw new ProtocolError('bad-tile', `expected ${width} entries, got ${all.length}`);
  }
  const firstIndex = Math.max(from, start);
  const entries = all.slice(firstIndex - start);
  return { firstIndex, entries, faults: quietly(judge.judge(entries)), tile };
}

function bytesOf({ entries }: JudgedBundle): number {
  return entries.reduce((sum, { length }) => sum + length, 0);
}

/** A failure is told when its turn comes. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
