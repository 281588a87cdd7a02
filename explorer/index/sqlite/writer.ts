/**
 * The writing half of the SQLite index: one transaction for each call, synced before it returns, in a file that
 * one process at a time can write.
 */
import { concatBytes, equalBytes } from '#protocol/bytes.ts';
import type { Tile } from '#protocol/merkle/tile-builder.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import { describeEntry } from '../../search/described-entry.ts';
import { countEntry, newTally } from '../../search/tally.ts';
import {
  type IndexOptions,
  type IndexWriter,
  type IndexWriterOptions,
  type LogProgress,
  SearchIndexError,
  type SeenCheckpoint,
  type StoredEvidence,
  type VerifiedEntries,
} from '../search-index.ts';
import { Appender } from './append.ts';
import { attempt, type IndexDatabase, openIndexDatabase } from './database.ts';
import { HoursWriter } from './hours.ts';
import { formatCheckpoint, type LogRow, Rows } from './rows.ts';
import { Totals } from './totals.ts';

/** 64 MiB of pages: those of segments that are merged soon are then written into the database once. */
const WAL_PAGES = 8192;
/** For counts of values that are all different, whose pages are written to here and there. */
const CACHE_KIB = 65_536;
/** Of each log, the newest. */
const MAX_CHECKPOINTS = 10_000;
/** Of each log: what is found later is not kept. */
const MAX_EVIDENCE = 100;

function prepareWrites(db: SqliteDatabase) {
  return {
    newLog: db.prepare(
      'INSERT INTO logs (origin, size, totals, confirmed_totals) VALUES (?, 0, ?, ?)',
    ),
    begin: db.prepare('UPDATE logs SET begun = ? WHERE id = ?'),
    totals: db.prepare<[number], string>('SELECT totals FROM logs WHERE id = ?').pluck(),
    grow: db.prepare('UPDATE logs SET size = ?, totals = ? WHERE id = ?'),
    confirm: db.prepare(
      'UPDATE logs SET confirmed_size = size, confirmed_totals = totals, begun = NULL WHERE id = ?',
    ),
    count: db
      .prepare<[number, string, string, number], number>(
        `INSERT INTO counts (log, kind, value, entries) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET entries = entries + excluded.entries RETURNING entries`,
      )
      .pluck(),
    tile: db.prepare(
      `INSERT INTO tiles (log, level, idx, hashes) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET hashes = excluded.hashes`,
    ),
    checkpoint: db.prepare(
      `INSERT INTO checkpoints (log, size, root, note, seen_ms, cosigned) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET note = excluded.note, cosigned = excluded.cosigned`,
    ),
    sighting: db.prepare('INSERT OR IGNORE INTO sightings (log, size, seen_ms) VALUES (?, ?, ?)'),
    forgetCheckpoints: db.prepare(
      `DELETE FROM checkpoints WHERE log = :log AND size <= (SELECT size FROM checkpoints
       WHERE log = :log ORDER BY size DESC LIMIT 1 OFFSET ${MAX_CHECKPOINTS})`,
    ),
    evidence: db.prepare(
      'INSERT OR IGNORE INTO evidence (id, log, document, found_ms) VALUES (?, ?, ?, ?)',
    ),
  };
}

class SqliteIndexWriter implements IndexWriter {
  readonly #database: IndexDatabase;
  readonly #options: IndexOptions;
  readonly #rows: Rows;
  readonly #writes: ReturnType<typeof prepareWrites>;
  readonly #hours: HoursWriter;
  // Made by the first append, and by the first after a transaction that failed.
  #appender: Appender | undefined;

  constructor(database: IndexDatabase, options: IndexOptions) {
    const { db } = database;
    this.#database = database;
    this.#options = options;
    db.pragma(`wal_autocheckpoint = ${WAL_PAGES}`);
    db.pragma(`cache_size = -${CACHE_KIB}`);
    this.#rows = new Rows(db);
    this.#writes = prepareWrites(db);
    this.#hours = new HoursWriter(db);
  }

