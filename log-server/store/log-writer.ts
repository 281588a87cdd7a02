/**
 * What a store leaves to `Sequencer`, and what it does itself: the contract of a writer that commits
 * batches which are sequenced already. Normative, as store.ts is; test/unit/log-server/writer-suite.ts
 * holds each such writer to it.
 *
 * A writer holds the lease from opening to closing. Opening it ends the lease of any writer before
 * it, whose writes then fail with 'conflict'.
 *
 * Every write is atomic, and durable when it returns: it survives kill -9 and power loss.
 */
import type { Tile } from '#protocol/merkle/tile-builder.ts';
import type { CheckpointRecorder, LogEnder, LogReader, NewEntry, TreeHead } from './store.ts';

export interface AppendBatch {
  /** Index of the first entry, which is the size of the tree before the batch. */
  readonly firstIndex: number;
  /** At least one, with pairwise different leaf hashes. */
  readonly entries: readonly NewEntry[];
  /** Every tile that the batch fills or widens. */
  readonly tiles: readonly Tile[];
  /** Of the tree after the batch; `head.size` is `firstIndex + entries.length`. */
  readonly head: TreeHead;
}

/** Index in the log of each entry of a batch that is there already, by its place in the batch. */
export type HeldEntries = ReadonlyMap<number, number>;

/** Of what `LogReader.findLeaves` found. */
export function heldEntries(found: readonly (number | undefined)[]): HeldEntries {
  const held = new Map<number, number>();
  for (const [place, index] of found.entries()) {
    if (index !== undefined) held.set(place, index);
  }
  return held;
}

export interface LogWriter extends LogReader, CheckpointRecorder, LogEnder {
  /**
   * Commits entries, their leaf hashes, tiles and the tree head in one transaction, and resolves to nothing held. Where
   * the log holds any of the entries it changes nothing, and resolves to all of those. Rejects with 'conflict', changing
   * nothing, unless the stored size is `firstIndex` and the lease is held; with 'frozen' if the log is frozen.
   */
  append(batch: AppendBatch): Promise<HeldEntries>;

  /** Gives the lease up. */
  close(): Promise<void>;
}
