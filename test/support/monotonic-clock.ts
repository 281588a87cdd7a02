/**
 * Stops the monotonic clock of this process until the test has finished, so that what is due is up to
 * the test alone. Timers run on. Nothing may be waited for meanwhile that has a limit by this clock.
 */
import { onTestFinished } from 'vitest';

/** The clock: call it to let time pass. */
export function stopMonotonicClock(): (ms: number) => void {
  const running = performance.now;
  let nowMs = performance.now();
  performance.now = () => nowMs;
  onTestFinished(() => {
    performance.now = running;
  });
  return (ms) => {
    nowMs += ms;
  };
}
