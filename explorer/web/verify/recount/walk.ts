/**
 * Reads a log's entries again, in this browser: each bundle is shown to be in the tree of a checkpoint that was
 * verified before, so what is counted is counted of what was signed, whoever served it. Memory stays flat.
 */
import { verifiedBundles } from '#client/verified-bundles.ts';
import { isSourceFailure, VerifiedTree } from '#client/verified-tree.ts';
import type { LeafHash } from '#protocol/merkle/hash.ts';
import { TILE_WIDTH } from '#protocol/merkle/tiles.ts';
import type { Checkpoint } from '#protocol/note/checkpoint.ts';
import type { KnownLog } from '../answers/known-log.ts';

export interface RecountOptions {
  /** Ends it; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Entries that have been read, and that are to be read, and how many bytes it took. */
  readonly onProgress?: (done: number, total: number, bytes: number) => void;
}

export interface Walk extends RecountOptions {
  readonly log: KnownLog;
  readonly checkpoint: Checkpoint;
  /** Indices; all of the tree when absent. */
  readonly range?: { readonly from: number; readonly to: number };
  readonly breathe: () => Promise<void>;
}

export interface ReadEntry {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly leafHash: LeafHash;
}

export async function* walkEntries(walk: Walk): AsyncGenerator<ReadEntry, void> {
  const { checkpoint, log, breathe, onProgress, signal } = walk;
  const { from, to } = walk.range ?? { from: 0, to: checkpoint.size };
  if (from >= to) return;
  const tree = new VerifiedTree(log.source, checkpoint);
  const place = { at: from - (from % TILE_WIDTH), bytes: 0 };
  for await (const { entries, leaves } of verifiedBundles(log.source, tree, from)) {
    for (const [i, bytes] of entries.entries()) {
      const index = place.at + i;
      if (index < from) continue;
      if (index >= to) return;
      yield { index, bytes, leafHash: leaves[i]! };
      await breathe();
    }
    place.at += entries.length;
    place.bytes += entries.reduce((sum, { length }) => sum + length, 0);
    signal?.throwIfAborted();
    onProgress?.(Math.min(place.at, to) - from, to - from, place.bytes);
  }
}

/** Why entries could not be read, in words; rethrows what is no failure of the explorer's. */
export function reasonOf(error: unknown): string {
  if (isSourceFailure(error)) return error.message;
  throw error;
}
