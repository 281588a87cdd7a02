/**
 * Follows a log: looks at its checkpoint at each interval, and copies what is new. Whatever fails is told once,
 * and tried again; what has been verified is shown meanwhile.
 */
import { RemoteError } from '#client/http.ts';
import type { TileSource } from '#client/tile-source.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { Fatal } from '#service/lifecycle.ts';
import type { Logger } from '#service/logging.ts';
import { PublicFilesError } from '#service/public-files/public-files.ts';
import { monotonicMs, sleep } from '#service/schedule.ts';
import { TilePublicationError } from '../publishing/tile-publication.ts';
import { StoreError } from '../store/store.ts';
import { MirrorError } from './copy.ts';
import type { Mirror } from './mirror.ts';

/** What keeps a mirror from going on, by a name for metrics. */
export interface Trouble {
  readonly kind: string;
  readonly message: string;
}

/** A log may ask for no more than that. */
const LONGEST_PAUSE_MS = 3_600_000;

export interface FollowOptions {
  readonly mirror: Mirror;
  readonly source: (signal: AbortSignal) => TileSource;
  readonly intervalMs: number;
  readonly logger: Logger;
  readonly onFatal: Fatal;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
}

export class Following {
  readonly #options: FollowOptions;
  readonly #stop = new AbortController();
  /** Owned by `start`. */
  #ended: Promise<void> | undefined;
  // All owned by the loop.
  #trouble: Trouble | undefined;
  #succeededAtMs: number | undefined;

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  start(): void {
    this.#ended = this.#run();
  }

  /** Of the last look; undefined if all was well. */
  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  /** When the mirror last held all that the log showed; Unix milliseconds. */
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
    const { intervalMs } = this.#options;
    while (!signal.aborted) {
      const startedMs = monotonicMs();
      const askedMs = await this.#round(signal);
      const restMs = intervalMs - (monotonicMs() - startedMs);
      await sleep(Math.max(0, restMs, Math.min(askedMs, LONGEST_PAUSE_MS)), signal);
    }
  }

  /** Returns for how long the log asks to be left alone. */
  async #round(signal: AbortSignal): Promise<number> {
    const { mirror, source, logger, onFatal, now } = this.#options;
    try {
      const { origin, from, to } = await mirror.round(source(signal));
      if (to > from) logger.info({ origin, size: to, from }, 'mirrored');
      if (this.#trouble !== undefined) logger.info({ size: to }, 'the mirror is up to date again');
      this.#trouble = undefined;
      this.#succeededAtMs = now();
      return 0;
    } catch (error) {
      if (signal.aborted) return 0;
      const trouble = troubleOf(error);
      if (trouble === undefined) onFatal(error);
      else this.#tell(trouble);
      const asked = error instanceof RemoteError ? error.retryAfterSeconds : undefined;
      return 1000 * (asked ?? 0);
    }
  }

  #tell(trouble: Trouble): void {
    const { logger } = this.#options;
    const { kind, message } = trouble;
    const isNews = this.#trouble?.message !== message;
    const level = kind === 'contradiction' || kind === 'storage' ? 'error' : 'warn';
    if (isNews) logger[level]({ kind, reason: message }, 'the mirror does not go on');
    this.#trouble = trouble;
  }
}

/** Undefined for a failure after which the process cannot go on. */
function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof MirrorError) return { kind: error.kind, message: error.message };
  if (error instanceof PublicFilesError || error instanceof TilePublicationError) {
    return { kind: 'storage', message: error.message };
  }
  if (error instanceof StoreError && error.kind === 'full') {
    return { kind: 'storage', message: error.message };
  }
  if (error instanceof RemoteError || error instanceof ProtocolError) {
    return { kind: 'source', message: error.message };
  }
  return undefined;
}
