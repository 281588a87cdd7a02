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
import { proveCosignedBackwards } from '#protocol/evidence/evidence.ts';
import { type OpenedCheckpoint, openCheckpoint } from '#protocol/note/checkpoint.ts';
import { findCosignatures } from '#protocol/note/cosignature.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { formatNote } from '#protocol/note/note.ts';
import type { PeerConfig } from './config.ts';
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
  /** Owned by `check`, which never runs twice at a time: the last cosigned note of each log. */
  readonly #lastShown = new Map<string, string>();

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
    this.#checkBackwards(log.origin, cosignedNote(opened, peer.vkeys));
    return { result: learned };
  }

  /** A peer that shows a smaller tree, cosigned later than a larger one, has to explain itself. */
  #checkBackwards(origin: string, shown: string): void {
    const { peer, state, reporter, now } = this.#options;
    const before = this.#lastShown.get(origin);
    this.#lastShown.set(origin, shown);
    if (before === undefined || before === shown) return;
    const evidence = proveCosignedBackwards(before, shown, peer.vkeys);
    if (evidence.length > 0)
      sayProven(reporter.logger, state.recordEvidence(evidence, now(), peer.url));
  }
}

/** The note with its verified signatures only. Throws `ProtocolError` if the peer's is not on it. */
function cosignedNote(opened: OpenedCheckpoint, peerKeys: readonly VerifierKey[]): string {
  const cosignatures = findCosignatures(opened.note, peerKeys);
  if (cosignatures.length === 0) {
    throw new ProtocolError('untrusted', 'the peer shows a checkpoint that it has not cosigned');
  }
  const verified = [...opened.logSignatures, ...cosignatures];
  const signatures = verified.map(({ signature }) => signature);
  return formatNote({ text: opened.note.text, signatures });
}
