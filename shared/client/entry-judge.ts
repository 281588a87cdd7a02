/**
 * Judges entries of a walk, a bundle at a time: on this thread, or by whatever else the caller hands
 * over. Browsers have nothing else; on Node.js shared/service has threads for it.
 */
import { checkEntry } from '#protocol/entry/check.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { EntryError } from '#protocol/errors.ts';

/** Why an entry must not stand in its log. */
export interface EntryFault {
  /** Its place among the entries that were judged. */
  readonly at: number;
  readonly code: string;
  readonly detail: string;
}

export interface EntryJudge {
  /** The faults in the order of the entries; none if all may stand. Rejects only if it cannot go on. */
  readonly judge: (entries: readonly Uint8Array[]) => Promise<readonly EntryFault[]>;
  /** How many bundles it takes at once to keep it busy, beside the one that is dealt with. */
  readonly bundlesAtOnce: number;
}

/** Holds up this thread for a bundle at a time. */
export function judgeHere(types: readonly EntryType[]): EntryJudge {
  return { judge: async (entries) => faultsOf(entries, types), bundlesAtOnce: 0 };
}

/** For a walk of the tree alone. */
export const JUDGE_NOTHING: EntryJudge = { judge: async () => [], bundlesAtOnce: 0 };

export function faultsOf(
  entries: readonly Uint8Array[],
  types: readonly EntryType[],
): readonly EntryFault[] {
  return entries.flatMap((entry, at) => {
    try {
      checkEntry(entry, types);
      return [];
    } catch (error) {
      if (!(error instanceof EntryError)) throw error;
      return [{ at, code: error.code, detail: error.message }];
    }
  });
}
