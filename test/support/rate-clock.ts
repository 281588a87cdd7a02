/**
 * Stops the clock of every rate limit in this process until the test has finished: what is tested is
 * what a bucket holds, and not how fast this machine is.
 */
import { onTestFinished, vi } from 'vitest';
import { RateLimiter } from '#service/rate-limit.ts';

/** The clock: call it to let time pass. */
export function stopRateClock(): (ms: number) => void {
  const { take } = RateLimiter.prototype;
  let nowMs = 0;
  const stopped = vi.spyOn(RateLimiter.prototype, 'take');
  stopped.mockImplementation(function (this: RateLimiter, client, _nowMs, cost) {
    return take.call(this, client, nowMs, cost);
  });
  onTestFinished(() => stopped.mockRestore());
  return (ms) => {
    nowMs += ms;
  };
}