  progress(origin: string): Promise<LogProgress> {
    return this.#commit(() => {
      if (this.#rows.log(origin) === undefined) {
        const none = Totals.empty().toJson();
        this.#writes.newLog.run(origin, none, none);
      }
      return this.#rows.progressOf(this.#rows.knownLog(origin));
    });
  }

  begin(origin: string, checkpoint: SeenCheckpoint): Promise<void> {
    return this.#commit(() => {
      const { id } = this.#unfrozen(origin);
      this.#writes.begin.run(formatCheckpoint(checkpoint), id);
    });
  }

  append(origin: string, verified: readonly VerifiedEntries[]): Promise<void> {
    return this.#commit(() => {
      const { id, size } = this.#unfrozen(origin);
      this.#appender ??= new Appender(this.#database.db, this.#database.terms, this.#options);
      const appender = this.#appender;
      const tally = newTally();
      let next = size;
      for (const { firstIndex, entries, leaves, faults, tiles } of verified) {
        if (firstIndex !== next) throw new RangeError(`expected entry ${next}, got ${firstIndex}`);
        for (const [i, bytes] of entries.entries()) {
          const described = describeEntry(bytes, this.#options.types);
          const fault = faults.get(i);
          countEntry(tally, described, bytes.length, fault !== undefined);
          appender.add({ log: id, index: next++, bytes, leafHash: leaves[i]!, fault, described });
        }
        for (const tile of tiles) this.#writeTile(id, tile);
      }
      appender.flush();
      const totals = Totals.parse(this.#writes.totals.get(id)!);
      totals.add(
        tally,
        (kind, value, entries) => this.#writes.count.get(id, kind, value, entries)!,
      );
      this.#hours.add(id, tally.hours);
      this.#writes.grow.run(next, totals.toJson(), id);
    });
  }

  confirm(origin: string, checkpoint: SeenCheckpoint): Promise<void> {
    return this.#commit(() => {
      const log = this.#unfrozen(origin);
      const { size, root, note, seenMs, cosigned } = checkpoint;
      if (size !== log.size) throw new RangeError(`expected a tree of ${log.size}, got ${size}`);
      const same = this.#rows.checkpoints(log, { limit: 1, before: size + 1 })[0];
      if (same?.size === size && !equalBytes(same.root, root)) {
        throw new RangeError(`another tree of ${size} has been confirmed`);
      }
      const cosigners = JSON.stringify(cosigned);
      this.#writes.checkpoint.run(log.id, size, root, note, seenMs, cosigners);
      this.#writes.sighting.run(log.id, size, seenMs);
      this.#hours.confirm(log.id);
      this.#writes.confirm.run(log.id);
      this.#writes.forgetCheckpoints.run({ log: log.id });
    });
  }

  tile(
    origin: string,
    level: number,
    index: number,
    width: number,
  ): Promise<Uint8Array | undefined> {
    return this.#commit(() => this.#rows.tile(this.#rows.knownLog(origin), level, index, width));
  }

  freeze(origin: string, evidence: readonly StoredEvidence[]): Promise<void> {
    return this.#commit(() => {
      const log = this.#rows.knownLog(origin);
      const kept = this.#rows.progressOf(log).evidence.length;
      for (const { id, document, foundMs } of evidence.slice(0, MAX_EVIDENCE - kept)) {
        this.#writes.evidence.run(id, log.id, document, foundMs);
      }
    });
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #unfrozen(origin: string): LogRow {
    const log = this.#rows.knownLog(origin);
    if (!this.#rows.isFrozen(log)) return log;
    throw new SearchIndexError(
      'frozen',
      `"${origin}" has contradicted itself, and is not added to`,
    );
  }

  #writeTile(log: number, { level, index, hashes }: Tile): void {
    this.#writes.tile.run(log, level, index, concatBytes(...hashes));
  }

  #commit<T>(operation: () => T): Promise<T> {
    return attempt(() => {
      try {
        return this.#database.db.transaction(operation).immediate();
      } catch (error) {
        // It may have gathered what is not there.
        this.#appender = undefined;
        throw error;
      }
    });
  }
}

/** Opens the index, or makes it. Throws `ConfigError`. */
export function openSqliteWriter(path: string, options: IndexWriterOptions): IndexWriter {
  return new SqliteIndexWriter(openIndexDatabase(path, options), options);
}
