/**
 * Looks for entries in one snapshot of the index: segment by segment, the newest first, the places that have all
 * terms of the filters and a time that is asked for; then the entries themselves, which say whether they pass.
 *
 * What one search may cost is counted and not timed, so that the same search of the same index gives the same page.
 */
import { leafHash } from '#protocol/merkle/hash.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import { describeEntry } from '../../search/described-entry.ts';
import type { Filters } from '../../search/filters.ts';
import { matches } from '../../search/matches.ts';
import type { Cursor, FoundEntry, FoundPage, IndexOptions } from '../search-index.ts';
import { Bits } from './bits.ts';
import { addPlaces, CHUNK_NUMBERS, chunkNumber, type Term } from './postings.ts';
import type { LogRow } from './rows.ts';
import { type Segment, segmentOf } from './segments.ts';
import type { Terms } from './terms.ts';
import { TimesReader } from './times.ts';

/**
 * What a search may look at: an entry is a look, and one more for each KiB that it has, and a list of postings, or the
 * times of a block, is one. A look takes some 15 microseconds.
 */
export const MAX_LOOKS = 500;

interface EntryRow {
  place: number;
  log: number;
  idx: number;
  fault: string | null;
  bytes: Buffer;
}

function prepareReads(db: SqliteDatabase) {
  const columns = 'place, log, idx, fault, bytes';
  return {
    entry: db.prepare<[number], EntryRow>(`SELECT ${columns} FROM entries WHERE place = ?`),
    entryOf: db.prepare<[number, number], EntryRow>(
      `SELECT ${columns} FROM entries WHERE log = ? AND idx = ?`,
    ),
    placeOf: db
      .prepare<[number, number], number>('SELECT place FROM entries WHERE log = ? AND idx = ?')
      .pluck(),
    size: db.prepare<[], number>('SELECT coalesce(max(place) + 1, 0) FROM entries').pluck(),
    chunk: db
      .prepare<[number, number], Buffer>(
        'SELECT chunk FROM postings WHERE id >= ? AND id <= ? ORDER BY id DESC LIMIT 1',
      )
      .pluck(),
  };
}

/** Entries of a log that readers are not shown yet. */
interface Hidden {
  readonly from: number;
  readonly term: Term;
}

export class Search {
  readonly #terms: Terms;
  readonly #options: IndexOptions;
  readonly #reads: ReturnType<typeof prepareReads>;
  readonly #times: TimesReader;
  // Owned by the search that runs: those of a segment that may pass, and one group of terms.
  readonly #candidates = new Bits();
  readonly #group = new Bits();

  constructor(db: SqliteDatabase, terms: Terms, options: IndexOptions) {
    this.#terms = terms;
    this.#options = options;
    this.#reads = prepareReads(db);
    this.#times = new TimesReader(db);
  }

