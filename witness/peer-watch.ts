/**
 * Compares this witness with one peer: both must have cosigned one and the same tree of every log.
 *
 * Nothing that a peer or a log says is believed. A peer's checkpoint counts once the log and the
 * peer have signed it, and only evidence that proves itself freezes a log, so neither a lying peer
 * nor a state that moves on meanwhile can freeze an honest one.
 */
import { type Comparison, compareCheckpoints, type SignedCheckpoint } from '#client/compare.ts';
import { type HttpOptions, RemoteError } from '#client/http.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { WitnessClient } from '#client/witness-client.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { type Evidence, proveCosignedBackwards } from '#protocol/evidence/evidence.ts';
import { openCheckpoint } from '#protocol/note/checkpoint.ts';
import { findCosignatures } from '#protocol/note/cosignature.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { formatNote } from '#protocol/note/note.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import type { LogConfig, PeerConfig } from './config.ts';
import type { WitnessMetrics } from './metrics.ts';
import { fetchEvidence } from './peer-evidence.ts';
import type { WitnessState } from './state.ts';

export interface PeerWatchOptions {
  readonly peer: PeerConfig;
  readonly logs: readonly LogConfig[];
  readonly state: WitnessState;
  readonly metrics: WitnessMetrics;
  readonly logger: Logger;
  /** For each request to the peer or to a log. */
  readonly timeoutMs: number;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** What came of one comparison. */
interface Outcome {
  readonly result:
    | 'consistent'
    | 'contradiction'
    | 'undecided' // the tiles that would tell were not to be had
    | 'nothing-yet' // one of the two has not cosigned this log, or the peer has no evidence
    | 'frozen' // no longer compared
    | 'bad-answer'
    | 'unreachable';
  readonly reason?: string;
}

export class PeerWatch {
  readonly #options: PeerWatchOptions;
  readonly #name: string;
  readonly #logger: Logger;
  // Owned by `check`, which never runs twice at a time; at most one item for each log.
  readonly #lastResults = new Map<string, Outcome['result']>();
  readonly #lastShown = new Map<string, SignedCheckpoint>();
  /** The pair of notes that was last found consistent, for each log: not compared again. */
  readonly #consistent = new Map<string, string>();

  constructor(options: PeerWatchOptions) {
    this.#options = options;
    this.#name = options.peer.name ?? options.peer.vkeys[0]!.name;
    this.#logger = options.logger.child({ peer: this.#name });
  }

  /** One round over all logs. Rejects only for failures of our own, such as the storage's. */
  async check(signal: AbortSignal): Promise<void> {
    for (const log of this.#options.logs) {
      const outcome = await this.#attempt(signal, (http) => this.#checkLog(log, http));
      if (outcome === undefined) return;
      this.#report(log.vkey.name, outcome);
      // Every other log of this peer would only run into the same timeout.
      if (outcome.result === 'unreachable') return;
    }
    const outcome = await this.#attempt(signal, (http) => this.#adoptEvidence(http));
    if (outcome !== undefined) this.#report('evidence list', outcome);
  }

  /** Result of `work`, with the failures of others as outcomes. Undefined when asked to stop. */
  async #attempt(
    signal: AbortSignal,
    work: (http: HttpOptions) => Promise<Outcome>,
  ): Promise<Outcome | undefined> {
    try {
      return await work({ signal, timeoutMs: this.#options.timeoutMs, fetch: outboundFetch });
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof ProtocolError) return { result: 'bad-answer', reason: error.message };
      if (!(error instanceof RemoteError)) throw error;
      const isAway = error.kind === 'unreachable' || error.kind === 'timeout';
      return { result: isAway ? 'unreachable' : 'bad-answer', reason: error.message };
    }
  }

  async #checkLog(log: LogConfig, http: HttpOptions): Promise<Outcome> {
    const { peer, state } = this.#options;
    const origin = log.vkey.name;
    const note = await new WitnessClient(peer.url, http).checkpoint(origin);
    if (note === undefined) return { result: 'nothing-yet' };
    const shown = openShown(note, log.vkey, peer.vkeys);
    this.#checkBackwards(origin, shown);
    const current = state.log(origin);
    if (current.frozenBy !== undefined) return { result: 'frozen' };
    if (current.note === undefined) return { result: 'nothing-yet' };
    const { checkpoint } = openCheckpoint(current.note, log.vkey);
    return await this.#compare(log, { checkpoint, note: current.note }, shown, http);
  }

