/**
 * What the loops that ask others have in common: failures of others become outcomes, outcomes are
 * counted, and spoken of when they change.
 */
import { type HttpOptions, RemoteError } from '#client/http.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { standingOf } from '#protocol/evidence/evidence.ts';
import type { EvidenceRecord } from '#service/evidence/evidence-record.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import type { WitnessMetrics } from './metrics.ts';
import type { PeerBook } from './peer-book.ts';
import type { Learned } from './state.ts';

/** What came of asking somebody. */
export interface Outcome {
  readonly result: Learned | 'bad-answer' | 'unreachable';
  readonly reason?: string;
}

export interface ReporterOptions {
  /** Who is asked. */
  readonly name: string;
  readonly metrics: WitnessMetrics;
  readonly peers: PeerBook;
  readonly logger: Logger;
  /** For each request. */
  readonly timeoutMs: number;
}

export class Reporter {
  readonly logger: Logger;
  readonly #options: ReporterOptions;
  /** Owned by `report`: the last result for each subject, of which there are a fixed number. */
  readonly #lastResults = new Map<string, Outcome['result']>();

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.logger = options.logger.child({ peer: options.name });
  }

  /** Does `work` and reports it under `subject`. Undefined when asked to stop meanwhile. */
  async attempt(
    subject: string,
    signal: AbortSignal,
    work: (http: HttpOptions) => Promise<Outcome>,
  ): Promise<Outcome | undefined> {
    const outcome = await this.#outcomeOf(signal, work);
    if (outcome !== undefined) this.#report(subject, outcome);
    return outcome;
  }

  async #outcomeOf(
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

  #report(subject: string, { result, reason }: Outcome): void {
    const before = this.#lastResults.get(subject);
    const { metrics, peers, name } = this.#options;
    metrics.crossChecks.inc({ peer: name, result });
    peers.note(name, subject, result, reason);
    // What is being compared was neither found good nor bad.
    if (result === before || result === 'owed') return;
    this.#lastResults.set(subject, result);
    const isTrouble = result === 'undecided' || result === 'bad-answer' || result === 'unreachable';
    const fields = { subject, result, before, reason };
    if (isTrouble) this.logger.warn(fields, 'the peer could not be compared with');
    else this.logger.info(fields, 'compared with the peer');
  }
}

/** Logs new evidence: a proof as an error, all else as a warning by its name. */
export function sayProven(logger: Logger, found: readonly EvidenceRecord[]): void {
  for (const { id, kind, statement } of found) {
    const fields = { evidence: id, kind, statement };
    switch (standingOf(kind)) {
      case 'proof':
        logger.error(fields, 'a contradiction is proven');
        break;
      case 'breach':
        logger.warn(fields, `${kind}: a log may have broken its rules`);
        break;
      case 'anomaly':
        logger.warn(fields, `${kind}: a clock may have stepped back`);
    }
  }
}
