/**
 * Searches a log anew, entry by entry, and says whether the list that the server sent leaves anything out. A page of
 * a longer list is compared down to where it ends.
 */
import { describeEntry } from '#explorer/search/described-entry.ts';
import type { Filters } from '#explorer/search/filters.ts';
import { matches } from '#explorer/search/matches.ts';
import { type Finding, finding } from '../findings.ts';
import { reasonOf, type Walk, walkEntries } from './walk.ts';

export interface SearchRecount {
  readonly kind: 'complete' | 'incomplete' | 'undecided';
  readonly words: string;
  readonly findings: readonly Finding[];
  /** Indices of entries that pass and are not on the list, ascending, the first of them. */
  readonly leftOut: readonly number[];
}

export interface ShownList {
  readonly filters: Filters;
  /** Indices of this log's entries on the list. */
  readonly shown: ReadonlySet<number>;
}

const MAX_LEFT_OUT = 20;

/** `walk.range` is what the list answers for: all of the tree, unless it is one page of several. */
export async function recountSearch(
  { filters, shown }: ShownList,
  walk: Walk,
): Promise<SearchRecount> {
  const { log, checkpoint } = walk;
  const { from, to } = walk.range ?? { from: 0, to: checkpoint.size };
  const origin = log.answer.log;
  const leftOut: number[] = [];
  let missing = 0;
  let passing = 0;
  try {
    for await (const { index, bytes, leafHash } of walkEntries(walk)) {
      const { timeMs, facts = {} } = describeEntry(bytes, log.types).description;
      if (!matches(filters, { log: origin, index, leafHash, timeMs, facts })) continue;
      passing++;
      if (shown.has(index)) continue;
      missing++;
      if (leftOut.length < MAX_LEFT_OUT) leftOut.push(index);
    }
  } catch (error) {
    const words = `Not searched: ${reasonOf(error)}.`;
    return { kind: 'undecided', words, findings: [], leftOut: [] };
  }
  const read = `Entries ${from} to ${to - 1} were read and searched here`;
  if (missing === 0) {
    const words = `${read}: the list leaves nothing out.`;
    return { kind: 'complete', words, findings: [], leftOut };
  }
  const expected = `${passing} entries from ${from} to ${to - 1}`;
  const got = `${passing - missing}, without ${leftOut.join(', ')}${missing > leftOut.length ? ' and more' : ''}`;
  const findings = [finding('search-left-out', expected, got, { log: origin })];
  return { kind: 'incomplete', words: `${read}: the list is not complete.`, findings, leftOut };
}
