/**
 * SQLite as every store here uses it: write-ahead log, durable on commit, one owner, one schema.
 *
 * `synchronous=FULL` with WAL means that a commit which returned has been synced: it survives
 * kill -9 and power loss. A file of another program, or of a newer version of this one, is
 * refused before anything is written to it.
 */
import { statSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { DatabaseLock } from './database-lock.ts';
import { realDatabasePath, unusableError } from './database-path.ts';
import { ConfigError, errorCode } from './errors.ts';

/** A migration that takes longer says so on standard error, and again after as long. */
const REPORT_AFTER_MS = 2000;

export type SqliteDatabase = Database.Database;
/** What it binds, and the rows that it gives. */
export type SqliteStatement<Bound extends unknown[], Row = unknown> = Database.Statement<
  Bound,
  Row
>;

/** Takes the schema one version up, in a transaction; `report` tells of a long one how far it is. */
export type Migration = string | ((db: SqliteDatabase, report: (done: number) => void) => void);

export interface DatabaseOptions {
  /** What the file holds, for messages: `log`, `witness`. */
  kind: string;
  /** A 32-bit number that marks files of this kind. */
  applicationId: number;
  /** `migrations[v]` takes the schema from version v to v + 1. Never edited, only added to. */
  migrations: readonly Migration[];
  /** Bytes of a page of a database that is made; 4,096 if absent. One that is there keeps its own. */
  pageBytes?: number;
  /**
   * Hold the file's `DatabaseLock` until `close`. Pass false only where this process holds the
   * lock already: a second connection, or one in a worker thread.
   */
  exclusive: boolean;
  /**
   * Whether a file that is missing or empty is made. Where it is not, a lost database is a
   * `ConfigError` instead of a fresh start that has forgotten what was signed.
   */
  create: boolean;
}

export interface OpenedDatabase {
  readonly db: SqliteDatabase;
  /** Closes the connection, then gives up the lock. */
  close(): void;
}

/** Opens or creates the database, brings its schema up to date, and sets its safety pragmas. */
export function openDatabase(path: string, options: DatabaseOptions): OpenedDatabase {
  if (!options.create && !databaseExists(path)) {
    throw new ConfigError(
      `The ${options.kind} database ${path} is missing or empty. What it knew must not be forgotten: ` +
        'restore it, or, if this is the first start, add --init.',
    );
  }
  const real = realDatabasePath(path);
  const lock = options.exclusive ? DatabaseLock.acquire(real) : undefined;
  let db: SqliteDatabase | undefined;
  try {
    db = new Database(real, { timeout: 5000 });
    // Without effect on a database that has a page.
    if (options.pageBytes !== undefined) db.pragma(`page_size = ${options.pageBytes}`);
    claim(db, path, options);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('trusted_schema = OFF');
    db.pragma(`journal_size_limit = ${64 << 20}`);
    migrate(db, real, options.migrations);
  } catch (error) {
    db?.close();
    lock?.release();
    throw openingError(error, real);
  }
  const opened = db;
  return {
    db: opened,
    close: () => {
      opened.close();
      lock?.release();
    },
  };
}

/**
 * Opens a database for reading alone, whoever owns it meanwhile: takes no lock of ours, and changes
 * neither schema nor content. Throws `ConfigError` unless it is one of exactly this version.
 */
export function openForReading(
  path: string,
  options: Pick<DatabaseOptions, 'kind' | 'applicationId' | 'migrations'>,
): OpenedDatabase {
  const { kind, migrations } = options;
  if (!databaseExists(path)) throw new ConfigError(`There is no ${kind} database at ${path}.`);
  const real = realDatabasePath(path);
  let db: SqliteDatabase | undefined;
  try {
    db = new Database(real, { readonly: true, timeout: 5000 });
    claim(db, path, options);
    if (userVersion(db) < migrations.length) {
      throw new ConfigError(
        `${path} was written by an older version of this program (schema ${userVersion(db)}, this one ` +
          `has ${migrations.length}); use that version, or start the ${kind} with this one first.`,
      );
    }
  } catch (error) {
    db?.close();
    throw openingError(error, real);
  }
  const opened = db;
  return { db: opened, close: () => void opened.close() };
}

/** Whether a database has been made at `path`: a file that is there and not empty. */
export function databaseExists(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Refuses a file that is not ours. Reads only, so that a foreign file stays as it was. */
function claim(
  db: SqliteDatabase,
  path: string,
  options: Pick<DatabaseOptions, 'kind' | 'applicationId' | 'migrations'>,
): void {
  const applicationId = db.pragma('application_id', { simple: true });
  const version = userVersion(db);
  const empty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (applicationId !== options.applicationId && !(empty && applicationId === 0)) {
    throw new ConfigError(`${path} is not a ${options.kind} database; choose another file.`);
  }
  if (version > options.migrations.length) {
    throw new ConfigError(
      `${path} was written by a newer version of this program (schema ${version}, this one knows ` +
        `${options.migrations.length}); install that version.`,
    );
  }
  if (applicationId === 0 && !db.readonly) {
    db.pragma(`application_id = ${options.applicationId}`);
  }
}

/** Each step and its version number commit together, so a crash leaves one version or the next. */
function migrate(db: SqliteDatabase, path: string, migrations: readonly Migration[]): void {
  const step = db.transaction((target: number, migration: Migration) => {
    if (userVersion(db) >= target) return;
    if (typeof migration === 'string') db.exec(migration);
    else migration(db, reportProgress(path, target));
    db.pragma(`user_version = ${target}`);
  });
  migrations.forEach((migration, index) => {
    if (userVersion(db) <= index) step.immediate(index + 1, migration);
  });
}

/** Tells the operator, whose server answers nobody meanwhile, how far a migration is. */
function reportProgress(path: string, version: number): (done: number) => void {
  let nextMs = performance.now() + REPORT_AFTER_MS;
  return (done) => {
    if (performance.now() < nextMs) return;
    nextMs = performance.now() + REPORT_AFTER_MS;
    const percent = Math.floor(100 * done);
    writeSync(2, `${path}: bringing it to schema ${version}, ${percent} % done\n`);
  };
}

function userVersion(db: SqliteDatabase): number {
  return Number(db.pragma('user_version', { simple: true }));
}

function openingError(error: unknown, path: string): unknown {
  const code = errorCode(error) ?? '';
  if (code === 'SQLITE_NOTADB') {
    return new ConfigError(`${path} is not a database, or it is damaged.`);
  }
  if (/^SQLITE_(CANTOPEN|READONLY|PERM|FULL)/.test(code)) {
    return unusableError(`Cannot open the database ${path}`, path, error);
  }
  return error;
}

/** What a storage error means to the process, nothing for errors of other kinds. */
export type StorageFailure =
  /** Nothing was changed, and a later try may succeed: the disk is full, or the file is busy. */
  | 'passing'
  /** The disk fails or the file is damaged; what a commit has done is unknown until a new start. */
  | 'fatal';

/** The one notion of what a storage error means, for all servers. */
export function storageFailureOf(error: unknown): StorageFailure | undefined {
  const code = errorCode(error) ?? '';
  if (/^SQLITE_(FULL|BUSY)/.test(code)) return 'passing';
  const isFatal = /^SQLITE_(IOERR|READONLY|CORRUPT|NOTADB|CANTOPEN|NOMEM|PERM|PROTOCOL)/.test(code);
  return isFatal ? 'fatal' : undefined;
}
