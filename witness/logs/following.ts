/** The loops by which the witness follows logs by itself: feeds of those that do not push, and lists. */
import type { Logger } from '#service/logging.ts';
import { repeat } from '#service/schedule.ts';
import type { StorageHealth } from '#service/storage-health.ts';
import { FeedWatch, type FeedWatchOptions } from './feed-watch.ts';
import { ListWatch } from './list-watch.ts';
import type { LogRegistry } from './registry.ts';

export interface FollowingOptions extends Omit<FeedWatchOptions, 'intervalMs' | 'timeoutMs'> {
  readonly logs: LogRegistry;
  readonly health: StorageHealth;
  readonly logger: Logger;
  readonly feeds: { readonly interval_ms: number; readonly timeout_ms: number };
  readonly lists: readonly { readonly url: string; readonly interval_ms: number }[];
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** How often it is looked which feeds are due. */
const MAX_TICK_MS = 1000;
const TICKS_PER_INTERVAL = 4;
/** For a whole list, which may be large. */
const LIST_TIMEOUT_MS = 60_000;

/** Starts all loops. `stop` resolves when the last one has ended. */
export function startFollowing(options: FollowingOptions): { stop(): Promise<void> } {
  const { feeds, lists, logs, health, logger, now } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const { interval_ms: intervalMs, timeout_ms: timeoutMs } = feeds;
  const feedWatch = new FeedWatch({ ...options, intervalMs, timeoutMs });
  const tickMs = Math.min(MAX_TICK_MS, intervalMs / TICKS_PER_INTERVAL);
  const loops = [
    repeat(feedWatch.tick, { intervalMs: tickMs, signal, logger, name: 'feeds' }),
    ...lists.map(({ url, interval_ms }) => {
      const watch = new ListWatch({ url, logs, logger, timeoutMs: LIST_TIMEOUT_MS, now });
      const round = (stop: AbortSignal) => health.guard(() => watch.round(stop));
      return repeat(round, { intervalMs: interval_ms, jitter: 0.2, signal, logger, name: url });
    }),
  ];
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
      await feedWatch.stop();
    },
  };
}
