/**
 * Waiting for states, never for times: a condition is asked for again and again until it holds. The
 * limits are there for what would hang, so a busy machine never comes near them.
 */
import { sleep } from '#service/schedule.ts';

/** Below the time that the test runner gives a test, so that the failure says what did not come. */
const PATIENCE_MS = 240_000;
const POLL_MS = 20;

/** For requests of tests: only what hangs takes so long. */
export const PATIENT = { timeoutMs: 60_000 };

export interface WaitOptions {
  /** What is waited for, for the message; the source of the condition if absent. */
  readonly what?: string;
  readonly timeoutMs?: number;
}

/** Waits until `check` returns neither false nor undefined, and returns what it returned. */
export async function until<T>(
  check: () => T | Promise<T>,
  { what = String(check), timeoutMs = PATIENCE_MS }: WaitOptions = {},
): Promise<Exclude<T, false | undefined>> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found as Exclude<T, false | undefined>;
    if (performance.now() > endMs) throw new Error(`not so within ${timeoutMs} ms: ${what}`);
    await sleep(POLL_MS);
  }
}

/** Waits until assertions hold: runs `check` until it does not throw, and returns what it returned. */
export async function eventually<T>(check: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await sleep(POLL_MS);
    }
  }
}
