/**
 * How busy the machine is: where a time is what a test is about, its limit is that of a machine with
 * nothing else to do, multiplied by what was measured meanwhile.
 */
import { monotonicMs, sleep } from '#service/schedule.ts';

const WORK_MICROSECONDS = 5000;
const SAMPLE_EVERY_MS = 500;

/** How many times longer a little work takes here than the processor time that it needs; at least 1. */
export function timeStretch(workMicroseconds = WORK_MICROSECONDS): number {
  const startedMs = monotonicMs();
  const before = process.cpuUsage();
  let spent = 0;
  while (spent < workMicroseconds) {
    const { user, system } = process.cpuUsage(before);
    spent = user + system;
  }
  return Math.max(1, ((monotonicMs() - startedMs) * 1000) / spent);
}

/** The highest that was measured, for each piece of work that is being timed. */
const meters = new Set<{ stretch: number }>();
let isWatching = false;

/** One for all: many pieces of work at once would measure how busy their measuring keeps the machine. */
async function watch(): Promise<void> {
  isWatching = true;
  while (meters.size > 0) {
    const stretch = timeStretch();
    for (const meter of meters) meter.stretch = Math.max(meter.stretch, stretch);
    await sleep(SAMPLE_EVERY_MS);
  }
  isWatching = false;
}

/** How long work took in milliseconds, and how busy the machine was at most. */
export async function timed<T>(work: () => Promise<T>) {
  const startedMs = monotonicMs();
  const meter = { stretch: timeStretch() };
  meters.add(meter);
  if (!isWatching) void watch();
  try {
    const result = await work();
    const tookMs = monotonicMs() - startedMs;
    return { result, tookMs, stretch: Math.max(meter.stretch, timeStretch()) };
  } finally {
    meters.delete(meter);
  }
}
