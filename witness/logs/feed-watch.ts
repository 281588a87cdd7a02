/**
 * Follows logs that do not push: fetches their tiled checkpoints, makes the consistency proofs out of
 * their tiles, and offers both as the log itself would have. What is then cosigned is decided where it
 * always is; the log finds the cosignature at `<hash>/checkpoint`.
 *
 * A few logs at a time, each at an interval with jitter; one that fails is asked less and less often.
 */
import { type HttpOptions, RemoteError } from '#client/http.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { isSourceFailure, VerifiedTree } from '#client/verified-tree.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import { consistencyProof } from '#protocol/merkle/proof.ts';
import { type Checkpoint, openCheckpoint } from '#protocol/note/checkpoint.ts';
import { formatAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { StorageHealth } from '#service/storage-health.ts';
import type { LogRegistry } from './registry.ts';
import type { WitnessedLog } from './witnessed-log.ts';

export interface FeedWatchOptions {
  readonly logs: LogRegistry;
  /** Size last cosigned for a log. */
  readonly sizeOf: (origin: string) => number;
  /** Has an add-checkpoint request decided; the code of the refusal, or `cosigned`. */
  readonly offer: (body: Uint8Array) => Promise<string>;
  readonly health: StorageHealth;
  readonly logger: Logger;
  /** Between two looks at one log. */
  readonly intervalMs: number;
  /** For each request to a log. */
  readonly timeoutMs: number;
  /** Told each outcome. */
  readonly count: (result: string) => void;
}

/** Logs that are asked at the same time. */
const MAX_AT_ONCE = 16;
/** Times the interval that a log which fails is left alone, at most. */
const MAX_BACKOFF = 64;
/** Share of the interval by which it is shortened at random. */
const JITTER = 0.2;
const GOOD = new Set(['cosigned', 'comparison-owed', 'rate-limited']);

interface Feed {
  /** Monotonic milliseconds. */
  dueAtMs: number;
  failures: number;
  /** The last outcome that was spoken of. */
  said: string;
}

export class FeedWatch {
  readonly #options: FeedWatchOptions;
  /** Owned by `tick` and `#look`: the logs with a feed that are followed. */
  readonly #feeds = new Map<string, Feed>();
  /** Owned by `#start`. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: FeedWatchOptions) {
    this.#options = options;
  }

  /** Starts to look at those that are due, if there is room, the longest due first. */
  readonly tick = (signal: AbortSignal): void => {
    const followed = this.#followed();
    for (const origin of this.#feeds.keys()) if (!followed.has(origin)) this.#feeds.delete(origin);
    const nowMs = monotonicMs();
    const due = [...followed.values()]
      .map((log) => ({ log, feed: this.#feedOf(log.origin) }))
      .filter(({ log, feed }) => feed.dueAtMs <= nowMs && !this.#running.has(log.origin))
      .sort((a, b) => a.feed.dueAtMs - b.feed.dueAtMs);
    for (const { log, feed } of due.slice(0, MAX_AT_ONCE - this.#running.size)) {
      this.#start(log, feed, signal);
    }
  };

  /** Resolves when the last look has ended. */
  async stop(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  #followed(): Map<string, WitnessedLog> {
    const withFeed = this.#options.logs.enabled().filter(({ feed }) => feed !== undefined);
    return new Map(withFeed.map((log) => [log.origin, log]));
  }

  #feedOf(origin: string): Feed {
    const known = this.#feeds.get(origin) ?? { dueAtMs: 0, failures: 0, said: '' };
    this.#feeds.set(origin, known);
    return known;
  }

  #start(log: WitnessedLog, feed: Feed, signal: AbortSignal): void {
    const { health, logger } = this.#options;
    const look = health
      .guard(() => this.#look(log, feed, signal))
      .catch((error: unknown) => {
        if (!signal.aborted) logger.error({ err: error, origin: log.origin }, 'a feed failed');
      })
      .finally(() => {
        this.#schedule(feed);
        this.#running.delete(log.origin);
      });
    this.#running.set(log.origin, look);
  }

  async #look(log: WitnessedLog, feed: Feed, signal: AbortSignal): Promise<void> {
    const { result, reason } = await this.#outcomeOf(log, signal);
    if (signal.aborted) return;
    this.#options.count(result);
    feed.failures = GOOD.has(result) ? 0 : feed.failures + 1;
    if (result === feed.said) return;
    feed.said = result;
    const fields = { origin: log.origin, feed: log.feed, result, reason };
    if (result === 'cosigned') this.#options.logger.info(fields, 'the feed is followed');
    else this.#options.logger.warn(fields, 'the feed cannot be followed');
  }

  #schedule(feed: Feed): void {
    const { intervalMs } = this.#options;
    const pauseMs = intervalMs * Math.min(MAX_BACKOFF, 2 ** feed.failures);
    feed.dueAtMs = monotonicMs() + pauseMs * (1 - JITTER * Math.random());
  }

  async #outcomeOf(log: WitnessedLog, signal: AbortSignal): Promise<Outcome> {
    const { sizeOf, offer, timeoutMs } = this.#options;
    const http: HttpOptions = { signal, timeoutMs, fetch: outboundFetch };
    const source = new HttpTileSource(log.feed!, http);
    try {
      const note = await source.checkpoint();
      const { checkpoint } = openCheckpoint(note, log);
      const oldSize = sizeOf(log.origin);
      const proof = await provenFrom(oldSize, checkpoint, source);
      const body = formatAddCheckpoint({ oldSize, proof: proof.hashes, checkpoint: note });
      return { result: await offer(encodeUtf8(body)), reason: proof.reason };
    } catch (error) {
      if (error instanceof ProtocolError) return { result: 'bad-answer', reason: error.message };
      if (!(error instanceof RemoteError)) throw error;
      const isAway = error.kind === 'unreachable' || error.kind === 'timeout';
      return { result: isAway ? 'unreachable' : 'bad-answer', reason: error.message };
    }
  }
}

interface Outcome {
  readonly result: string;
  readonly reason?: string | undefined;
}

/**
 * The proof that the larger tree continues the smaller one, by its tiles. Without it the checkpoint is
 * offered as well, as the log has signed it and now has to show how it fits.
 */
async function provenFrom(
  oldSize: number,
  checkpoint: Checkpoint,
  source: HttpTileSource,
): Promise<{ hashes: Hash[]; reason?: string }> {
  if (checkpoint.size < oldSize) return { hashes: [] };
  try {
    const tree = new VerifiedTree(source, checkpoint);
    return { hashes: await consistencyProof(tree.read, oldSize, checkpoint.size) };
  } catch (error) {
    if (!isSourceFailure(error)) throw error;
    return { hashes: [], reason: error.message };
  }
}
