/**
 * The one thing a witness does: cosign a checkpoint that is consistent with all it has cosigned, and
 * with all that it knows the log to have signed.
 *
 * Decide, sign, decide again and store, answer. Signing may take long, as a key may be kept by an
 * agent, so it is done before the transaction, once nothing is found against the checkpoint. The
 * transaction, which requests of other logs share, decides anew on what is known then, and stores the
 * tree with its cosignatures in the same stroke. A signature leaves only after that has been committed,
 * and is dropped if it was not. Requests of one log wait for one another meanwhile, so no signature is
 * ever made for a tree that another request has just ruled out.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { evidenceId } from '#protocol/evidence/evidence.ts';
import { verifyConsistency } from '#protocol/merkle/proof.ts';
import { formatSignatureLine, type NoteSignature } from '#protocol/note/note.ts';
import type { Logger } from '#service/logging.ts';
import { sleep } from '#service/schedule.ts';
import {
  cleanNote,
  judge,
  NOT_FOLLOWED,
  type OpenedRequest,
  openRequest,
  otherRoot,
  type Refusal,
} from './checks.ts';
import type { Owed, SignedTree } from './comparison-table.ts';
import { type Cosigner, cosignatureTime } from './cosigner.ts';
import type { Forgotten } from './forgotten-table.ts';
import type { RollbackGuard } from './guard/guard.ts';
import { LineByLog } from './line-by-log.ts';
import { LogRates } from './logs/rate.ts';
import { tilesOf } from './logs/witnessed-log.ts';
import type { WitnessMetrics } from './metrics.ts';
import { SigningError } from './signer.ts';
import type { Decision, LogMemory, LogState, WitnessState } from './state.ts';

/** Where a checkpoint came from that was offered and not cosigned. */
const SOURCE = 'add-checkpoint';

export type Answer =
  /** `lines`: the signature lines of this witness, one for each key. */
  { readonly kind: 'cosigned'; readonly lines: string } | Refused;

interface Refused {
  readonly kind: 'refused';
  readonly refusal: Refusal;
  /** The size last cosigned, the body of a 409. */
  readonly size: number;
}

