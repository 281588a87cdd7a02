/**
 * Time in servers: pausing, repeating without overlap, computing not too often.
 *
 * Everything here runs on the monotonic clock, so a jump of the wall clock changes nothing.
 */
import type { Logger } from './logging.ts';

/** Each thread's own clock begins with the thread. */
const CLOCK_STARTED_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Monotonic milliseconds from an arbitrary start, the same for all threads of the process. */
export function monotonicMs(): number {
  return CLOCK_STARTED_MS + performance.now();
}

/** Waits; `true` after `ms`, `false` as soon as the signal is aborted. Never rejects. */
export function sleep(ms: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted === true) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve(true);
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** What `answer` becomes, if it does within `ms`; else rejects with what `late` makes. Whatever comes of it then is ignored. */
export async function inTime<T>(ms: number, answer: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([answer, waiting]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Calls `compute` at most once in `ms`; in between, everybody gets the result of the last call, also
 * while it is still running. A failure is given to those who wait for it and then forgotten.
 */
export function atMostEvery<T>(ms: number, compute: () => Promise<T>): () => Promise<T> {
  let latest: Promise<T> | undefined;
  let staleAtMs = 0;
  return () => {
    if (latest !== undefined && monotonicMs() < staleAtMs) return latest;
    const computing = compute();
    latest = computing;
    staleAtMs = monotonicMs() + ms;
    computing.catch(() => {
      if (latest === computing) latest = undefined;
    });
    return computing;
  };
}

/**
 * Calls `compute` for whoever wants a result of no earlier than their call: one runs at a time, and all who came
 * meanwhile share the next.
 */
export function freshly<T>(compute: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    next ??= running.then(() => {
      const computing = compute();
      next = undefined;
      running = computing.catch(() => undefined);
      return computing;
    });
    return next;
  };
}

export interface RepeatOptions {
  /** From the start of one run to the start of the next; a longer run delays the next one. */
  intervalMs: number;
  /** Share of the interval, 0 to 1, by which each pause is shortened at random. 0 if absent. */
  jitter?: number;
  /** Ends the loop. A run in progress gets it too, and is waited for. */
  signal: AbortSignal;
  logger: Logger;
  /** Names the work in the log. */
  name: string;
}

/**
 * Runs `work` at once and then at every interval, never twice at the same time. A failed run is
 * logged and the loop goes on. Resolves when the signal is aborted and the last run has ended.
 */
export async function repeat(
  work: (signal: AbortSignal) => Promise<void> | void,
  options: RepeatOptions,
): Promise<void> {
  const { intervalMs, jitter = 0, signal, logger, name } = options;
  while (!signal.aborted) {
    const startedMs = monotonicMs();
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted) logger.error({ err: error, task: name }, 'a scheduled task failed');
    }
    const shortened = intervalMs * (1 - jitter * Math.random());
    await sleep(Math.max(0, shortened - (monotonicMs() - startedMs)), signal);
  }
}
