/**
 * Keeps a witness that was set back, as by an old backup, from signing a fork: before it signs for a
 * log after a start, it looks for its own cosignatures at whoever may know of them, and goes on looking.
 *
 * A cosignature that the memory does not know of stops the log, in the database, until the operator's
 * command catches up (`catch-up.ts`). A source that is away stops nothing: each is asked once, and what
 * it tells later stops the log then. Only on a copy, as a backup makes one, somebody has to have told: a
 * peer, or the log itself where no peer remembers such things. The log may be the liar, and the peers
 * kept away by it.
 */
import type { HttpOptions } from '#client/http.ts';
import { RemoteError } from '#client/http.ts';
import { encodeBase64 } from '#protocol/base64.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { MAX_NOTE_BYTES } from '#protocol/note/note.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import { paced } from '#service/pace.ts';
import { atMostEvery, monotonicMs } from '#service/schedule.ts';
import type { PeerConfig } from '../config.ts';
import type { Cosigner } from '../cosigner.ts';
import { ChangeFetcher } from '../fetch-changed.ts';
import { tilesOf, type WitnessedLog } from '../logs/witnessed-log.ts';
import { sayProven } from '../report.ts';
import type { WitnessState } from '../state.ts';
import { cosignedBy, fetchSeenList, fetchSeenNote, type SeenList } from './own-notes.ts';

export interface GuardOptions {
  readonly state: WitnessState;
  readonly cosigner: Cosigner;
  readonly peers: readonly PeerConfig[];
  /** From the start of one round over all logs to the start of the next. */
  readonly intervalMs: number;
  /** For each request. */
  readonly timeoutMs: number;
  readonly logger: Logger;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** Logs that are looked at at the same time. */
const MAX_AT_ONCE = 64;
/** Requests in a second, of one round. */
const MAX_PER_SECOND = 300;
/** Share of the interval over which a round is spread. */
const SPREAD = 0.9;
/** How long an answer of a peer about all logs is used, or an interval if that is shorter. */
const LIST_MS = 5000;
/** How long it is used where the peer gives no other: one of many logs is dear, and rate-limited. */
const STALE_LIST_MS = 60_000;
/** A log is not looked at again within this time because somebody wants it cosigned. */
const AGAIN_MS = 1000;

/** What came of asking a peer about a log: `silent` if it does not remember such things. */
type Told = 'told' | 'silent' | 'away';

export class RollbackGuard {
  readonly #options: GuardOptions;
  readonly #fetcher = new ChangeFetcher();
  readonly #stopping = new AbortController();
  /** What each peer saw. */
  readonly #lists: readonly (() => Promise<SeenList | Exclude<Told, 'told'>>)[];
  /** Owned by `#lookAt`: when each log was looked at last, on the monotonic clock. */
  readonly #lookedAtMs = new Map<string, number>();
  /** Owned by `look`: those that are being looked at. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: GuardOptions) {
    this.#options = options;
    const listMs = Math.min(LIST_MS, options.intervalMs);
    this.#lists = options.peers.map(({ url }) => {
      let last: { readonly list: SeenList; readonly atMs: number } | undefined;
      return atMostEvery(listMs, async () => {
        const list = await this.#listOf(url);
        if (typeof list !== 'string') last = { list, atMs: monotonicMs() };
        const isUsable = last !== undefined && monotonicMs() - last.atMs < STALE_LIST_MS;
        return list === 'away' && isUsable ? last!.list : list;
      });
    });
  }

  /** Whether every source has been asked about the log since the start. */
  hasLooked(origin: string): boolean {
    return this.#lookedAtMs.has(origin);
  }

  /** Asks every source about a log, unless that was done just now. Rejects only for our storage. */
  async look(origin: string): Promise<void> {
    const lookedAtMs = this.#lookedAtMs.get(origin);
    if (lookedAtMs !== undefined && monotonicMs() - lookedAtMs < AGAIN_MS) return;
    await this.#lookOnce(origin);
  }

  /** One round over all logs that are followed. */
  readonly round = async (signal: AbortSignal): Promise<void> => {
    const { state, intervalMs } = this.#options;
    const origins = state.logs.enabled().map(({ origin }) => origin);
    const needed = origins.length / ((intervalMs / 1000) * SPREAD);
    // The first round is as fast as it may be: logs wait for it.
    const isFirst = origins.some((origin) => !this.hasLooked(origin));
    const perSecond = isFirst ? MAX_PER_SECOND : Math.min(MAX_PER_SECOND, Math.max(1, needed));
    await paced(origins, { atOnce: MAX_AT_ONCE, perSecond, signal }, async (origin) => {
      await this.#lookOnce(origin);
      return true;
    });
  };

