/**
 * Learns from one peer which trees the logs have signed elsewhere.
 *
 * Nothing that a peer says is believed. A checkpoint counts by the log's own signature, whatever the
 * peer did with it, and what it means is for the log to show (`comparer.ts`). So a peer that lies,
 * hangs or shows garbage can hold up nobody, and nobody is frozen but by evidence.
 */
import type { HttpOptions } from '#client/http.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { openCheckpoint } from '#protocol/note/checkpoint.ts';
import { formatNote, MAX_NOTE_BYTES } from '#protocol/note/note.ts';
import { witnessCheckpointPath } from '#protocol/witness/add-checkpoint.ts';
import { paced } from '#service/pace.ts';
import type { PeerConfig } from './config.ts';
import { ChangeFetcher } from './fetch-changed.ts';
import { cosignedBy } from './guard/own-notes.ts';
import type { WitnessedLog } from './logs/witnessed-log.ts';
import { type Outcome, type Reporter, sayProven } from './report.ts';
import type { WitnessState } from './state.ts';

export interface PeerWatchOptions {
  readonly peer: PeerConfig;
  /** From the start of one round to the start of the next. */
  readonly intervalMs: number;
  readonly state: WitnessState;
  readonly reporter: Reporter;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** Logs that one peer is asked about at the same time. */
const MAX_AT_ONCE = 16;
/** Requests to one peer in a second: below what a witness takes from one client. */
const MAX_PER_SECOND = 150;
/** Share of the interval over which a round is spread. */
const SPREAD = 0.9;

export class PeerWatch {
  readonly #options: PeerWatchOptions;
  /** What has not changed is looked at again, and not fetched. */
  readonly #fetcher = new ChangeFetcher();

  constructor(options: PeerWatchOptions) {
    this.#options = options;
  }

  /**
   * One round over all logs; false if the peer cannot be reached. Rejects only for failures of our
   * own, such as the storage's.
   */
  async check(signal: AbortSignal): Promise<boolean> {
    const { state, reporter, intervalMs } = this.#options;
    const logs = state.logs.enabled();
    const needed = logs.length / ((intervalMs / 1000) * SPREAD);
    const perSecond = Math.min(MAX_PER_SECOND, Math.max(1, needed));
    let isReached = true;
    await paced(logs, { atOnce: MAX_AT_ONCE, perSecond, signal }, async (log) => {
      const work = (http: HttpOptions) => this.#checkLog(log, http);
      const outcome = await reporter.attempt(log.origin, signal, work);
      // Every other log of this peer would only run into the same timeout.
      if (outcome === undefined || outcome.result === 'unreachable') isReached = false;
      return isReached;
    });
    return isReached;
  }

  async #checkLog(log: WitnessedLog, http: HttpOptions): Promise<Outcome> {
    const { peer, state, reporter, now } = this.#options;
    const url = `${peer.url}/${witnessCheckpointPath(log.origin)}`;
    const fetched = await this.#fetcher.get(url, { ...http, maxBytes: MAX_NOTE_BYTES });
    const note =
      fetched.kind === 'new'
        ? decodeUtf8(fetched.body)
        : state.shown.newest(peer.vkeys[0]!.name, log.origin)?.note;
    if (fetched.kind === 'none' || note === undefined) return { result: 'nothing-yet' };
    const opened = openCheckpoint(note, log);
    const { size, root } = opened.checkpoint;
    const signatures = opened.logSignatures.map(({ signature }) => signature);
    const logNote = formatNote({ text: opened.note.text, signatures });
    const tree = { size, root, note: logNote };
    const { learned, found } = state.learn(log.origin, peer.url, tree, now());
    sayProven(reporter.logger, found);
    const shown = cosignedBy(note, log, peer.vkeys);
    if (shown === undefined) {
      throw new ProtocolError('untrusted', 'the peer shows a checkpoint that it has not cosigned');
    }
    sayProven(reporter.logger, state.sawCosigned(log.origin, peer.vkeys, peer.url, shown, now()));
    if (fetched.kind === 'new') fetched.accept();
    return { result: learned };
  }
}
