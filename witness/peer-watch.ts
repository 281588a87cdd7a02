/**
 * Learns from one peer which trees the logs have signed elsewhere.
 *
 * Nothing that a peer says is believed. A checkpoint counts by the log's own signature, whatever the
 * peer did with it, and what it means is for the log to show (`comparer.ts`). So a peer that lies,
 * hangs or shows garbage can hold up nobody, and nobody is frozen but by evidence.
 */
import type { HttpOptions } from '#client/http.ts';
import { WitnessClient } from '#client/witness-client.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { openCheckpoint } from '#protocol/note/checkpoint.ts';
import { formatNote } from '#protocol/note/note.ts';
import type { PeerConfig } from './config.ts';
import { cosignedBy } from './guard/own-notes.ts';
import type { WitnessedLog } from './logs/witnessed-log.ts';
import { type Outcome, type Reporter, sayProven } from './report.ts';
import type { WitnessState } from './state.ts';

export interface PeerWatchOptions {
  readonly peer: PeerConfig;
  readonly state: WitnessState;
  readonly reporter: Reporter;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

export class PeerWatch {
  readonly #options: PeerWatchOptions;

  constructor(options: PeerWatchOptions) {
    this.#options = options;
  }

  /**
   * One round over all logs; false if the peer cannot be reached. Rejects only for failures of our
   * own, such as the storage's.
   */
  async check(signal: AbortSignal): Promise<boolean> {
    const { state, reporter } = this.#options;
    for (const log of state.logs.enabled()) {
      const work = (http: HttpOptions) => this.#checkLog(log, http);
      const outcome = await reporter.attempt(log.origin, signal, work);
      // Every other log of this peer would only run into the same timeout.
      if (outcome === undefined || outcome.result === 'unreachable') return false;
    }
    return true;
  }

  async #checkLog(log: WitnessedLog, http: HttpOptions): Promise<Outcome> {
    const { peer, state, reporter, now } = this.#options;
    const note = await new WitnessClient(peer.url, http).checkpoint(log.origin);
    if (note === undefined) return { result: 'nothing-yet' };
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
    return { result: learned };
  }
}