  /** Ends what is being asked; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#running.values());
  }

  #lookOnce(origin: string): Promise<void> {
    const running = this.#running.get(origin);
    if (running !== undefined) return running;
    const looking = this.#lookAt(origin).finally(() => this.#running.delete(origin));
    this.#running.set(origin, looking);
    return looking;
  }

  async #lookAt(origin: string): Promise<void> {
    const { state } = this.#options;
    const log = state.logs.get(origin);
    if (log === undefined) return;
    const [isLogThere, peers] = await Promise.all([
      this.#askLog(log),
      Promise.all(this.#lists.map((_, peer) => this.#askPeer(log, peer))),
    ]);
    if (this.#stopping.signal.aborted) return;
    if (state.forgotten.mustAsk(origin)) {
      const isOnlyLog = isLogThere && peers.every((told) => told === 'silent');
      if (peers.includes('told') || isOnlyLog) state.forgotten.setAsked(origin);
      else this.#options.logger.warn({ origin }, 'nobody tells what was cosigned before the copy');
    }
    this.#lookedAtMs.set(origin, monotonicMs());
  }

  /** Whether the log told what it publishes. */
  async #askLog(log: WitnessedLog): Promise<boolean> {
    const prefix = tilesOf(log);
    if (prefix === undefined) return false;
    return await this.#ask(log, prefix, async (http) => {
      const url = `${prefix}/checkpoint`;
      const fetched = await this.#fetcher.get(url, { ...http, maxBytes: MAX_NOTE_BYTES });
      if (fetched.kind !== 'new') return;
      const note = decodeUtf8(fetched.body);
      this.#readOwn(log, note, prefix);
      this.#readPeers(log, note, prefix);
      fetched.accept();
    });
  }

  /** Whether the peer told what it saw of this witness. */
  async #askPeer(log: WitnessedLog, index: number): Promise<Told> {
    const { state, peers, cosigner } = this.#options;
    const { url } = peers[index]!;
    const list = await this.#lists[index]!();
    if (typeof list === 'string') return list;
    const seen = list.get(log.origin);
    const { size, root, timeSeconds, note } = state.log(log.origin);
    // Who never saw what was cosigned here follows other logs.
    if (seen === undefined) return note === undefined ? 'told' : 'silent';
    const isTree = seen.size === size && seen.root === encodeBase64(root);
    if ((seen.size < size || isTree) && seen.time <= timeSeconds) return 'told';
    let isShown = false;
    await this.#ask(log, url, async (http) => {
      const shown = await fetchSeenNote(url, cosigner.name, log.origin, http);
      if (shown !== undefined) isShown = this.#readOwn(log, shown, url);
    });
    return isShown ? 'told' : 'away';
  }

  async #listOf(url: string): Promise<SeenList | Exclude<Told, 'told'>> {
    const { cosigner, logger } = this.#options;
    try {
      return (await fetchSeenList(url, cosigner.name, this.#http())) ?? 'silent';
    } catch (error) {
      logger.debug({ url, err: error }, 'a peer does not tell what it saw of this witness');
      return 'away';
    }
  }

  /** False if the source is away, or what it says is nothing. */
  async #ask(
    { origin }: WitnessedLog,
    source: string,
    work: (http: HttpOptions) => Promise<void>,
  ): Promise<boolean> {
    try {
      await work(this.#http());
      return true;
    } catch (error) {
      if (this.#stopping.signal.aborted) return false;
      if (!(error instanceof RemoteError || error instanceof ProtocolError)) throw error;
      const reason = error.message;
      this.#options.logger.debug({ origin, source, reason }, 'a source of cosignatures is away');
      return false;
    }
  }

  /** Stops the log if this is a cosignature of ours that we do not remember. Whether it is ours. */
  #readOwn(log: WitnessedLog, note: string, source: string): boolean {
    const { state, cosigner, logger, now } = this.#options;
    const { origin } = log;
    const keys = [...cosigner.active, ...cosigner.retired.map(({ key }) => key)];
    const own = cosignedBy(note, log, keys);
    if (own === undefined) return false;
    const before = state.forgotten.get(origin);
    if (!state.sawOwn(origin, { ...own, source, foundAtMs: now() })) return true;
    if (before !== undefined && before.size >= own.size) return true;
    const { size, timeSeconds } = own;
    const fields = { origin, size, time: timeSeconds, source, remembered: state.log(origin).size };
    logger.error(fields, 'this witness has cosigned more than it remembers: it signs no more here');
    return true;
  }

  /** Other witnesses' cosignatures that the log shows; a line that does not verify shows nothing. */
  #readPeers(log: WitnessedLog, note: string, source: string): void {
    const { state, peers, logger, now } = this.#options;
    for (const { vkeys } of peers) {
      try {
        const shown = cosignedBy(note, log, vkeys);
        if (shown === undefined) continue;
        sayProven(logger, state.sawCosigned(log.origin, vkeys, source, shown, now()));
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    }
  }

  #http(): HttpOptions {
    const { timeoutMs } = this.#options;
    return { signal: this.#stopping.signal, timeoutMs, fetch: outboundFetch };
  }
}
