/**
 * How busy the machine is: where a time is what a test is about, its limit is that of a machine with
 * nothing else to do, multiplied by what was measured meanwhile.
 */
import { monotonicMs, sleep } from '#service/schedule.ts';

const WORK_MICROSECONDS = 5000;
const SAMPLE_EVERY_MS = 500;

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

/** How long work took in milliseconds, and how busy the machine was at most. */
export async function timed<T>(work: () => Promise<T>) {
  const startedMs = monotonicMs();
  const over = new AbortController();
  let stretch = timeStretch();
  const watching = (async () => {
    while (await sleep(SAMPLE_EVERY_MS, over.signal)) stretch = Math.max(stretch, timeStretch());
  })();
  try {
    const result = await work();
    return { result, tookMs: monotonicMs() - startedMs, stretch: Math.max(stretch, timeStretch()) };
  } finally {
    over.abort();
    await watching;
  }
}
