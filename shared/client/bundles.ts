/**
 * The entries of a walk, bundle by bundle: fetched ahead, and the next one judged while one is dealt
 * with, so that neither the network nor the threads that verify signatures wait for the walk.
 */
import { ProtocolError } from '#protocol/errors.ts';
import { TILE_WIDTH, tileWidth } from '#protocol/merkle/tiles.ts';
import type { TileSource } from './tile-source.ts';

export interface JudgedBundle<Verdict> {
  readonly firstIndex: number;
  readonly entries: readonly Uint8Array[];
  /** In the order of the entries. */
  readonly verdicts: Promise<readonly Verdict[]>;
}

export interface BundleWalk<Verdict> {
  readonly source: TileSource;
  /** Entries before this one are left out. */
  readonly from: number;
  readonly to: number;
  readonly judge: (
    entries: readonly Uint8Array[],
    firstIndex: number,
  ) => Promise<readonly Verdict[]>;
}

/** Bundles in memory at once, the one that is dealt with included. */
const MAX_BUNDLES = 4;
/** Of these, as many are judged at once: a bundle of signatures keeps threads busy for a while. */
const MAX_JUDGED = 2;

/** Rejects as the source does, once all bundles before have been taken. */
export async function* judgedBundles<Verdict>(
  walk: BundleWalk<Verdict>,
): AsyncGenerator<JudgedBundle<Verdict>, void> {
  const last = Math.ceil(walk.to / TILE_WIDTH);
  const fetched: Promise<Omit<JudgedBundle<Verdict>, 'verdicts'>>[] = [];
  const judged: Promise<JudgedBundle<Verdict>>[] = [];
  let next = Math.floor(walk.from / TILE_WIDTH);
  for (let index = next; index < last; index++) {
    while (next < Math.min(last, index + MAX_BUNDLES))
      fetched.push(quietly(fetchNew(walk, next++)));
    while (judged.length < MAX_JUDGED && fetched.length > 0) {
      judged.push(quietly(fetched.shift()!.then((bundle) => judgeOf(walk, bundle))));
    }
    yield await judged.shift()!;
  }
}

async function fetchNew<Verdict>({ source, from, to }: BundleWalk<Verdict>, index: number) {
  const start = index * TILE_WIDTH;
  const width = tileWidth('entries', index, to);
  const entries = await source.entries(index, width);
  if (entries.length !== width) {
    throw new ProtocolError('bad-tile', `expected ${width} entries, got ${entries.length}`);
  }
  const firstIndex = Math.max(from, start);
  return { firstIndex, entries: entries.slice(firstIndex - start) };
}

function judgeOf<Verdict>(
  { judge }: BundleWalk<Verdict>,
  bundle: Omit<JudgedBundle<Verdict>, 'verdicts'>,
): JudgedBundle<Verdict> {
  return { ...bundle, verdicts: quietly(judge(bundle.entries, bundle.firstIndex)) };
}

/** A failure is told when its turn comes. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
