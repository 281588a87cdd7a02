/**
 * Copies of a database: of one moment, although it is written meanwhile, and under their name only once
 * they are whole and on the disk.
 *
 * A copy is one file, without a write-ahead log beside it; whoever opens it sets that again.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { ConfigError, errorCode, fileError } from './errors.ts';
import { nameFileSync } from './files.ts';
import { isAlive } from './is-alive.ts';
import type { SqliteDatabase } from './sqlite.ts';

/** What follows the name of a copy that is being written: the process that writes it. */
const ASIDE = /^(\d+)-[0-9a-f]{8}\.new$/;
/** Of 4 KiB: as many as take some milliseconds. */
const PAGES_A_STEP = 1024;

export interface CopyOptions {
  /** Whether a file that has the name already is replaced by the whole copy. */
  readonly replace: boolean;
  readonly onProgress?: (pagesDone: number, pages: number) => void;
}

/**
 * Has `write` make a file aside, and gives it the name `path` when that is done. What a process that was
 * killed left aside is removed by the next copy of that name. Throws `ConfigError`, also if `path` exists
 * and is not to be replaced, and `PassingError`.
 */
export async function writeCopy(
  path: string,
  { replace }: Pick<CopyOptions, 'replace'>,
  write: (aside: string) => Promise<void>,
): Promise<void> {
  const exists = statSync(path, { throwIfNoEntry: false }) !== undefined;
  if (exists && !replace) {
    throw new ConfigError(`${path} exists already, and is never overwritten unasked.`);
  }
  // A name of its own: two that copy to one path never write to one file.
  const aside = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.new`;
  try {
    removeLeftovers(path);
    await write(aside);
    nameFileSync(aside, path, { replace });
  } catch (error) {
    throw copyError(path, error);
  } finally {
    removeDatabase(aside);
  }
}

/**
 * Copies a database to a file that is not there yet. The connection has to be the caller's alone: its one
 * transaction holds the moment that is copied. Without it SQLite would begin again after each write of
 * another connection, and never end beside one that writes all the time.
 */
export async function copyDatabase(
  source: SqliteDatabase,
  to: string,
  onProgress: CopyOptions['onProgress'] = () => undefined,
): Promise<void> {
  source.exec('BEGIN');
  try {
    source.prepare('SELECT 1 FROM sqlite_schema').get();
    await source.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        onProgress(totalPages - remainingPages, totalPages);
        return PAGES_A_STEP;
      },
    });
  } finally {
    source.exec('COMMIT');
  }
  const copy = new Database(to);
  try {
    copy.pragma('journal_mode = DELETE');
  } finally {
    copy.close();
  }
}

/** Those of processes that are gone, which no living one will ever finish. */
function removeLeftovers(path: string): void {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix)) continue;
    const [, pid] = ASIDE.exec(name.slice(prefix.length)) ?? [];
    if (pid === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
    removeDatabase(join(folder, name));
  }
}

/** With the files that SQLite may have left beside it. */
function removeDatabase(path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${end}`, { force: true });
}

function copyError(path: string, error: unknown): unknown {
  const code = errorCode(error) ?? '';
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) {
    return new ConfigError('It is not a database, or it is damaged.');
  }
  if (code.startsWith('SQLITE_FULL')) {
    return fileError(`Cannot write ${path}`, Object.assign(new Error(), { code: 'ENOSPC' }));
  }
  if (code.startsWith('SQLITE_CANTOPEN')) {
    return new ConfigError(`Cannot write ${path}: its folder does not exist or is not ours.`);
  }
  const isFileError = error instanceof Error && 'syscall' in error;
  return isFileError ? fileError(`Cannot write ${path}`, error) : error;
}
