/**
 * Counts what the entries of a log come to. The index counts each batch by it and adds the batches up, and the
 * visitor's browser counts a log anew by the same code, so the two can be compared number by number.
 *
 * A tally is plain data, which threads and workers can hand to one another. It grows with the different values
 * that it has seen: whoever counts a whole log decides how many entries that may be.
 */
import type { CountAnswer, StatsAnswer } from './answers.ts';
import { hasDate } from './calendar.ts';
import type { DescribedEntry } from './described-entry.ts';

export interface Tally {
  entries: number;
  bytes: number;
  faults: number;
  /** By the beginning of the hour that entries state, Unix milliseconds. No calendar, no hour. */
  readonly hours: Map<number, number>;
  readonly policies: Map<string, number>;
  readonly issuers: Map<string, number>;
  readonly types: Map<string, number>;
  /** By `sizeClass`. */
  readonly sizes: Map<number, number>;
}

/** What a tally, or an index that has added tallies up, says of all entries up to a size. */
export type StatsNumbers = Omit<StatsAnswer, 'log' | 'checkpoint'>;

export const HOUR_MS = 3_600_000;
/** Of the hours that have entries, so many are told: the newest up to `lastHourOf`. */
export const MAX_HOURS = 24 * 90;
/** Clocks differ. */
const HOURS_AHEAD = 24;
/** Of policies, issuers and types, so many are told: the most frequent. */
export const MAX_COUNTED = 100;

export function newTally(): Tally {
  return {
    entries: 0,
    bytes: 0,
    faults: 0,
    hours: new Map(),
    policies: new Map(),
    issuers: new Map(),
    types: new Map(),
    sizes: new Map(),
  };
}

/** Counts one entry of so many bytes; `isFault` where it was judged and must not stand in a log. */
export function countEntry(
  tally: Tally,
  { type, description: { timeMs, facts = {} } }: DescribedEntry,
  bytes: number,
  isFault: boolean,
): void {
  tally.entries++;
  tally.bytes += bytes;
  if (isFault) tally.faults++;
  if (timeMs !== undefined && hasDate(timeMs)) add(tally.hours, hourOf(timeMs), 1);
  for (const policy of facts.policies ?? []) add(tally.policies, policy, 1);
  if (facts.issuer !== undefined) add(tally.issuers, facts.issuer, 1);
  add(tally.types, type, 1);
  add(tally.sizes, sizeClass(bytes), 1);
}

const MAPS = ['hours', 'policies', 'issuers', 'types', 'sizes'] as const;

/** Adds what another tally has counted, of other entries. */
export function addTally(tally: Tally, other: Tally): void {
  tally.entries += other.entries;
  tally.bytes += other.bytes;
  tally.faults += other.faults;
  for (const name of MAPS) {
    // The maps of one name have keys of one type.
    const into = tally[name] as Map<unknown, number>;
    for (const [value, entries] of other[name]) add(into, value, entries);
  }
}

/** All numbers, cut to their limits and in their order. `hoursUntilMs` is the last hour that is told. */
export function statsNumbers(tally: Tally, hoursUntilMs: number): StatsNumbers {
  const ascending = (counts: Map<number, number>) => [...counts].sort(([a], [b]) => a - b);
  const hours = ascending(tally.hours)
    .filter(([hour]) => hour <= hoursUntilMs)
    .slice(-MAX_HOURS);
  return {
    size: tally.entries,
    bytes: tally.bytes,
    faults: tally.faults,
    hours: hours.map(([hour_ms, entries]) => ({ hour_ms, entries })),
    hours_until_ms: hoursUntilMs,
    hours_other: sumOf(tally.hours) - sumOf(hours),
    policies: mostFrequent(tally.policies),
    policies_total: tally.policies.size,
    issuers: mostFrequent(tally.issuers),
    issuers_total: tally.issuers.size,
    types: mostFrequent(tally.types),
    sizes: ascending(tally.sizes).map(([up_to, entries]) => ({ up_to, entries })),
  };
}

/**
 * The last hour that is told of a tree that was seen at a time. An entry may state any time, and whoever fills hours
 * that are to come would have the newest hours be theirs. The answer has it, so that whoever counts again counts the
 * same.
 */
export function lastHourOf(seenMs: number): number {
  return hourOf(seenMs) + HOURS_AHEAD * HOUR_MS;
}

/** Of pairs of a value and its entries. */
export function sumOf(counts: Iterable<readonly [unknown, number]>): number {
  let sum = 0;
  for (const [, entries] of counts) sum += entries;
  return sum;
}

/** The beginning of the hour that holds a time that a calendar has. */
export function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS;
}

/** The least power of two that is not below a number of bytes; 1 for an empty entry, too. */
export function sizeClass(bytes: number): number {
  let upTo = 1;
  while (upTo < bytes) upTo *= 2;
  return upTo;
}

function add<K>(counts: Map<K, number>, value: K, entries: number): void {
  counts.set(value, (counts.get(value) ?? 0) + entries);
}

/** Those with as many entries in the order of their values, all of which are ASCII. */
function mostFrequent(counts: ReadonlyMap<string, number>): CountAnswer[] {
  return [...counts]
    .map(([value, entries]) => ({ value, entries }))
    .sort((a, b) => b.entries - a.entries || (a.value < b.value ? -1 : 1))
    .slice(0, MAX_COUNTED);
}
