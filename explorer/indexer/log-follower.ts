/**
 * One log as the indexer's thread follows it: looks at it again and again, says how it stands whenever that has
 * changed, and leaves it alone once it is frozen.
 */
import { FollowError } from '#client/follow-error.ts';
import { RemoteError } from '#client/http.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { Following, type FollowingOptions, type Trouble } from '#service/following.ts';
import { type LogProgress, SearchIndexError } from '../index/search-index.ts';
import { LogIndexer, type LogIndexerOptions, type ReadingProgress } from './log-indexer.ts';
import type { LogStatus } from './log-status.ts';

/** A log that fails is asked as seldom as that. */
const SLOWEST_MS = 60_000;
/** Of what a log has said of its trouble, in characters: every page tells it. */
const MAX_TROUBLE = 500;
const SLOW: Trouble = {
  kind: 'slow',
  message: 'The log answers slowly, so that it is read less often than the others.',
};

export interface LogFollowerOptions
  extends Omit<LogIndexerOptions, 'onProgress' | 'onSlow'>,
    Pick<FollowingOptions, 'intervalMs' | 'onFatal' | 'onNews'> {
  readonly onStatus: (status: LogStatus) => void;
}

export class LogFollower {
  readonly #options: LogFollowerOptions;
  readonly #indexer: LogIndexer;
  readonly #following: Following;
  /** Owned by this object. */
  #status: LogStatus;

  private constructor(options: LogFollowerOptions, progress: LogProgress) {
    const { origin, intervalMs, onFatal, onNews, now } = options;
    this.#options = options;
    this.#status = { origin, indexed: 0, ...standing(progress) };
    this.#indexer = new LogIndexer({
      ...options,
      onProgress: (read) => this.#noteProgress(read),
      onSlow: () => this.#set({ state: 'trouble', trouble: SLOW }),
    });
    this.#following = new Following({
      round: (signal) => this.#round(signal),
      troubleOf,
      onNews: (trouble) => {
        onNews(trouble);
        // Not waited for, as this is the end of a round.
        if (this.#status.state === 'frozen') void this.#following.stop();
      },
      intervalMs,
      slowestMs: SLOWEST_MS,
      onFatal,
      now,
    });
  }

  /** Rejects as the index does. */
  static async open(options: LogFollowerOptions): Promise<LogFollower> {
    return new LogFollower(options, await options.writer.progress(options.origin));
  }

  get status(): LogStatus {
    return this.#status;
  }

  start(): void {
    if (this.#status.state !== 'frozen') this.#following.start();
  }

  /** Ends what is asked of the log, and waits for what is being written. */
  async stop(): Promise<void> {
    await this.#following.stop();
  }

  async #round(signal: AbortSignal): Promise<void> {
    try {
      await this.#indexer.round(signal);
      this.#set({ state: 'current', currentAtMs: this.#options.now(), trouble: undefined });
    } catch (error) {
      const trouble = troubleOf(error);
      if (!signal.aborted && trouble !== undefined) await this.#noteTrouble(trouble);
      throw error;
    }
  }

  async #noteTrouble(trouble: Trouble): Promise<void> {
    const { writer, origin } = this.#options;
    const { state, evidence } = standing(await writer.progress(origin));
    this.#set({ state: state === 'frozen' ? state : 'trouble', trouble, evidence });
  }

  #noteProgress({ size, shownSize }: ReadingProgress): void {
    const { size: before, trouble, indexed } = this.#status;
    const added = size - before;
    // A log is as it was until it has shown more than a checkpoint.
    const isReading = size < shownSize && (added > 0 || trouble === undefined);
    this.#set({
      size,
      shownSize,
      indexed: indexed + added,
      ...(isReading && { state: 'reading', trouble: undefined }),
    });
  }

  #set(news: Partial<LogStatus>): void {
    this.#status = { ...this.#status, ...news };
    this.#options.onStatus(this.#status);
  }
}

/** By the index alone. */
function standing({ size, confirmed, begun, evidence }: LogProgress) {
  const shownSize = (begun ?? confirmed)?.size;
  if (evidence.length === 0) return { state: 'reading', size, shownSize, evidence } as const;
  const trouble = { kind: 'contradiction', message: 'The log has contradicted itself.' };
  return { state: 'frozen', size, shownSize, evidence, trouble } as const;
}

/** Undefined for a failure after which the process cannot go on. */
function troubleOf(error: unknown): Trouble | undefined {
  const kind = kindOf(error);
  if (kind === undefined) return undefined;
  const characters = [...(error as Error).message];
  const isLong = characters.length > MAX_TROUBLE;
  return { kind, message: characters.slice(0, MAX_TROUBLE).join('') + (isLong ? '...' : '') };
}

function kindOf(error: unknown): string | undefined {
  if (error instanceof FollowError) return error.kind;
  if (error instanceof SearchIndexError && error.kind === 'full') return 'storage';
  if (error instanceof RemoteError || error instanceof ProtocolError) return 'source';
  return undefined;
}
