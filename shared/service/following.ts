/**
 * Follows a log for as long as it may take: looks at each interval whether there is something new. Whatever fails
 * is told once, and tried again: less and less often where that is wanted, and never before the log asks for it.
 */
import { RemoteError } from '#client/http.ts';
import type { Fatal } from './lifecycle.ts';
import { monotonicMs, sleep } from './schedule.ts';

/** What keeps a follower from going on, by a name for metrics. */
export interface Trouble {
  readonly kind: string;
  readonly message: string;
}

/** A log may ask for no more than that. */
const LONGEST_ASKED_MS = 3_600_000;

export interface FollowingOptions {
  /** One look, and all that it leads to. */
  readonly round: (signal: AbortSignal) => Promise<void>;
  /** Undefined for a failure after which the process cannot go on. */
  readonly troubleOf: (error: unknown) => Trouble | undefined;
  /** Told of each trouble that is another than the last, and with undefined when all is well again. */
  readonly onNews: (trouble: Trouble | undefined) => void;
  readonly intervalMs: number;
  /**
   * While looks fail, the interval doubles up to this; so a trouble that has ended lasts no longer than twice as long.
   * The interval itself if absent.
   */
  readonly slowestMs?: number;
  readonly onFatal: Fatal;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
}

export class Following {
  readonly #options: FollowingOptions;
  readonly #stop = new AbortController();
  /** Owned by `start`. */
  #ended: Promise<void> | undefined;
  // All owned by the loop.
  #trouble: Trouble | undefined;
  #succeededAtMs: number | undefined;
  #failures = 0;

  constructor(options: FollowingOptions) {
    this.#options = options;
  }

  start(): void {
    this.#ended = this.#run();
  }

  /** Of the last look; undefined if all was well. */
  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  /** When a look last succeeded; Unix milliseconds. */
  get succeededAtMs(): number | undefined {
    return this.#succeededAtMs;
  }

  /** Ends what is asked of the log, and waits for what is being written. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const startedMs = monotonicMs();
      const askedMs = await this.#round(signal);
      const restMs = this.#intervalMs() - (monotonicMs() - startedMs);
      await sleep(Math.max(0, restMs, Math.min(askedMs, LONGEST_ASKED_MS)), signal);
    }
  }

  #intervalMs(): number {
    const { intervalMs, slowestMs = intervalMs } = this.#options;
    const doubled = intervalMs * 2 ** Math.max(0, this.#failures - 1);
    return Math.max(intervalMs, Math.min(slowestMs, doubled));
  }

  /** Returns for how long the log asks to be left alone. */
  async #round(signal: AbortSignal): Promise<number> {
    const { round, troubleOf, onFatal, now } = this.#options;
    try {
      await round(signal);
      this.#failures = 0;
      this.#succeededAtMs = now();
      this.#tell(undefined);
      return 0;
    } catch (error) {
      if (signal.aborted) return 0;
      this.#failures++;
      const trouble = troubleOf(error);
      if (trouble === undefined) onFatal(error);
      else this.#tell(trouble);
      const asked = error instanceof RemoteError ? error.retryAfterSeconds : undefined;
      return 1000 * (asked ?? 0);
    }
  }

  #tell(trouble: Trouble | undefined): void {
    const isNews = this.#trouble?.message !== trouble?.message;
    this.#trouble = trouble;
    if (isNews) this.#options.onNews(trouble);
  }
}
