/**
 * What is decided on a checkpoint that is offered, beyond the checks of the request itself: refused,
 * to be signed, or cosigned with what was signed; and what is remembered of it in each case.
 *
 * Pure functions of the request, of what is known of the log, and of the time.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { evidenceId } from '#protocol/evidence/evidence.ts';
import { verifyConsistency } from '#protocol/merkle/proof.ts';
import { formatSignatureLine, type NoteSignature } from '#protocol/note/note.ts';
import { judge, type OpenedRequest, otherRoot, type Refusal } from './checks.ts';
import type { Owed, SignedTree } from './comparison-table.ts';
import { cosignatureTime } from './cosigner.ts';
import type { Decision, LogMemory } from './decision.ts';
import type { Forgotten } from './forgotten-table.ts';
import type { LogState } from './tree-table.ts';

/** Where a checkpoint came from that was offered and not cosigned. */
const SOURCE = 'add-checkpoint';

export type Answer =
  /** `lines`: the signature lines of this witness, one for each key. */
  { readonly kind: 'cosigned'; readonly lines: string } | Refused;

export interface Refused {
  readonly kind: 'refused';
  readonly refusal: Refusal;
  /** The size last cosigned, the body of a 409. */
  readonly size: number;
}

/** What the checks come to: an answer, or that nothing is against a cosignature at this time. */
export type Verdict = Answer | ToSign | ToLook;

export interface ToSign {
  readonly kind: 'to-sign';
  readonly timeSeconds: number;
  /** Whether it is another tree than the last one. */
  readonly grows: boolean;
}

/** Not before it is known what was cosigned; else this is the answer. */
interface ToLook {
  readonly kind: 'to-look';
  readonly refusal: Refusal;
  readonly size: number;
}

/** What was signed, to be stored with the tree. */
export interface Signed {
  readonly lines: readonly NoteSignature[];
  readonly timeSeconds: number;
}

/** What a verdict depends on beside the log. */
export interface Rules {
  /** Signatures that were made after an earlier decision. */
  readonly made: Signed | undefined;
  /** Signs at once, or says why not now; undefined if the keys take a while. */
  readonly signAtOnce: (toSign: ToSign) => Signed | Refused | undefined;
  readonly nowMs: number;
  readonly patienceMs: number;
  /** Whether it was looked for what was cosigned before the start. */
  readonly hasLooked: boolean;
  /** Whether the log can be asked for tiles. */
  readonly isAsked: boolean;
}

/** The verdict on a request, and what is to be stored with it. */
export function decide(
  request: OpenedRequest,
  current: LogState,
  memory: LogMemory,
  rules: Rules,
): Decision<Verdict> {
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
  const unknown = unknownPast(memory.forgotten(), rules.hasLooked);
  if (unknown !== undefined) {
    return { answer: { kind: 'to-look', refusal: unknown, size: current.size } };
  }
  const overdue = memory
    .owed()
    .find((owed) => owed.waitedMs >= rules.patienceMs && !isSameTree(owed, tree));
  if (overdue !== undefined) {
    return { answer: refuse(comparisonOwed(overdue), current.size), extensions: [tree] };
  }
  return cosign(request, current, rules);
}

/** Cosigned, if the signatures are there or made at once; else they are to be made. */
function cosign(request: OpenedRequest, current: LogState, rules: Rules): Decision<Verdict> {
  const signed = signaturesFor(request, current, rules);
  if ('kind' in signed) return { answer: signed };
  const { timeSeconds } = signed;
  const { size, root } = request.checkpoint;
  const lines = signed.lines.map(formatSignatureLine).join('');
  return {
    answer: { kind: 'cosigned', lines },
    advance: {
      size,
      root,
      timeSeconds,
      note: `${request.logNote}${lines}`,
      logNote: request.logNote,
    },
  };
}

/** Those that were made, unless their time has passed, or made at once. */
function signaturesFor(
  request: OpenedRequest,
  current: LogState,
  { made, nowMs, signAtOnce }: Rules,
): Signed | Refused | ToSign {
  if (made !== undefined && made.timeSeconds >= current.timeSeconds) return made;
  const timeSeconds = cosignatureTime(nowMs, current.timeSeconds);
  const grows = current.note === undefined || request.checkpoint.size > current.size;
  const toSign: ToSign = { kind: 'to-sign', timeSeconds, grows };
  return signAtOnce(toSign) ?? toSign;
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
  if (size !== current.size || !equalBytes(root, current.root)) return [];
  return owed.filter(
    (tree) => tree.size === oldSize && verifyConsistency(oldSize, tree.root, size, root, proof),
  );
}

/** Why nothing is signed as long as it is not known what was signed before. */
function unknownPast(
  forgotten: Forgotten | 'not-asked' | undefined,
  hasLooked: boolean,
): Refusal | undefined {
  if (typeof forgotten === 'object') {
    const detail =
      `this witness has cosigned a tree of size ${forgotten.size} that it does not remember, as ` +
      'if its database was set back; its operator has to catch up';
    return { status: 503, code: 'rolled-back', detail };
  }
  if (forgotten === 'not-asked') {
    const detail =
      'the database is a copy, and nobody has told yet what was cosigned after it was made';
    return { status: 503, code: 'restored', detail };
  }
  if (hasLooked) return undefined;
  const detail = 'what was cosigned before the start is still being looked for';
  return { status: 503, code: 'looking', detail };
}

function comparisonOwed(owed: Owed): Refusal {
  const detail =
    `the log has signed a checkpoint of size ${owed.size} and does not show that it is of the ` +
    'tree cosigned here';
  return { status: 503, code: 'comparison-owed', detail, owed };
}

function treeOf({ checkpoint: { size, root }, logNote }: OpenedRequest): SignedTree {
  return { size, root, note: logNote };
}

function isSameTree(a: SignedTree, b: SignedTree): boolean {
  return a.size === b.size && equalBytes(a.root, b.root);
}

export function refuse(refusal: Refusal, size: number): Refused {
  return { kind: 'refused', refusal, size };
}
