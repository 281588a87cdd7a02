/**
 * Has every log show what it owes, as long as it owes anything. One loop for all of them: a log that
 * owes nothing costs nothing, and one that hangs delays no other.
 */
import type { Logger } from '#service/logging.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { StorageHealth } from '#service/storage-health.ts';
import { Comparer } from './comparer.ts';
import { tilesOf } from './logs/witnessed-log.ts';
import type { WitnessState } from './state.ts';

export interface ComparisonsOptions {
  readonly state: WitnessState;
  readonly health: StorageHealth;
  readonly logger: Logger;
  /** For each request to a log. */
  readonly timeoutMs: number;
  /** How long a log may owe a comparison before it is no longer cosigned. */
  readonly patienceMs: number;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** Logs that are asked at the same time. */
const MAX_AT_ONCE = 256;

export class Comparisons {
  readonly #options: ComparisonsOptions;
  /** Owned by `tick`: one for each log that has been asked and still owes, in order of the last time. */
  readonly #comparers = new Map<string, Comparer>();
  /** Owned by `#start`: the rounds that have not ended. */
  readonly #running = new Map<string, Promise<void>>();
  /** Owned by `#count`: when it ran last, on the monotonic clock. */
  #countedAtMs = monotonicMs();

  constructor(options: ComparisonsOptions) {
    this.#options = options;
  }

  /** Counts time against those that were asked, and asks all again that are not being asked. */
  readonly tick = (signal: AbortSignal): void => {
    const { state } = this.#options;
    const owing = new Set(state.owing().filter((origin) => this.#canBeAsked(origin)));
    this.#count(owing);
    for (const [origin, comparer] of this.#comparers) {
      if (owing.has(origin) || this.#running.has(origin)) continue;
      comparer.report();
      this.#comparers.delete(origin);
    }
    const fresh = [...owing].filter((origin) => !this.#comparers.has(origin));
    const waiting = [...this.#comparers.keys()].filter((origin) => !this.#running.has(origin));
    const room = MAX_AT_ONCE - this.#running.size;
    for (const origin of [...fresh, ...waiting].slice(0, room)) this.#start(origin, signal);
  };

  /** Resolves when the last round has ended. */
  async stop(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  #canBeAsked(origin: string): boolean {
    const log = this.#options.state.logs.get(origin);
    return log !== undefined && tilesOf(log) !== undefined;
  }

  /** Nobody is charged for the time before it was asked. */
  #count(owing: ReadonlySet<string>): void {
    const { state, now } = this.#options;
    const nowMs = monotonicMs();
    const elapsedMs = nowMs - this.#countedAtMs;
    this.#countedAtMs = nowMs;
    const asked = [...this.#comparers.keys()].filter((origin) => owing.has(origin));
    state.countWaiting(asked, elapsedMs, now());
  }

  #start(origin: string, signal: AbortSignal): void {
    const { health, logger } = this.#options;
    const comparer = this.#comparers.get(origin) ?? new Comparer({ ...this.#options, origin });
    // At the end of the order, as the one asked last.
    this.#comparers.delete(origin);
    this.#comparers.set(origin, comparer);
    const round = health
      .guard(() => comparer.round(signal))
      .catch((error: unknown) => {
        if (!signal.aborted) logger.error({ err: error, origin }, 'a comparison failed');
      })
      .finally(() => this.#running.delete(origin));
    this.#running.set(origin, round);
  }
}
