/**
 * Processor time of a process as Linux counts it, user and system together: of all its threads, those that
 * have ended included, and of each that runs, by the name the system knows it by.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Of `getconf CLK_TCK`, on every Linux. */
const TICK_MS = 10;

export function processorMs(pid: number): number {
  return fieldsOf(`/proc/${pid}/stat`).ms;
}

/** Of a process, of the children that it has, and of those that have ended and been waited for. */
export function familyMs(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const running = children.filter((child) => child !== '').map((child) => runningMs(Number(child)));
  const { ms, endedMs } = fieldsOf(`/proc/${pid}/stat`);
  return running.reduce((sum, one) => sum + one, ms + endedMs);
}

/** None of a child that has ended meanwhile. */
function runningMs(pid: number): number {
  try {
    return processorMs(pid);
  } catch {
    return 0;
  }
}

/** Milliseconds of each thread that runs, by its id. */
export function threadsOf(pid: number): Map<string, { name: string; ms: number }> {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return new Map(tasks.map((task) => [task, fieldsOf(`/proc/${pid}/task/${task}/stat`)]));
}

/** Resident memory of a process in MiB: now, and the most it ever was. */
export function residentMiB(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)![1]) / 1024;
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

/** Of all processors since the machine started; what was stolen went to others that share them with it. */
export function machineTicks(): { all: number; stolen: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const ticks = line.trim().split(/ +/).slice(1, 9).map(Number);
  return { all: ticks.reduce((sum, count) => sum + count, 0), stolen: ticks[7]! };
}

/** The name stands in brackets, and may have any character in it. */
function fieldsOf(path: string): { name: string; ms: number; endedMs: number } {
  const text = readFileSync(path, 'utf8');
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const ms = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  const endedMs = (Number(fields[13]) + Number(fields[14])) * TICK_MS;
  return { name: text.slice(text.indexOf('(') + 1, end), ms, endedMs };
}
