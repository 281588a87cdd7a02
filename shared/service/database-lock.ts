/**
 * The exclusive lease on a database file: at most one process owns a store at a time.
 *
 * `<path>.lock` is an empty SQLite file held in an exclusive transaction. The lock belongs to the
 * kernel, so it ends with the process, also by kill -9, and can never be left behind. The file
 * itself stays: removing it would let two processes lock two files of one name.
 */
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { unusableError } from './database-path.ts';
import { ConfigError, errorCode } from './errors.ts';
import { createFolder } from './folders.ts';

/** Every lock held: one that was garbage collected would be given up without anybody's wish. */
const held = new Set<DatabaseLock>();

export class DatabaseLock {
  /** Owned by this object; its open transaction is the lock. */
  readonly #holder: Database.Database;

  private constructor(holder: Database.Database) {
    this.#holder = holder;
    held.add(this);
  }

  /**
   * Takes the lock, making its folder if need be, or throws `ConfigError` if another process has it
   * (or this one, elsewhere). Of a file with several names this is the lock of one name only: give
   * a database's `realDatabasePath`.
   */
  static acquire(path: string): DatabaseLock {
    createFolder(dirname(path));
    let holder: Database.Database | undefined;
    try {
      // A short patience covers a predecessor that is just ending.
      holder = new Database(`${path}.lock`, { timeout: 250 });
      holder.exec('BEGIN EXCLUSIVE');
      return new DatabaseLock(holder);
    } catch (error) {
      holder?.close();
      const code = errorCode(error) ?? '';
      if (code.startsWith('SQLITE_BUSY')) {
        throw new ConfigError(
          `${path} is already in use by another process; stop that one or choose another file.`,
        );
      }
      if (code.startsWith('SQLITE_NOTADB')) {
        throw new ConfigError(`Cannot lock ${path}: the file ${path}.lock is not its lock.`);
      }
      if (/^SQLITE_(CANTOPEN|READONLY|PERM|FULL)/.test(code)) {
        throw unusableError(`Cannot lock ${path} by the file ${path}.lock`, `${path}.lock`, error);
      }
      throw error;
    }
  }

  /** Gives the lock up; harmless when it has been given up already. */
  release(): void {
    this.#holder.close();
    held.delete(this);
  }
}
