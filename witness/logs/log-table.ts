/**
 * Which logs are followed and by which keys, in SQLite. Statements only; what may be done with them
 * is said by `LogRegistry`.
 */
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import type { LogEntry } from './witnessed-log.ts';

export interface LogRow {
  readonly origin: string;
  readonly url: string | null;
  readonly feed: string | null;
  readonly queries_per_day: number | null;
  readonly contact: string | null;
  readonly source: string;
  readonly added_at_ms: number;
  readonly disabled_at_ms: number | null;
}

export interface KeyRow {
  readonly origin: string;
  readonly vkey: string;
  readonly source: string;
  readonly removed_at_ms: number | null;
}

/** Columns that an entry sets; what it does not say is null. */
type Said = Omit<LogRow, 'source' | 'added_at_ms' | 'disabled_at_ms'>;

export class LogTable {
  readonly #db: SqliteDatabase;
  readonly #statements: Statements;

  constructor(db: SqliteDatabase) {
    this.#db = db;
    this.#statements = prepare(db);
  }

  /** Runs its argument as one transaction, in which nobody else writes. */
  atomically<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }

  all(): LogRow[] {
    return this.#statements.all.all();
  }

  log(origin: string): LogRow | undefined {
    return this.#statements.log.get(origin);
  }

  /** In the order in which they were added. */
  keys(origin: string): KeyRow[] {
    return this.#statements.keys.all(origin);
  }

  /** A log that is new, with nothing cosigned. */
  insert(entry: LogEntry, source: string, nowMs: number): void {
    this.#statements.insertState.run(entry.origin, EMPTY_ROOT);
    this.#statements.insert.run({ ...columnsOf(entry), source, nowMs });
  }

  /** Sets what the entry says, and leaves the rest. */
  describe(entry: LogEntry): void {
    this.#statements.describe.run(columnsOf(entry));
  }

  /** Sets what the entry says, and clears the rest. */
  redescribe(entry: LogEntry): void {
    this.#statements.redescribe.run(columnsOf(entry));
  }

  setSource(origin: string, source: string): void {
    this.#statements.setSource.run(source, origin);
  }

  setDisabled(origin: string, disabledAtMs: number | null): void {
    this.#statements.setDisabled.run(disabledAtMs, origin);
  }

  addKey(origin: string, vkey: string, source: string, nowMs: number): void {
    this.#statements.addKey.run({ origin, vkey, source, nowMs });
  }

  setRemoved(origin: string, vkey: string, removedAtMs: number | null): void {
    this.#statements.setRemoved.run(removedAtMs, origin, vkey);
  }
}

function columnsOf({ origin, url, feed, queriesPerDay, contact }: LogEntry): Said {
  return {
    origin,
    url: url ?? null,
    feed: feed ?? null,
    queries_per_day: queriesPerDay ?? null,
    contact: contact ?? null,
  };
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: SqliteDatabase) {
  return {
    all: db.prepare<[], LogRow>('SELECT * FROM followed ORDER BY rowid'),
    log: db.prepare<[string], LogRow>('SELECT * FROM followed WHERE origin = ?'),
    keys: db.prepare<[string], KeyRow>('SELECT * FROM log_keys WHERE origin = ? ORDER BY rowid'),
    insertState: db.prepare<[string, Uint8Array]>(
      'INSERT INTO logs (origin, size, root, time_seconds) VALUES (?, 0, ?, 0)',
    ),
    insert: db.prepare<[Said & { source: string; nowMs: number }]>(
      `INSERT INTO followed (origin, url, feed, queries_per_day, contact, source, added_at_ms)
       VALUES (@origin, @url, @feed, @queries_per_day, @contact, @source, @nowMs)`,
    ),
    describe: db.prepare<[Said]>(
      `UPDATE followed SET url = coalesce(@url, url), feed = coalesce(@feed, feed),
         queries_per_day = coalesce(@queries_per_day, queries_per_day),
         contact = coalesce(@contact, contact)
       WHERE origin = @origin`,
    ),
    redescribe: db.prepare<[Said]>(
      `UPDATE followed SET url = @url, feed = @feed, queries_per_day = @queries_per_day,
         contact = @contact
       WHERE origin = @origin`,
    ),
    setSource: db.prepare<[string, string]>('UPDATE followed SET source = ? WHERE origin = ?'),
    setDisabled: db.prepare<[number | null, string]>(
      'UPDATE followed SET disabled_at_ms = ? WHERE origin = ?',
    ),
    addKey: db.prepare<[{ origin: string; vkey: string; source: string; nowMs: number }]>(
      `INSERT INTO log_keys (origin, vkey, source, added_at_ms)
       VALUES (@origin, @vkey, @source, @nowMs)`,
    ),
    setRemoved: db.prepare<[number | null, string, string]>(
      'UPDATE log_keys SET removed_at_ms = ? WHERE origin = ? AND vkey = ?',
    ),
  };
}
