/**
 * Copies of a log's database, and back again: `StoreLocation.backUp` and `restore`. Those of any other kind of store
 * are files of the same kind.
 *
 * The copy is read through once before it gets its name: by SQLite, whether the file is whole, and by
 * whoever wants the copy, whether it is the log.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { copyDatabase, writeCopy } from '#service/database-copy.ts';
import { DatabaseLock } from '#service/database-lock.ts';
import { realDatabasePath } from '#service/database-path.ts';
import { ConfigError } from '#service/errors.ts';
import { databaseExists } from '#service/sqlite.ts';
import type { LogWriter } from '../log-writer.ts';
import type { BackUpOptions, LogIdentity, LogReader, RestoreOptions } from '../store.ts';
import { checkIdentity, openLogDatabase, readLogDatabase, SqliteReader } from './reader.ts';
import { SQLITE_MIGRATIONS } from './schema.ts';
import { SqliteWriter } from './writer.ts';

/** Copies a database that any process may be writing. Its writer waits for nothing. */
export async function backUpDatabase(
  path: string,
  identity: LogIdentity,
  file: string,
  { replace, onProgress, check }: BackUpOptions,
): Promise<void> {
  const { db, close } = readLogDatabase(path, identity);
  try {
    await writeCopy(file, { replace }, async (aside) => {
      await copyDatabase(db, aside, onProgress);
      await checkCopy(aside, identity, check);
    });
  } finally {
    close();
  }
}

/** Makes a copy that is whatever `fill` writes into it, of a log in another kind of store. */
export async function writeLogCopy(
  file: string,
  identity: LogIdentity,
  { replace, check }: Pick<BackUpOptions, 'replace' | 'check'>,
  fill: (copy: LogWriter) => Promise<void>,
): Promise<void> {
  await writeCopy(file, { replace }, async (aside) => {
    const writer = SqliteWriter.createAside(aside, identity);
    try {
      await fill(writer);
    } finally {
      await writer.close();
    }
    bringUpToDate(aside);
    await checkCopy(aside, identity, check);
  });
}

/** Reads a copy for another kind of store. One of an older version is brought up to date in a folder of its own. */
export async function readLogCopy(
  file: string,
  identity: LogIdentity,
  read: (copy: LogReader) => Promise<void>,
): Promise<void> {
  if (!databaseExists(file)) throw new ConfigError(`There is no copy at ${file}.`);
  const folder = mkdtempSync(join(tmpdir(), 'tecp-copy-'));
  try {
    const current = join(folder, 'log.db');
    const reader = SqliteReader.openAlone(
      (await bringOldUpToDate(file, current)) ? current : file,
      identity,
    );
    try {
      reader.checkFile();
      await read(reader);
    } finally {
      await reader.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether that was needed. */
async function bringOldUpToDate(file: string, current: string): Promise<boolean> {
  const copy = new Database(file, { readonly: true });
  try {
    const version = Number(copy.pragma('user_version', { simple: true }));
    if (version >= SQLITE_MIGRATIONS.length) return false;
    await copyDatabase(copy, current, () => undefined);
  } finally {
    copy.close();
  }
  bringUpToDate(current);
  return true;
}

/** Makes a copy the database at `path`, where none may be. */
export async function restoreDatabase(
  path: string,
  identity: LogIdentity,
  file: string,
  { onProgress, check, arrivingFrom }: RestoreOptions,
): Promise<void> {
  const real = realDatabasePath(path);
  const lock = DatabaseLock.acquire(real);
  try {
    // A write-ahead log alone is no less the end of a database, and must never meet another one.
    const left = [real, `${real}-wal`].find(databaseExists);
    if (left !== undefined) {
      throw new ConfigError(
        `There is ${left}, which may know more than a copy. Move away ${path}, and what stands beside it as ` +
          `${basename(path)}-wal and ${basename(path)}-shm, first.`,
      );
    }
    if (!databaseExists(file)) throw new ConfigError(`There is no copy at ${file}.`);
    for (const end of ['', '-wal', '-shm']) rmSync(`${real}${end}`, { force: true });
    await writeCopy(real, { replace: false }, async (aside) => {
      const copy = new Database(file, { readonly: true });
      try {
        await copyDatabase(copy, aside, onProgress);
      } finally {
        copy.close();
      }
      bringUpToDate(aside, arrivingFrom);
      await checkCopy(aside, identity, check);
    });
  } finally {
    lock.release();
  }
}

/** Ends the arrival of a database, if it is one that arrives. */
export function settleDatabase(path: string, identity: LogIdentity): void {
  const { db, close } = openLogDatabase(path, { exclusive: true, create: false });
  try {
    checkIdentity(db, path, identity);
    db.exec('UPDATE log SET arriving_from = NULL WHERE arriving_from IS NOT NULL');
  } finally {
    close();
  }
}

function bringUpToDate(path: string, arrivingFrom?: string): void {
  const { db, close } = openLogDatabase(path, { exclusive: false, create: false });
  try {
    if (arrivingFrom !== undefined)
      db.prepare('UPDATE log SET arriving_from = ?').run(arrivingFrom);
    db.pragma('journal_mode = DELETE');
  } finally {
    close();
  }
}

/** Rejects with `ConfigError` if the file is damaged, or of another log, and as `check` does. */
async function checkCopy(
  path: string,
  identity: LogIdentity,
  check: RestoreOptions['check'],
): Promise<void> {
  const reader = SqliteReader.openAlone(path, identity);
  try {
    reader.checkFile();
    await check(reader);
  } finally {
    await reader.close();
  }
}