  /** To be called within a transaction, in which `logs` has been read. */
  page(logs: readonly LogRow[], filters: Filters, limit: number, cursor?: Cursor): FoundPage {
    const asked = logs.filter(({ origin }) => filters.log === undefined || filters.log === origin);
    const origins = new Map(asked.map(({ id, origin }) => [id, origin]));
    const page = new Page(limit, ({ log, idx, bytes, fault }) => {
      const origin = origins.get(log);
      if (origin === undefined) return undefined;
      const found = foundEntry(origin, { idx, bytes, fault });
      const { timeMs, facts = {} } = describeEntry(bytes, this.#options.types).description;
      return matches(filters, { ...found, timeMs, facts }) ? found : undefined;
    });
    const size = this.#reads.size.get()!;
    const end = Math.min(size, cursor ?? size);
    if (filters.index === undefined) this.#scan(asked, filters, end, size, page);
    else this.#take(asked, filters.index, end, page);
    return { ...page.done(), searched: this.#searched(asked, page.reached, end) };
  }

  /** What is shown of each log of places `start` to, not including, `end`. */
  #searched(logs: readonly LogRow[], start: number, end: number) {
    return new Map(
      logs.map((log) => {
        const [from, to] = [this.#shownBefore(log, start), this.#shownBefore(log, end)];
        return [log.origin, { from, to }];
      }),
    );
  }

  /** How many shown entries of a log stand before a place: they stand there in the order of their indices. */
  #shownBefore({ id, confirmed_size: shown }: LogRow, place: number): number {
    let [low, high] = [0, shown ?? 0];
    // Of most logs all are before it.
    if (high > 0 && this.#reads.placeOf.get(id, high - 1)! < place) return high;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#reads.placeOf.get(id, middle)! < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Entry `index` of each log. */
  #take(logs: readonly LogRow[], index: number, end: number, page: Page): void {
    const rows = logs
      .filter(({ confirmed_size: size }) => index < (size ?? 0))
      .map(({ id }) => this.#reads.entryOf.get(id, index)!)
      .filter(({ place }) => place < end)
      .sort((a, b) => b.place - a.place);
    for (const row of rows) if (!page.look(row)) return;
    page.reach(0);
  }

  #scan(asked: readonly LogRow[], filters: Filters, end: number, size: number, page: Page): void {
    const groups = this.#terms.ofFilters(filters);
    if (filters.log !== undefined) groups.push(asked.map(({ id }) => this.#terms.ofLog(id)));
    const hidden = this.#hidden(asked);
    for (let before = Math.min(end, this.#shownEnd(asked)); before > 0; ) {
      const segment = segmentOf(before - 1, size);
      page.spend(this.#findCandidates(segment, groups, hidden, filters, before));
      for (let place = this.#candidates.last(before - segment.start); place >= 0; ) {
        if (!page.look(this.#reads.entry.get(segment.start + place)!)) return;
        place = this.#candidates.last(place);
      }
      before = segment.start;
      page.reach(before);
      if (page.isSpent) return;
    }
    page.reach(0);
  }

  /** Leaves in `#candidates` what may pass in a segment; returns how many looks that took. */
  #findCandidates(
    segment: Segment,
    groups: readonly Term[][],
    hidden: readonly Hidden[],
    filters: Filters,
    before: number,
  ): number {
    const { start, length } = segment;
    const candidates = this.#candidates;
    candidates.clear();
    candidates.addRange(0, Math.min(length, before - start));
    let looks = 1;
    for (const group of groups) {
      this.#group.clear();
      for (const term of group) this.#read(segment, term);
      looks += group.length;
      if (!candidates.keep(this.#group)) return looks;
    }
    for (const { from, term } of hidden) {
      if (from >= start + length) continue;
      this.#group.clear();
      this.#read(segment, term);
      candidates.removeFrom(Math.max(0, from - start), this.#group);
      looks++;
    }
    if (filters.fromMs === undefined && filters.toMs === undefined) return looks;
    return looks + this.#times.keepAskedFor(candidates, segment, filters);
  }

  #read(segment: Segment, term: Term): void {
    const first = segment.start * CHUNK_NUMBERS;
    const chunk = this.#reads.chunk.get(first, first + chunkNumber(term));
    if (chunk !== undefined) addPlaces(this.#group, chunk, term, segment);
  }

  /** After the last place of what is shown. */
  #shownEnd(logs: readonly LogRow[]): number {
    const ends = logs.map(({ id, confirmed_size: size }) =>
      size === null || size === 0 ? 0 : this.#reads.placeOf.get(id, size - 1)! + 1,
    );
    return Math.max(0, ...ends);
  }

  #hidden(logs: readonly LogRow[]): Hidden[] {
    return logs.flatMap(({ id, size, confirmed_size: shown }) => {
      if (size === (shown ?? 0)) return [];
      return [{ from: this.#reads.placeOf.get(id, shown ?? 0)!, term: this.#terms.ofLog(id) }];
    });
  }
}

export function foundEntry(
  log: string,
  { idx: index, bytes, fault }: Pick<EntryRow, 'idx' | 'bytes' | 'fault'>,
): FoundEntry {
  return { log, index, leafHash: leafHash(bytes), bytes, fault: fault ?? undefined };
}

/** Gathers a page, until it is full and the next entry known, or as much was looked at as may be. */
class Page {
  readonly #limit: number;
  readonly #pass: (row: EntryRow) => FoundEntry | undefined;
  readonly #entries: FoundEntry[] = [];
  #looks = 0;
  // All places from here on have been looked at.
  #reached = 0;

  constructor(limit: number, pass: (row: EntryRow) => FoundEntry | undefined) {
    this.#limit = limit;
    this.#pass = pass;
  }

  get reached(): number {
    return this.#reached;
  }

  get isSpent(): boolean {
    return this.#looks >= MAX_LOOKS;
  }

  spend(looks: number): void {
    this.#looks += looks;
  }

  reach(place: number): void {
    this.#reached = place;
  }

  /** Whether to go on. */
  look(row: EntryRow): boolean {
    const found = this.#pass(row);
    this.#looks += 1 + Math.floor(row.bytes.length / 1024);
    if (found !== undefined && this.#entries.length === this.#limit) {
      this.#reached = row.place + 1;
      return false;
    }
    if (found !== undefined) this.#entries.push(found);
    this.#reached = row.place;
    return !this.isSpent;
  }

  done(): Omit<FoundPage, 'searched'> {
    const next = this.#reached === 0 ? undefined : (this.#reached as Cursor);
    return { entries: this.#entries, next };
  }
}
