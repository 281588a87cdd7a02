/** How busy the machine is, for limits in milliseconds that also hold where processors are shared. */
import { monotonicMs } from '#service/schedule.ts';

const WORK_MICROSECONDS = 5000;

/** How many times longer a little work takes here than the processor time that it needs; at least 1. */
export function timeStretch(): number {
  const startedMs = monotonicMs();
  const before = process.cpuUsage();
  let spent = 0;
  while (spent < WORK_MICROSECONDS) {
    const { user, system } = process.cpuUsage(before);
    spent = user + system;
  }
  return Math.max(1, ((monotonicMs() - startedMs) * 1000) / spent);
}
