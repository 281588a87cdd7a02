/**
 * Copies of a witness's database, and back again. A copy is marked as one: whoever runs on it signs
 * nothing for a log before somebody has told what was signed after it was made.
 *
 * It is written aside and named when it is whole, on the disk, and read through once. It holds no key.
 */
import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { copyDatabase, writeCopy } from '#service/database-copy.ts';
import { DatabaseLock } from '#service/database-lock.ts';
import { realDatabasePath } from '#service/database-path.ts';
import { ConfigError } from '#service/errors.ts';
import { databaseExists, openDatabase, type SqliteDatabase } from '#service/sqlite.ts';
import { markAsCopy } from './forgotten-table.ts';
import { WITNESS_APPLICATION_ID, WITNESS_MIGRATIONS } from './schema.ts';

/** Copies a database, which may be written meanwhile. Throws `ConfigError`, also if `path` exists. */
export async function backUp(db: SqliteDatabase, path: string, nowMs: number): Promise<void> {
  await writeCopy(path, { replace: false }, async (aside) => {
    await db.backup(aside);
    mark(aside, nowMs);
  });
}

/**
 * Makes a copy the database at `path`, which must not be there. Throws `ConfigError` for a file that
 * is no whole database of a witness.
 */
export async function restore(copyPath: string, path: string, nowMs: number): Promise<void> {
  const real = realDatabasePath(path);
  const lock = DatabaseLock.acquire(real);
  try {
    if (databaseExists(real)) {
      throw new ConfigError(
        `There is a witness database at ${path}; it knows more than a copy of it. Move it away first.`,
      );
    }
    if (!databaseExists(copyPath)) throw new ConfigError(`There is no copy at ${copyPath}.`);
    rmSync(real, { force: true });
    await writeCopy(real, { replace: false }, async (aside) => {
      const copy = new Database(copyPath, { readonly: true });
      try {
        await copyDatabase(copy, aside);
      } finally {
        copy.close();
      }
      mark(aside, nowMs);
    });
  } finally {
    lock.release();
  }
}

/** Throws `ConfigError` if the copy is not a whole database of a witness. */
function mark(path: string, nowMs: number): void {
  const { db, close } = openDatabase(path, {
    kind: 'witness',
    applicationId: WITNESS_APPLICATION_ID,
    migrations: WITNESS_MIGRATIONS,
    exclusive: false,
    create: false,
  });
  try {
    const fault = db.pragma('integrity_check', { simple: true });
    if (fault !== 'ok') throw new ConfigError(`The database is damaged: ${fault}.`);
    db.transaction(() => markAsCopy(db, nowMs)).immediate();
    // One file, without a write-ahead log beside it. Whoever opens it sets that again.
    db.pragma('journal_mode = DELETE');
  } finally {
    close();
  }
}
