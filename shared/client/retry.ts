/**
 * Sending again what a server refused for load, or what was lost on the way: only for requests that do the same
 * when they are sent twice.
 */
import { checkInteger } from '#protocol/arguments.ts';
import { RemoteError } from './http.ts';

const MAX_PAUSE_MS = 10_000;

/**
 * The result of `attempt`, which is tried up to `attempts` times, the first included. Between them is what the
 * server asks for by Retry-After, at most ten seconds, or twice as long each time. Throws what the last one threw.
 */
export async function tryAgain<T>(
  attempts: number,
  attempt: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  checkInteger(attempts, 'attempts', 1);
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (tried >= attempts || !mayTryAgain(error)) throw error;
      await pause(error, tried, signal);
    }
  }
}

function mayTryAgain(error: unknown): error is RemoteError {
  if (!(error instanceof RemoteError)) return false;
  if (error.kind === 'status') return error.status === 429 || error.status === 503;
  return error.kind === 'unreachable' || error.kind === 'timeout';
}

async function pause(error: RemoteError, attempt: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const backoffMs = 100 * 2 ** attempt * (0.5 + Math.random());
  const askedMs = (error.retryAfterSeconds ?? 0) * 1000;
  await sleep(Math.min(MAX_PAUSE_MS, Math.max(backoffMs, askedMs)), signal);
}

/** Rejects early with the reason of the signal. */
function sleep(ms: number, signal?: AbortSignal): Promise<void> {
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
