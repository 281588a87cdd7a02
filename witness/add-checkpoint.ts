/**
 * The one thing a witness does: cosign a checkpoint that is consistent with all it has cosigned, and
 * with all that it knows the log to have signed.
 *
 * Between reading the state and the durable write there is no await, and the signatures are made
 * inside that transaction: they leave only after it has been committed.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { evidenceId } from '#protocol/evidence/evidence.ts';
import { verifyConsistency } from '#protocol/merkle/proof.ts';
import { logOf } from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { formatSignatureLine } from '#protocol/note/note.ts';
import type { Logger } from '#service/logging.ts';
import {
  cleanNote,
  judge,
  type OpenedRequest,
  openRequest,
  otherRoot,
  type Refusal,
} from './checks.ts';
import type { Owed, SignedTree } from './comparison-table.ts';
import { type Cosigner, cosignatureTime } from './cosigner.ts';
import type { WitnessMetrics } from './metrics.ts';
import type { Decision, LogMemory, LogState, WitnessState } from './state.ts';

/** Where a checkpoint came from that was offered and not cosigned. */
const SOURCE = 'add-checkpoint';

export type Answer =
  /** `lines`: the signature lines of this witness, one for each key. */
  | { readonly kind: 'cosigned'; readonly lines: string }
  /** `size`: the size last cosigned, the body of a 409. */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly size: number };

export interface AddCheckpointOptions {
  readonly state: WitnessState;
  readonly cosigner: Cosigner;
  readonly logs: readonly WitnessedLog[];
  /** How long a log may owe a comparison before it is no longer cosigned. */
  readonly patienceMs: number;
  readonly metrics: WitnessMetrics;
  readonly logger: Logger;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

export interface WitnessedLog {
  readonly vkey: VerifierKey;
  /** Where its tiles are, if it can be asked for them. */
  readonly url?: string | undefined;
}

/** Answers one request body. Throws only what the storage throws; then nothing was cosigned. */
export function createAddCheckpoint(options: AddCheckpointOptions): (body: Uint8Array) => Answer {
  const { state, cosigner, metrics, logger, now, patienceMs } = options;
  const logs = new Map(options.logs.map(({ vkey }) => [vkey.name, logOf(vkey)]));
  const asked = new Set(options.logs.filter(({ url }) => url).map(({ vkey }) => vkey.name));
  return (body) => {
    const opened = openRequest(body, logs);
    const answer = opened.ok ? advance(opened.request) : refuse(opened.refusal, 0);
    const result = answer.kind === 'cosigned' ? answer.kind : answer.refusal.code;
    metrics.addCheckpoint.inc({ result });
    return answer;
  };

  function advance(request: OpenedRequest): Answer {
    const nowMs = now();
    const origin = request.log.origin;
    const rules = { cosigner, nowMs, patienceMs, isAsked: asked.has(origin) };
    let found: string[] = [];
    const answer = state.update(origin, nowMs, (current, memory) => {
      const decision = decide(request, current, memory, rules);
      found = (decision.evidence ?? []).map(evidenceId);
      return decision;
    });
    for (const id of found) {
      logger.error({ origin, evidence: id }, 'the log contradicts itself: frozen');
    }
    return answer;
  }
}

interface Rules {
  readonly cosigner: Cosigner;
  readonly nowMs: number;
  readonly patienceMs: number;
  /** Whether the log can be asked for tiles. */
  readonly isAsked: boolean;
}

function decide(
  request: OpenedRequest,
  current: LogState,
  memory: LogMemory,
  rules: Rules,
): Decision<Answer> {
  const tree = treeOf(request);
  const evidence = current.frozenBy === undefined ? memory.forksWith(tree) : [];
  const [first] = evidence;
  if (first !== undefined) {
    const refusal = judge(request, current) ?? otherRoot(tree.size);
    return {
      answer: refuse({ ...refusal, evidence: evidenceId(first) }, current.size),
      evidence,
    };
  }
  const refusal = judge(request, current);
  if (refusal?.code === 'log-frozen') return { answer: refuse(refusal, current.size) };
  if (refusal !== undefined) {
    // What only a stranger may have repeated must not block a log that nobody can ask for tiles.
    return {
      answer: refuse(refusal, current.size),
      beginnings: provenBeginnings(request, current, memory.owed()),
      ...(rules.isAsked ? { learn: { source: SOURCE, tree } } : {}),
    };
  }
  const overdue = memory
    .owed()
    .find((owed) => owed.waitedMs >= rules.patienceMs && !isSameTree(owed, tree));
  if (overdue !== undefined) {
    return { answer: refuse(comparisonOwed(overdue), current.size), extensions: [tree] };
  }
  return cosign(request, current, rules);
}

function cosign(
  request: OpenedRequest,
  current: LogState,
  { cosigner, nowMs }: Rules,
): Decision<Answer> {
  const timeSeconds = cosignatureTime(nowMs, current.timeSeconds);
  const signatures = cosigner.cosign(request.text, timeSeconds);
  const { size, root } = request.checkpoint;
  const note = cleanNote(request, signatures);
  return {
    answer: { kind: 'cosigned', lines: signatures.map(formatSignatureLine).join('') },
    advance: { size, root, timeSeconds, note, logNote: cleanNote(request) },
  };
}

/**
 * What a request shows although it is refused: its proof leads from an owed checkpoint to the tree
 * last cosigned. So a log may pay what it owes without tiles.
 */
function provenBeginnings(
  { oldSize, proof, checkpoint }: OpenedRequest,
  current: LogState,
  owed: readonly Owed[],
): SignedTree[] {
  const { size, root } = checkpoint;
  if (size !== current.size || oldSize > size || !equalBytes(root, current.root)) return [];
  return owed.filter(
    (tree) => tree.size === oldSize && verifyConsistency(oldSize, tree.root, size, root, proof),
  );
}

function comparisonOwed(owed: Owed): Refusal {
  const detail =
    `the log has signed a checkpoint of size ${owed.size} and does not show that it is of the ` +
    'tree cosigned here';
  return { status: 503, code: 'comparison-owed', detail, owed };
}

function treeOf(request: OpenedRequest): SignedTree {
  const { size, root } = request.checkpoint;
  return { size, root, note: cleanNote(request) };
}

function isSameTree(a: SignedTree, b: SignedTree): boolean {
  return a.size === b.size && equalBytes(a.root, b.root);
}

function refuse(refusal: Refusal, size: number): Answer {
  return { kind: 'refused', refusal, size };
}
