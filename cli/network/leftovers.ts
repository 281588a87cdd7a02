/**
 * What an "up" that was killed leaves behind: its processes, which notice that and stop by themselves, and the
 * PostgreSQL of its network, which would run on, as the log needs it until it has ended.
 */
import { CommandError } from '#cli/lib/errors.ts';
import { displayPath } from '#cli/lib/layout.ts';
import { embeddedProcess } from '#cli/postgres/embedded.ts';
import { errorCode } from '#service/errors.ts';
import { sleep } from '#service/schedule.ts';
import {
  ORPHANS_TIMEOUT_MS,
  readRunState,
  removeRunState,
  tryLock,
  waitForOrphans,
} from './run-state.ts';

const STOP_TIMEOUT_MS = 60_000;

/** Resolves when all of it has ended: whether there was any. Rejects with `CommandError`. */
export async function endLeftovers(data: string): Promise<boolean> {
  const left = readRunState(data);
  if (left === undefined && embeddedProcess(data) === undefined) return false;
  // As long as this has the lock, nothing of it is anybody else's.
  const lock = tryLock(data);
  if (lock === undefined) return false;
  try {
    await waitForOrphans(left?.roles ?? [], ORPHANS_TIMEOUT_MS, new AbortController().signal);
    await stopPostgres(data);
    removeRunState(data);
    return true;
  } finally {
    lock.release();
  }
}

async function stopPostgres(data: string): Promise<void> {
  const pid = embeddedProcess(data);
  if (pid === undefined) return;
  try {
    // What its documentation calls a fast shutdown: in order, and without waiting for clients.
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw new CommandError(cannotStop(data, pid));
  }
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (embeddedProcess(data) !== undefined) {
    if (performance.now() > deadline) throw new CommandError(cannotStop(data, pid));
    await sleep(50);
  }
}

function cannotStop(data: string, pid: number): string {
  return `The PostgreSQL of the network in ${displayPath(data)} does not stop (process ${pid}).`;
}
