/** Counts a log's entries anew, by the code that its server counts with, and compares number by number. */
import type { StatsAnswer } from '#explorer/search/answers.ts';
import { describeEntry } from '#explorer/search/described-entry.ts';
import {
  countEntry,
  newTally,
  type StatsNumbers,
  statsNumbers,
  type Tally,
} from '#explorer/search/tally.ts';
import { checkEntry } from '#protocol/entry/check.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { EntryError } from '#protocol/errors.ts';
import { type Finding, finding } from '../findings.ts';
import { reasonOf, type Walk, walkEntries } from './walk.ts';

export type StatsRecount =
  | { readonly kind: 'right'; readonly words: string }
  | { readonly kind: 'wrong'; readonly words: string; readonly findings: readonly Finding[] }
  /** Nothing is shown either way. */
  | { readonly kind: 'undecided'; readonly words: string };

/** More different values than this are not kept in a page: a log may hold as many issuers as entries. */
const MAX_VALUES = 200_000;
/** Each number that differs is a finding, up to so many. */
const MAX_DIFFERENCES = 20;

/** The whole tree is read. `answer` must be of the checkpoint's size. */
export async function recountStats(
  answer: StatsAnswer,
  walk: Omit<Walk, 'range'>,
): Promise<StatsRecount> {
  const { types } = walk.log;
  // An explorer that judges no entries says so, and knows of none that is bad. Signatures take most of the time.
  const { judged } = walk.log.answer;
  const tally = newTally();
  try {
    for await (const { bytes } of walkEntries(walk)) {
      const isFault = judged && isBad(bytes, types);
      countEntry(tally, describeEntry(bytes, types), bytes.length, isFault);
      if (valuesOf(tally) > MAX_VALUES) {
        const words = `It has more than ${MAX_VALUES} different values, which this page does not count.`;
        return { kind: 'undecided', words };
      }
    }
  } catch (error) {
    return { kind: 'undecided', words: `Not counted: ${reasonOf(error)}.` };
  }
  const findings = differencesOf(answer, statsNumbers(tally, answer.hours_until_ms));
  const read = `All ${answer.size} entries were read and counted here`;
  if (findings.length === 0) {
    const but = judged ? '' : ' Whether an entry is bad was not judged.';
    return { kind: 'right', words: `${read}: the numbers are right.${but}` };
  }
  return { kind: 'wrong', words: `${read}: the numbers are wrong.`, findings };
}

function isBad(bytes: Uint8Array, types: readonly EntryType[]): boolean {
  try {
    checkEntry(bytes, types);
    return false;
  } catch (error) {
    if (error instanceof EntryError) return true;
    throw error;
  }
}

function valuesOf({ hours, policies, issuers, types }: Tally): number {
  return hours.size + policies.size + issuers.size + types.size;
}

function differencesOf(answer: StatsAnswer, counted: StatsNumbers): Finding[] {
  const [got, expected] = [linesOf(answer), linesOf(counted)];
  const names = [...new Set([...expected.keys(), ...got.keys()])];
  return names
    .filter((name) => expected.get(name) !== got.get(name))
    .slice(0, MAX_DIFFERENCES)
    .map((name) => {
      const [counts, says] = [expected, got].map((lines) => lines.get(name) ?? 'none');
      return finding('stats-count', `${name}: ${counts}`, says!, { log: answer.log });
    });
}

/** Each number by what it is of, also its place in its list. */
function linesOf(numbers: StatsNumbers): Map<string, string> {
  const { size, bytes, faults, hours_other, policies_total, issuers_total } = numbers;
  const single = Object.entries({
    size,
    bytes,
    faults,
    hours_other,
    policies_total,
    issuers_total,
  });
  const listed = [
    ...numbers.hours.map(({ hour_ms, entries }, i) => [`hour ${i + 1}`, `${hour_ms}: ${entries}`]),
    ...numbers.sizes.map(({ up_to, entries }, i) => [`size ${i + 1}`, `${up_to}: ${entries}`]),
    ...(['policies', 'issuers', 'types'] as const).flatMap((list) =>
      numbers[list].map(({ value, entries }, i) => [`${list} ${i + 1}`, `${value}: ${entries}`]),
    ),
  ] as [string, string][];
  return new Map([...single.map(([name, value]) => [name, `${value}`] as const), ...listed]);
}
