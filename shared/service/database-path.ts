/**
 * Which file a database path names. One file must have one name here, because the lock, the
 * write-ahead log and whatever else stands beside a database are found by its name.
 */
import { closeSync, lstatSync, openSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ConfigError, errorCode, fileError, PassingError } from './errors.ts';
import { createFolder } from './folders.ts';

/**
 * The path without symbolic links, making its folder if need be. Throws `ConfigError` for what is
 * not a file of exactly one name: under a second one it would be opened a second time, without its
 * lock and without its newest commits.
 */
export function realDatabasePath(path: string): string {
  createFolder(dirname(path));
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
      return join(realpathSync(dirname(path)), basename(path));
    }
    const real = realpathSync(path);
    checkIsOneFile(path, statSync(real));
    return real;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw fileError(`Cannot open the database ${path}`, error);
  }
}

function checkIsOneFile(path: string, file: Stats): void {
  if (!file.isFile()) {
    throw new ConfigError(`Cannot open the database ${path}: it is not a file.`);
  }
  if (file.nlink > 1) {
    throw new ConfigError(
      `The database ${path} has ${file.nlink} names (hard links); remove all but one, so that it ` +
        'cannot be in use twice.',
    );
  }
}

/**
 * The error for a file of `path` that SQLite could not open or write, and says no more about:
 * whether the operator has to mend something, or a later try may succeed.
 */
export function unusableError(what: string, path: string, error: unknown): Error {
  try {
    closeSync(openSync(path, 'a'));
  } catch (reason) {
    return fileError(what, reason);
  }
  const code = errorCode(error) ?? '';
  if (code.startsWith('SQLITE_FULL')) return new PassingError(`${what}: the disk is full.`);
  if (code.startsWith('SQLITE_CANTOPEN')) {
    // The file is fine, so it is what SQLite opens beside it that there is no room for.
    return new PassingError(`${what}: the files beside it cannot be opened.`, { cause: error });
  }
  const detail = 'it, or its folder, is not readable and writable by this user';
  return new ConfigError(`${what}: ${detail}.`, { cause: error });
}
