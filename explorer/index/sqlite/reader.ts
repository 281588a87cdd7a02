/** The reading half of the SQLite index, in the thread that calls: each call is one read transaction. */
import type { SqliteDatabase } from '#service/sqlite.ts';
import type { Filters } from '../../search/filters.ts';
import { lastHourOf, type StatsNumbers } from '../../search/tally.ts';
import type {
  AskedCheckpoints,
  Cursor,
  FoundEntry,
  FoundPage,
  IndexOptions,
  IndexReader,
  ListedCheckpoint,
  LogProgress,
  StoredEvidence,
} from '../search-index.ts';
import { attempt, type IndexDatabase, readIndexDatabase } from './database.ts';
import { HoursReader } from './hours.ts';
import { Rows } from './rows.ts';
import { foundEntry, Search } from './search.ts';
import { Totals } from './totals.ts';

/** Entries that are read at a time: a bundle. */
const MAX_ENTRIES = 256;

interface EntryRow {
  idx: number;
  fault: string | null;
  bytes: Buffer;
}

function prepareReads(db: SqliteDatabase) {
  return {
    entry: db.prepare<[number, number], EntryRow>(
      'SELECT idx, fault, bytes FROM entries WHERE log = ? AND idx = ?',
    ),
    entries: db
      .prepare<[number, number, number], Buffer>(
        'SELECT bytes FROM entries WHERE log = ? AND idx >= ? AND idx < ? ORDER BY idx',
      )
      .pluck(),
    firstSeenMs: db
      .prepare<[number, number], number>(
        'SELECT seen_ms FROM sightings WHERE log = ? AND size > ? ORDER BY size LIMIT 1',
      )
      .pluck(),
    totals: db.prepare<[number], string>('SELECT confirmed_totals FROM logs WHERE id = ?').pluck(),
    evidence: db.prepare<[string], StoredEvidence>(
      'SELECT id, document, found_ms AS foundMs FROM evidence WHERE id = ?',
    ),
  };
}

class SqliteIndexReader implements IndexReader {
  readonly #database: IndexDatabase;
  readonly #rows: Rows;
  readonly #reads: ReturnType<typeof prepareReads>;
  readonly #search: Search;
  readonly #hours: HoursReader;

  constructor(database: IndexDatabase, options: IndexOptions) {
    const { db, terms } = database;
    this.#database = database;
    this.#rows = new Rows(db);
    this.#reads = prepareReads(db);
    this.#hours = new HoursReader(db);
    this.#search = new Search(db, terms, options);
  }

  logs(): Promise<readonly LogProgress[]> {
    return this.#read(() => this.#rows.logs().map((log) => this.#rows.progressOf(log)));
  }

  log(origin: string): Promise<LogProgress | undefined> {
    return this.#read(() => {
      const log = this.#rows.log(origin);
      return log === undefined ? undefined : this.#rows.progressOf(log);
    });
  }

  search(filters: Filters, limit: number, cursor?: Cursor): Promise<FoundPage> {
    return this.#read(() => this.#search.page(this.#rows.logs(), filters, limit, cursor));
  }

  entry(origin: string, index: number): Promise<FoundEntry | undefined> {
    return this.#read(() => {
      const log = this.#rows.log(origin);
      if (log === undefined || index >= (log.confirmed_size ?? 0)) return undefined;
      const row = this.#reads.entry.get(log.id, index);
      return row === undefined ? undefined : foundEntry(origin, row);
    });
  }

  firstSeenMs(origin: string, index: number): Promise<number | undefined> {
    return this.#read(() => {
      const log = this.#rows.log(origin);
      if (log === undefined || index >= (log.confirmed_size ?? 0)) return undefined;
      return this.#reads.firstSeenMs.get(log.id, index);
    });
  }

  entries(origin: string, from: number, to: number): Promise<readonly Uint8Array[]> {
    return this.#read(() => {
      const { id, confirmed_size: size } = this.#rows.knownLog(origin);
      return this.#reads.entries.all(id, from, Math.min(to, from + MAX_ENTRIES, size ?? 0));
    });
  }

  tile(
    origin: string,
    level: number,
    index: number,
    width: number,
  ): Promise<Uint8Array | undefined> {
    return this.#read(() => this.#rows.tile(this.#rows.knownLog(origin), level, index, width));
  }

  counts(origin: string): Promise<StatsNumbers> {
    return this.#read(() => {
      const log = this.#rows.knownLog(origin);
      const { confirmed } = this.#rows.progressOf(log);
      const hours = this.#hours.told(log.id, lastHourOf(confirmed?.seenMs ?? 0));
      return Totals.parse(this.#reads.totals.get(log.id)!).numbers(hours);
    });
  }

  checkpoints(origin: string, asked: AskedCheckpoints): Promise<readonly ListedCheckpoint[]> {
    return this.#read(() => this.#rows.checkpoints(this.#rows.knownLog(origin), asked));
  }

  evidence(id: string): Promise<StoredEvidence | undefined> {
    return this.#read(() => this.#reads.evidence.get(id));
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #read<T>(operation: () => T): Promise<T> {
    return attempt(() => this.#database.db.transaction(operation).deferred());
  }
}

/** Opens an index that a writer has made. Throws `ConfigError`. */
export function openSqliteReader(path: string, options: IndexOptions): IndexReader {
  return new SqliteIndexReader(readIndexDatabase(path, options), options);
}
