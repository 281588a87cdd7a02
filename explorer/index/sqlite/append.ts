/**
 * Adds entries to the tables by which they are found. Owns what is gathered of segments that are not complete, which
 * is only right as long as every transaction is committed: after one that is not, it is made anew out of the tables.
 */
import { type LeafHash, leafHash } from '#protocol/merkle/hash.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import { type DescribedEntry, describeEntry } from '../../search/described-entry.ts';
import type { IndexOptions } from '../search-index.ts';
import { Gathered } from './gathered.ts';
import { CHUNK_NUMBERS, encodePostings } from './postings.ts';
import { changedSegments, LONGEST_SEGMENT } from './segments.ts';
import type { Terms } from './terms.ts';
import { TimesWriter } from './times.ts';

export interface NewEntry {
  /** Number of its log. */
  readonly log: number;
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly leafHash: LeafHash;
  readonly fault: string | undefined;
  readonly described: DescribedEntry;
}

interface EntryRow {
  log: number;
  bytes: Uint8Array;
}

function prepareWrites(db: SqliteDatabase) {
  return {
    entry: db.prepare('INSERT INTO entries (place, log, idx, fault, bytes) VALUES (?, ?, ?, ?, ?)'),
    forget: db.prepare('DELETE FROM postings WHERE id >= ?'),
    chunk: db.prepare('INSERT INTO postings (id, chunk) VALUES (?, ?)'),
  };
}

export class Appender {
  readonly #terms: Terms;
  readonly #writes: ReturnType<typeof prepareWrites>;
  readonly #times: TimesWriter;
  readonly #gathered: Gathered;
  /** Entries that are there, and those of them whose postings are. */
  #size: number;
  #posted: number;

  constructor(db: SqliteDatabase, terms: Terms, options: IndexOptions) {
    this.#terms = terms;
    this.#writes = prepareWrites(db);
    this.#size = db
      .prepare<[], number>('SELECT coalesce(max(place) + 1, 0) FROM entries')
      .pluck()
      .get()!;
    this.#posted = this.#size;
    this.#times = new TimesWriter(db, this.#size);
    const start = this.#size - (this.#size % LONGEST_SEGMENT);
    this.#gathered = new Gathered(start);
    const entries = db.prepare<[number], EntryRow>(
      'SELECT log, bytes FROM entries WHERE place >= ? ORDER BY place',
    );
    for (const { log, bytes } of entries.iterate(start)) {
      this.#gather(log, leafHash(bytes), describeEntry(bytes, options.types));
    }
  }

  add({ log, index, bytes, leafHash: leaf, fault, described }: NewEntry): void {
    this.#writes.entry.run(this.#size++, log, index, fault ?? null, bytes);
    this.#times.add(described.description.timeMs);
    this.#gather(log, leaf, described);
    if (!this.#gathered.isFull) return;
    this.#post();
    this.#gathered.goOn();
  }

  /** To be called before the end of each transaction. */
  flush(): void {
    this.#times.flush();
    this.#post();
  }

  #gather(log: number, leaf: LeafHash, { description }: DescribedEntry): void {
    const gathered = this.#gathered;
    this.#terms.ofEntry(log, leaf, description.facts ?? {}, (high, low) => gathered.add(high, low));
    gathered.endEntry();
  }

  #post(): void {
    const segments = changedSegments(this.#posted, this.#size);
    if (segments.length === 0) return;
    this.#writes.forget.run(segments[0]!.start * CHUNK_NUMBERS);
    for (const segment of segments) {
      for (const { from, bytes } of encodePostings(this.#gathered.sorted(segment), segment)) {
        this.#writes.chunk.run(segment.start * CHUNK_NUMBERS + from, bytes);
      }
    }
    this.#posted = this.#size;
  }
}
