/**
 * Reads the entries of a signed tree into the index, each verified before: in batches, until it has to make way. What
 * was verified is kept whatever comes then.
 */

import type { EntryJudge } from '#client/entry-judge.ts';
import { whileReading } from '#client/follow-error.ts';
import type { TileSource } from '#client/tile-source.ts';
import { type VerifiedBundle, verifiedBundles } from '#client/verified-bundles.ts';
import { VerifiedTree } from '#client/verified-tree.ts';
import { TILE_WIDTH } from '#protocol/merkle/tiles.ts';
import type { Checkpoint } from '#protocol/note/checkpoint.ts';
import { SearchIndexError, type VerifiedEntries } from '../index/search-index.ts';

/** A transaction has no more of both, but for the bundle that reaches one of them. */
const BATCH_BUNDLES = 16;
const BATCH_BYTES = 4 * 1024 * 1024;

export interface ReadEntriesOptions {
  readonly source: TileSource;
  readonly judge: EntryJudge;
  /** Puts a batch into the index. */
  readonly append: (verified: readonly VerifiedEntries[]) => Promise<void>;
  /** Aborted when another log should have the place: after the next bundle, or at once if the source rejects with it. */
  readonly makeWay: AbortSignal;
}

/**
 * Reads from entry `from` on, which has to be below the checkpoint's size, and returns up to which. Rejects with
 * `FollowError`, as the source does, or as `append` does.
 */
export async function readEntries(
  checkpoint: Checkpoint,
  from: number,
  { source, judge, append, makeWay }: ReadEntriesOptions,
): Promise<number> {
  const batch = new Batch(from, append);
  try {
    const tree = new VerifiedTree(source, checkpoint);
    for await (const bundle of verifiedBundles(source, tree, from, judge)) {
      await batch.add(bundle);
      if (makeWay.aborted) break;
    }
  } catch (error) {
    if (error instanceof SearchIndexError) throw error;
    const size = await batch.flush();
    if (makeWay.aborted && error === makeWay.reason) return size;
    throw whileReading(error);
  }
  return await batch.flush();
}

class Batch {
  readonly #append: ReadEntriesOptions['append'];
  // All owned by this object.
  #size: number;
  #bundles: VerifiedEntries[] = [];
  #bytes = 0;

  constructor(from: number, append: ReadEntriesOptions['append']) {
    this.#size = from;
    this.#append = append;
  }

  async add(bundle: VerifiedBundle): Promise<void> {
    const verified = restOf(bundle, this.#size, await bundle.faults);
    this.#size = verified.firstIndex + verified.entries.length;
    this.#bundles.push(verified);
    this.#bytes += verified.entries.reduce((sum, { length }) => sum + length, 0);
    if (this.#bundles.length >= BATCH_BUNDLES || this.#bytes >= BATCH_BYTES) await this.flush();
  }

  /** Returns up to which all is in the index. */
  async flush(): Promise<number> {
    const bundles = this.#bundles;
    this.#bundles = [];
    this.#bytes = 0;
    if (bundles.length > 0) await this.#append(bundles);
    return this.#size;
  }
}

/** What a bundle has from `from` on. */
function restOf(
  { index, entries, leaves, tiles }: VerifiedBundle,
  from: number,
  faults: Awaited<VerifiedBundle['faults']>,
): VerifiedEntries {
  const known = from - index * TILE_WIDTH;
  return {
    firstIndex: from,
    entries: entries.slice(known),
    leaves: leaves.slice(known),
    faults: new Map(
      faults.filter(({ at }) => at >= known).map(({ at, code }) => [at - known, code]),
    ),
    tiles,
  };
}