  async #compare(
    log: LogConfig,
    own: SignedCheckpoint,
    shown: SignedCheckpoint,
    http: HttpOptions,
  ): Promise<Outcome> {
    const origin = log.vkey.name;
    const pair = own.note + shown.note;
    if (this.#consistent.get(origin) === pair) return { result: 'consistent' };
    const keys = [log.vkey, ...this.#options.peer.vkeys];
    const comparison: Comparison = await compareCheckpoints(own, shown, tilesOf(log, http), keys);
    if (comparison.kind === 'consistent') this.#consistent.set(origin, pair);
    if (comparison.kind === 'contradiction') this.#record(comparison.evidence);
    return comparison.kind === 'undecided'
      ? { result: 'undecided', reason: comparison.reason }
      : { result: comparison.kind };
  }

  /** A peer that shows a smaller tree, cosigned later than a larger one, convicts itself. */
  #checkBackwards(origin: string, shown: SignedCheckpoint): void {
    const before = this.#lastShown.get(origin);
    this.#lastShown.set(origin, shown);
    if (before === undefined || before.note === shown.note) return;
    this.#record(proveCosignedBackwards(before.note, shown.note, this.#options.peer.vkeys));
  }

  async #adoptEvidence(http: HttpOptions): Promise<Outcome> {
    const { logs, state, peer } = this.#options;
    const open = logs.map(({ vkey }) => vkey).filter(({ name }) => !state.log(name).frozenBy);
    const evidence = open.length === 0 ? [] : await fetchEvidence(peer.url, open, http);
    this.#record(evidence);
    return { result: evidence.length === 0 ? 'nothing-yet' : 'contradiction' };
  }

  #record(evidence: readonly Evidence[]): void {
    const { state, now } = this.#options;
    if (evidence.length === 0) return;
    for (const { id, statement } of state.recordEvidence(evidence, now())) {
      this.#logger.error({ evidence: id, statement }, 'a contradiction is proven');
    }
  }

  /** Counts every outcome, and speaks of it when it is another one than the last time. */
  #report(subject: string, { result, reason }: Outcome): void {
    const before = this.#lastResults.get(subject);
    this.#lastResults.set(subject, result);
    this.#options.metrics.crossChecks.inc({ peer: this.#name, result });
    if (result === before) return;
    const isTrouble = result === 'undecided' || result === 'bad-answer' || result === 'unreachable';
    const fields = { subject, result, before, reason };
    if (isTrouble) this.#logger.warn(fields, 'the peer could not be compared with');
    else this.#logger.info(fields, 'compared with the peer');
  }
}

/**
 * A peer's checkpoint with its verified signatures only. Throws `ProtocolError` unless the log and
 * at least one of the peer's keys have signed it.
 */
function openShown(
  note: string,
  logKey: VerifierKey,
  peerKeys: readonly VerifierKey[],
): SignedCheckpoint {
  const opened = openCheckpoint(note, logKey);
  const cosignatures = findCosignatures(opened.note, peerKeys);
  if (cosignatures.length === 0) {
    throw new ProtocolError('untrusted', 'the peer shows a checkpoint that it has not cosigned');
  }
  const signatures = [opened.logSignature, ...cosignatures.map(({ signature }) => signature)];
  const verified = formatNote({ text: opened.note.text, signatures });
  return { checkpoint: opened.checkpoint, note: verified };
}

function tilesOf({ url, vkey }: LogConfig, http: HttpOptions): HttpTileSource {
  if (url === undefined) throw new RangeError(`no URL is configured for the log ${vkey.name}`);
  return new HttpTileSource(url, http);
}
