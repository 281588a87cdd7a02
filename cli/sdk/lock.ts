/**
 * One build at a time: what two of them wrote into one folder would be neither's. The lock is that of an
 * SQLite file, so it belongs to the kernel and ends with its process, whatever happens to that.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { CommandError } from '#cli/lib/errors.ts';
import { displayPath } from '#cli/lib/layout.ts';
import { errorCode } from '#service/errors.ts';
import { sleep } from '#service/schedule.ts';
import { BUILT } from './languages.ts';

const RETRY_MS = 200;

export interface LockOptions {
  readonly path?: string;
  /** Longest wait for another build. */
  readonly timeoutMs?: number;
}

/**
 * Runs `work` while no other process builds; `onWait` is called if it has to wait for one. Throws `CommandError`
 * when that takes longer than a build of everything.
 */
export async function withBuildLock<T>(
  work: () => Promise<T>,
  onWait: () => void,
  { path = join(BUILT, 'lock'), timeoutMs = 3_600_000 }: LockOptions = {},
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const holder = new Database(path, { timeout: 0 });
  const deadline = performance.now() + timeoutMs;
  try {
    for (let tries = 0; !take(holder); tries++) {
      if (tries === 0) onWait();
      if (performance.now() > deadline) {
        throw new CommandError(
          `Another process has been building for ${timeoutMs / 1000} s: it holds ${displayPath(path)}.`,
        );
      }
      await sleep(RETRY_MS);
    }
    return await work();
  } finally {
    holder.close();
  }
}

function take(holder: Database.Database): boolean {
  try {
    holder.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (errorCode(error)?.startsWith('SQLITE_BUSY')) return false;
    throw error;
  }
}
