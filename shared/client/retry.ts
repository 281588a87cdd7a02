/**
 * Sending again what a server refused for load, or what was lost on the way: only for requests that do the same
 * when they are sent twice.
 */
import { checkInteger } from '#protocol/arguments.ts';
import { RemoteError } from './http.ts';

const MAX_PAUSE_MS = 10_000;

/**
 * The result of `attempt`, which is tried up to `attempts` times, the first included. Between them is what the
 * server asks for by Retry-After, at most `longestAskedMs`, or twice as long each time and at most ten seconds.
 * Throws what the last one threw.
 */
export async function tryAgain<T>(
  attempts: number,
  attempt: () => Promise<T>,
  signal?: AbortSignal,
  longestAskedMs = MAX_PAUSE_MS,
): Promise<T> {
  checkInteger(attempts, 'attempts', 1);
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (tried >= attempts || !mayTryAgain(error)) throw error;
      await pause(pauseMs(error, tried, longestAskedMs), signal);
    }
  }
}

function mayTryAgain(error: unknown): error is RemoteError {
  if (!(error instanceof RemoteError)) return false;
  if (error.kind === 'status') return error.status === 429 || error.status === 503;
  return error.kind === 'unreachable' || error.kind === 'timeout';
}

function pauseMs({ retryAfterSeconds = 0 }: RemoteError, tried: number, longestAskedMs: number) {
  const backoffMs = Math.min(MAX_PAUSE_MS, 100 * 2 ** tried * (0.5 + Math.random()));
  return Math.max(backoffMs, Math.min(longestAskedMs, retryAfterSeconds * 1000));
}

/** Rejects early with the reason of the signal. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