export interface AddCheckpointOptions {
  readonly state: WitnessState;
  readonly cosigner: Cosigner;
  readonly guard: Pick<RollbackGuard, 'hasLooked' | 'look'>;
  /** How long a log may owe a comparison before it is no longer cosigned. */
  readonly patienceMs: number;
  readonly metrics: WitnessMetrics;
  readonly logger: Logger;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** How long a request waits for the look after a start. */
const MAX_LOOK_MS = 2000;
/** Times that signing is begun again because a key was retired meanwhile. */
const MAX_SIGNINGS = 3;

/** What the checks come to: an answer, or that nothing is against a cosignature at this time. */
type Verdict = Answer | ToSign | ToLook;

interface ToSign {
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
interface Signed {
  readonly lines: readonly NoteSignature[];
  readonly timeSeconds: number;
}

/** In a word, what the answer is: `cosigned`, or the code of the refusal. */
export function resultOf(answer: Answer): string {
  return answer.kind === 'cosigned' ? answer.kind : answer.refusal.code;
}

/** Answers one request body. Rejects only with what the storage throws; then nothing was cosigned. */
export function createAddCheckpoint(
  options: AddCheckpointOptions,
): (body: Uint8Array) => Promise<Answer> {
  const { state, cosigner, guard, metrics, logger, now, patienceMs } = options;
  const line = new LineByLog();
  const rates = new LogRates();
  return async (body) => {
    const opened = openRequest(body, state.logs);
    const answer = opened.ok ? await inLine(opened.request) : refuse(opened.refusal, 0);
    const origin = opened.ok ? opened.request.checkpoint.origin : undefined;
    metrics.answered(resultOf(answer), origin);
    return answer;
  };

  async function inLine(request: OpenedRequest): Promise<Answer> {
    const advanced = line.run(request.checkpoint.origin, () => advance(request));
    return (await advanced) ?? refuse(BUSY, 0);
  }

  async function advance(request: OpenedRequest): Promise<Answer> {
    for (let signings = 0; signings < MAX_SIGNINGS; signings++) {
      const verdict = await lookFirst(request);
      const made = verdict.kind === 'to-sign' ? await sign(request, verdict, signings) : undefined;
      if (made !== undefined && 'refusal' in made) return made;
      const stored = await store(request, made);
      if (stored.kind === 'to-look') return refuse(stored.refusal, stored.size);
      if (stored.kind !== 'to-sign') return stored;
    }
    return refuse(CANNOT_SIGN, 0);
  }

  /** Seconds until the log may be cosigned again; undefined if it may now, which is then counted. */
  function rateOf({ checkpoint }: OpenedRequest, grows: boolean): number | undefined {
    const log = state.logs.get(checkpoint.origin);
    return log && rates.take(log, grows);
  }

  /** Waits a little for the look, so that whoever comes right after a start need not come again. */
  async function lookFirst(request: OpenedRequest): Promise<Verdict> {
    const first = preview(request);
    if (first.kind !== 'to-look') return first;
    const waiting = new AbortController();
    const looked = guard.look(request.checkpoint.origin);
    await Promise.race([looked, sleep(MAX_LOOK_MS, waiting.signal)]);
    waiting.abort();
    return preview(request);
  }

  /** The signatures, or why there are none. */
  async function sign(
    request: OpenedRequest,
    { timeSeconds, grows }: ToSign,
    signings: number,
  ): Promise<Signed | Refused> {
    const waitSeconds = signings === 0 ? rateOf(request, grows) : undefined;
    if (waitSeconds !== undefined) return refuse(tooMany(waitSeconds), 0);
    try {
      return { lines: await cosigner.cosign(request.text, timeSeconds), timeSeconds };
    } catch (error) {
      if (!(error instanceof SigningError)) throw error;
      logger.error({ origin: request.checkpoint.origin, reason: error.message }, 'cannot sign');
      return refuse(CANNOT_SIGN, 0);
    }
  }

  /** What the checks come to now. Nothing is stored. */
  function preview(request: OpenedRequest): Verdict {
    return state.preview(request.checkpoint.origin, (current, memory) =>
      decideNow(request, current, memory, now()),
    );
  }

  /** Decides anew and stores what comes of it, in one transaction with others that do. */
  async function store(request: OpenedRequest, made: Signed | undefined): Promise<Verdict> {
    const { origin } = request.checkpoint;
    const nowMs = now();
    let found: string[] = [];
    const verdict = await state.updateTogether(origin, nowMs, (current, memory) => {
      const decision = decideNow(request, current, memory, nowMs, made);
      found = (decision.evidence ?? []).map(evidenceId);
      return decision;
    });
    for (const id of found) {
      logger.error({ origin, evidence: id }, 'the log contradicts itself: frozen');
    }
    return verdict;
  }

  function decideNow(
    request: OpenedRequest,
    current: LogState,
    memory: LogMemory,
    nowMs: number,
    made?: Signed,
  ): Decision<Verdict> {
    const { origin } = request.checkpoint;
    const log = state.logs.get(origin);
    if (log === undefined) return { answer: refuse(NOT_FOLLOWED, 0) };
    // What a key has signed that was retired since does not leave.
    const valid = made !== undefined && cosigner.isActive(made.lines) ? made : undefined;
    const hasLooked = guard.hasLooked(origin);
    const isAsked = tilesOf(log) !== undefined;
    const rules = { made: valid, nowMs, patienceMs, hasLooked, isAsked };
    return decide(request, current, memory, rules);
  }
}

interface Rules {
  /** Signatures that were made after an earlier decision. */
  readonly made: Signed | undefined;
  readonly nowMs: number;
  readonly patienceMs: number;
  /** Whether it was looked for what was cosigned before the start. */
  readonly hasLooked: boolean;
  /** Whether the log can be asked for tiles. */
  readonly isAsked: boolean;
}

function decide(
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

/** Cosigned, if the signatures are there and of a time that has not passed; else they are to be made. */
function cosign(
  request: OpenedRequest,
  current: LogState,
  { made, nowMs }: Rules,
): Decision<Verdict> {
  if (made === undefined || made.timeSeconds < current.timeSeconds) {
    const timeSeconds = cosignatureTime(nowMs, current.timeSeconds);
    const grows = current.note === undefined || request.checkpoint.size > current.size;
    return { answer: { kind: 'to-sign', timeSeconds, grows } };
  }
  const { lines, timeSeconds } = made;
  const { size, root } = request.checkpoint;
  const note = cleanNote(request, lines);
  return {
    answer: { kind: 'cosigned', lines: lines.map(formatSignatureLine).join('') },
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

function tooMany(retryAfterSeconds: number): Refusal {
  const detail = 'this log has been cosigned as often as was agreed';
  return { status: 429, code: 'rate-limited', detail, retryAfterSeconds };
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

const CANNOT_SIGN: Refusal = {
  status: 503,
  code: 'cannot-sign',
  detail: 'a key of the witness cannot sign at the moment',
};

const BUSY: Refusal = {
  status: 503,
  code: 'busy',
  detail: 'too many checkpoints of this log are waiting to be cosigned',
};

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

function refuse(refusal: Refusal, size: number): Refused {
  return { kind: 'refused', refusal, size };
}
