/**
 * One build at a time: what two of them wrote into one folder would be neither's. The lock is that of an
 * SQLite file, so it belongs to the kernel and ends with its process, whatever happens to that.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { errorCode } from '#service/errors.ts';
import { sleep } from '#service/schedule.ts';
import { BUILT } from './languages.ts';

const RETRY_MS = 200;

/** Runs `work` while no other process builds; `onWait` is called if it has to wait for one. */
export async function withBuildLock<T>(work: () => Promise<T>, onWait: () => void): Promise<T> {
  mkdirSync(BUILT, { recursive: true });
  const holder = new Database(join(BUILT, 'lock'), { timeout: 0 });
  try {
    for (let tries = 0; !take(holder); tries++) {
      if (tries === 0) onWait();
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
