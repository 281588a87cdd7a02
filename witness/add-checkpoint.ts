/**
 * The one thing a witness does: cosign a checkpoint that is consistent with all it has cosigned.
 *
 * Between reading the state and the durable write there is no await, and the signatures are made
 * inside that transaction: they leave only after it has been committed.
 */
import type { Evidence } from '#protocol/evidence/evidence.ts';
import { evidenceId, proveSameSizeFork } from '#protocol/evidence/evidence.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { formatSignatureLine } from '#protocol/note/note.ts';
import type { Logger } from '#service/logging.ts';
import {
  cleanNote,
  isFork,
  judge,
  type OpenedRequest,
  openRequest,
  type Refusal,
} from './checks.ts';
import { type Cosigner, cosignatureTime } from './cosigner.ts';
import type { WitnessMetrics } from './metrics.ts';
import type { Decision, LogState, WitnessState } from './state.ts';

export type Answer =
  /** `lines`: the signature lines of this witness, one for each key. */
  | { readonly kind: 'cosigned'; readonly lines: string }
  /** `size`: the size last cosigned, the body of a 409. */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly size: number };

export interface AddCheckpointOptions {
  readonly state: WitnessState;
  readonly cosigner: Cosigner;
  readonly logs: readonly VerifierKey[];
  readonly metrics: WitnessMetrics;
  readonly logger: Logger;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** Answers one request body. Throws only what the storage throws; then nothing was cosigned. */
export function createAddCheckpoint(options: AddCheckpointOptions): (body: Uint8Array) => Answer {
  const { state, cosigner, metrics, logger, now } = options;
  const logs = new Map(options.logs.map((key) => [key.name, key]));
  return (body) => {
    const opened = openRequest(body, logs);
    const answer = opened.ok ? advance(opened.request) : refuse(opened.refusal, 0);
    const result = answer.kind === 'cosigned' ? answer.kind : answer.refusal.code;
    metrics.addCheckpoint.inc({ result });
    return answer;
  };

  function advance(request: OpenedRequest): Answer {
    const nowMs = now();
    const origin = request.logKey.name;
    let found: readonly Evidence[] = [];
    const answer = state.update(origin, nowMs, (current) => {
      const decision = decide(request, current, cosigner, nowMs);
      found = decision.evidence ?? [];
      return decision;
    });
    for (const evidence of found) {
      const id = evidenceId(evidence);
      logger.error({ origin, evidence: id }, 'the log contradicts itself: frozen');
    }
    return answer;
  }
}

function decide(
  request: OpenedRequest,
  current: LogState,
  cosigner: Cosigner,
  nowMs: number,
): Decision<Answer> {
  const refusal = judge(request, current);
  if (refusal !== undefined) {
    const evidence = proveFork(request, current);
    const [first] = evidence;
    const named = first === undefined ? refusal : { ...refusal, evidence: evidenceId(first) };
    return { answer: refuse(named, current.size), evidence };
  }
  const timeSeconds = cosignatureTime(nowMs, current.timeSeconds);
  const signatures = cosigner.cosign(request.text, timeSeconds);
  const { size, root } = request.checkpoint;
  return {
    answer: { kind: 'cosigned', lines: signatures.map(formatSignatureLine).join('') },
    advance: { size, root, timeSeconds, note: cleanNote(request, signatures) },
  };
}

/** Evidence against the log's key if the request makes it, unless the log is frozen already. */
function proveFork(request: OpenedRequest, current: LogState): readonly Evidence[] {
  if (current.frozenBy !== undefined || current.note === undefined) return [];
  if (!isFork(request, current)) return [];
  return proveSameSizeFork(current.note, cleanNote(request, []), [request.logKey]);
}

function refuse(refusal: Refusal, size: number): Answer {
  return { kind: 'refused', refusal, size };
}
