/** Whether another process still runs. */
import { existsSync, readFileSync } from 'node:fs';
import { errorCode } from './errors.ts';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  return !isZombie(pid);
}

/** Ended, but not collected by its parent: in a container perhaps for ever. Known on Linux only. */
function isZombie(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  try {
    return existsSync(path) && /\) Z [^)]*$/.test(readFileSync(path, 'latin1'));
  } catch {
    // It went away in between.
    return true;
  }
}

/** Whether a process still runs that was started with such an argument; Linux tells, others may not. */
export function isAliveWith(pid: number, isArgument: (text: string) => boolean): boolean {
  if (!isAlive(pid)) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').some(isArgument);
  } catch {
    return isAlive(pid);
  }
}
