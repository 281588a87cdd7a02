/**
 * What the entries of a log come to so far, in bounded memory: of policies and issuers the most frequent. That is
 * exact, as counts only grow: a value that is not among the most frequent and is not counted now is not among them
 * afterwards. Hours have a table of their own (`hours.ts`), as which of them are told depends on the time.
 */
import {
  MAX_COUNTED,
  newTally,
  type StatsNumbers,
  statsNumbers,
  sumOf,
  type Tally,
} from '../../search/tally.ts';

/** Kinds of values of which there may be any number. */
export const COUNTED_KINDS = ['policies', 'issuers'] as const;
export type CountedKind = (typeof COUNTED_KINDS)[number];

/** Adds to the count of a value, and returns what it is then. */
export type AddCount = (kind: CountedKind, value: string, entries: number) => number;

const MAPS = ['policies', 'issuers', 'types', 'sizes'] as const;

/** The numbers of hours that are told. */
export type ToldHours = Pick<StatsNumbers, 'hours' | 'hours_until_ms'>;

export class Totals {
  /** Cut to what is told, and without hours. */
  readonly #tally: Tally;
  readonly #different: Record<CountedKind, number>;
  /** Entries that state an hour. */
  #timed: number;

  private constructor(tally: Tally, different: Record<CountedKind, number>, timed: number) {
    this.#tally = tally;
    this.#different = different;
    this.#timed = timed;
  }

  static empty(): Totals {
    return new Totals(newTally(), { policies: 0, issuers: 0 }, 0);
  }

  /** Inverse of `toJson`. */
  static parse(json: string): Totals {
    const { different, timed, ...numbers } = JSON.parse(json);
    const tally = newTally();
    for (const name of ['entries', 'bytes', 'faults'] as const) tally[name] = numbers[name];
    for (const name of MAPS) {
      const counts = tally[name] as Map<unknown, number>;
      for (const [value, entries] of numbers[name]) counts.set(value, entries);
    }
    return new Totals(tally, different, timed);
  }

  toJson(): string {
    const pairs = MAPS.map((name) => [name, [...this.#tally[name]]]);
    const { entries, bytes, faults } = this.#tally;
    return JSON.stringify({
      entries,
      bytes,
      faults,
      ...Object.fromEntries(pairs),
      different: this.#different,
      timed: this.#timed,
    });
  }

  /** Adds what further entries come to. */
  add(tally: Tally, addCount: AddCount): void {
    const total = this.#tally;
    total.entries += tally.entries;
    total.bytes += tally.bytes;
    total.faults += tally.faults;
    addTo(total.types, tally.types);
    addTo(total.sizes, tally.sizes);
    this.#timed += sumOf(tally.hours);
    for (const kind of COUNTED_KINDS) this.#addCounts(kind, tally[kind], addCount);
  }

  numbers(told: ToldHours): StatsNumbers {
    const { policies, issuers } = this.#different;
    const inHours = told.hours.reduce((sum, { entries }) => sum + entries, 0);
    return {
      ...statsNumbers(this.#tally, told.hours_until_ms),
      ...told,
      hours_other: this.#timed - inHours,
      policies_total: policies,
      issuers_total: issuers,
    };
  }

  #addCounts(kind: CountedKind, counts: ReadonlyMap<string, number>, addCount: AddCount): void {
    const most = this.#tally[kind];
    // In the order in which they are kept, so that neighbours are written together.
    for (const [value, entries] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const total = addCount(kind, value, entries);
      if (total === entries) this.#different[kind]++;
      most.set(value, total);
    }
    cut(most, MAX_COUNTED, ([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  }
}

function addTo<K>(total: Map<K, number>, counts: ReadonlyMap<K, number>): void {
  for (const [value, entries] of counts) total.set(value, (total.get(value) ?? 0) + entries);
}

/** Keeps the first in this order. */
function cut<K>(
  counts: Map<K, number>,
  length: number,
  order: (a: [K, number], b: [K, number]) => number,
): void {
  if (counts.size <= length) return;
  for (const [value] of [...counts].sort(order).slice(length)) counts.delete(value);
}
