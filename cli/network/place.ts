/**
 * Knows of a network whose data folder was removed while it ran: a lock outside of the folder, named by
 * the folder's path, in the user's own corner of the folder for temporary files.
 *
 * It is a help, not the truth: where no such lock can be had, nobody waits for such a network. The
 * file stays behind only where a folder was removed, to tell that nothing runs there any more.
 */
import { existsSync, lstatSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { sha256 } from '#crypto';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { DatabaseLock } from '#service/database-lock.ts';
import { ConfigError, errorCode, PassingError } from '#service/errors.ts';
import { sleep } from '#service/schedule.ts';

/** For a network to notice that its folder is gone, and to stop. */
const STOP_TIMEOUT_MS = 45_000;

export interface Place {
  /** Gives the place up; `leaveTrace` when the folder was removed. */
  readonly release: (leaveTrace: boolean) => void;
}

/** Holds the place of this folder; `taken` while another process does. */
export function takePlace(data: string): Place | 'taken' | undefined {
  const path = placeOf(data);
  if (path === undefined) return undefined;
  try {
    const lock = DatabaseLock.acquire(path);
    const release = (leaveTrace: boolean): void => {
      if (!leaveTrace) for (const file of filesOf(path)) rmSync(file, { force: true });
      lock.release();
    };
    return { release };
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.message.includes('in use') ? 'taken' : undefined;
    }
    // A full disk for temporary files, say: no reason not to run elsewhere.
    if (error instanceof PassingError || errorCode(error) !== undefined) return undefined;
    throw error;
  }
}

/** Whether a network still runs, or ran, whose folder was removed meanwhile; nothing if not known. */
export function removedNetwork(data: string): 'runs' | 'ended' | undefined {
  const path = placeOf(data);
  if (path === undefined || !filesOf(path).some((file) => existsSync(file))) return undefined;
  const place = takePlace(data);
  if (place === 'taken') return 'runs';
  place?.release(true);
  return 'ended';
}

/** Waits until the network that had this place is gone; false if it is not in time. */
export async function waitForPlace(data: string, signal?: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (removedNetwork(data) === 'runs') {
    if (performance.now() > deadline || signal?.aborted) return false;
    await sleep(50, signal);
  }
  return true;
}

function placeOf(data: string): string | undefined {
  try {
    const corner = join(tmpdir(), `tecp-${userInfo().uid}`);
    makeCorner(corner);
    const { uid, mode } = lstatSync(corner);
    if (uid !== userInfo().uid || (mode & 0o077) !== 0) return undefined;
    const path = join(realpathSync(dirname(data)), basename(data));
    return join(corner, toHex(sha256(encodeUtf8(path))).slice(0, 32));
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

/** What a lock is made of: its file, and the journal of the transaction that holds it. */
function filesOf(path: string): string[] {
  return [`${path}.lock`, `${path}.lock-journal`];
}

function makeCorner(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}
