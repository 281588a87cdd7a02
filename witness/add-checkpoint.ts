/**
 * The one thing a witness does: cosign a checkpoint that is consistent with all it has cosigned, and
 * with all that it knows the log to have signed.
 *
 * Decide, sign, store, answer. The transaction, which requests of other logs share, decides, signs and
 * stores the tree with its cosignatures in the same stroke. A signature leaves only after that has been
 * committed, and is dropped if it was not. Where a key takes long to sign, as one that is kept by an agent,
 * that is done before the transaction, once nothing is found against the checkpoint; the transaction then
 * decides anew on what is known by then. Requests of one log wait for one another meanwhile, so no signature
 * is ever made for a tree that another request has just ruled out.
 */
import { evidenceId } from '#protocol/evidence/evidence.ts';
import type { Logger } from '#service/logging.ts';
import { sleep } from '#service/schedule.ts';
import {
  NOT_FOLLOWED,
  type OpenedRequest,
  openRequest,
  type Refusal,
  UNTRUSTED,
} from './checks.ts';
import type { Cosigner } from './cosigner.ts';
import type { Decision, LogMemory } from './decision.ts';
import type { RollbackGuard } from './guard/guard.ts';
import { LineByLog } from './line-by-log.ts';
import { LogRates } from './logs/rate.ts';
import { tilesOf } from './logs/witnessed-log.ts';
import type { WitnessMetrics } from './metrics.ts';
import { SigningError } from './signer.ts';
import type { WitnessState } from './state.ts';
import type { LogState } from './tree-table.ts';
import {
  type Answer,
  decide,
  type Refused,
  type Rules,
  refuse,
  type Signed,
  type ToSign,
  type Verdict,
} from './verdict.ts';

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
    let hasLooked = false;
    let signings = 0;
    while (signings < MAX_SIGNINGS) {
      const verdict = cosigner.isQuick
        ? await store(request, undefined)
        : await signAndStore(request, signings);
      if (verdict.kind === 'to-sign') {
        signings += 1;
      } else if (verdict.kind === 'to-look') {
        if (hasLooked) return refuse(verdict.refusal, verdict.size);
        await lookFor(request.checkpoint.origin);
        hasLooked = true;
      } else {
        return verdict;
      }
    }
    return refuse(CANNOT_SIGN, 0);
  }

  /** Waits a little for the look, so that whoever comes right after a start need not come again. */
  async function lookFor(origin: string): Promise<void> {
    const waiting = new AbortController();
    await Promise.race([guard.look(origin), sleep(MAX_LOOK_MS, waiting.signal)]);
    waiting.abort();
  }

  /** With keys that take a while. */
  async function signAndStore(request: OpenedRequest, signings: number): Promise<Verdict> {
    const first = preview(request);
    if (first.kind === 'to-look') return first;
    const leave = state.announceUpdate();
    try {
      const made = first.kind === 'to-sign' ? await sign(request, first, signings) : undefined;
      return made !== undefined && 'refusal' in made ? made : await store(request, made);
    } finally {
      leave();
    }
  }

  /** Why the log may not be cosigned now; undefined if it may, which is then counted. */
  function overRate({ checkpoint }: OpenedRequest, { grows }: ToSign): Refused | undefined {
    const log = state.logs.get(checkpoint.origin);
    const waitSeconds = log && rates.take(log, grows);
    return waitSeconds === undefined ? undefined : refuse(tooMany(waitSeconds), 0);
  }

  /** The signatures, or why there are none. */
  async function sign(
    request: OpenedRequest,
    toSign: ToSign,
    signings: number,
  ): Promise<Signed | Refused> {
    const refused = signings === 0 ? overRate(request, toSign) : undefined;
    if (refused !== undefined) return refused;
    const { timeSeconds } = toSign;
    try {
      return { lines: await cosigner.cosign(request, timeSeconds), timeSeconds };
    } catch (error) {
      if (!(error instanceof SigningError)) throw error;
      logger.error({ origin: request.checkpoint.origin, reason: error.message }, 'cannot sign');
      return refuse(CANNOT_SIGN, 0);
    }
  }

  /** The same in a transaction. Undefined if a key has to be waited for. */
  function signAtOnce(request: OpenedRequest, toSign: ToSign): Signed | Refused | undefined {
    if (!cosigner.isQuick) return undefined;
    const refused = overRate(request, toSign);
    if (refused !== undefined) return refused;
    const { timeSeconds } = toSign;
    return { lines: cosigner.cosignAtOnce(request, timeSeconds), timeSeconds };
  }

  /** What the checks come to now. Nothing is stored. */
  function preview(request: OpenedRequest): Verdict {
    const signing = { made: undefined, signAtOnce: () => undefined };
    return state.preview(request.checkpoint.origin, (current, memory) =>
      decideNow(request, current, memory, { nowMs: now(), ...signing }),
    );
  }

  /** Decides anew and stores what comes of it, in one transaction with others that do. */
  async function store(request: OpenedRequest, made: Signed | undefined): Promise<Verdict> {
    const { origin } = request.checkpoint;
    const nowMs = now();
    let found: string[] = [];
    const verdict = await state.updateTogether(origin, nowMs, (current, memory) => {
      // What a key has signed that was retired since does not leave.
      const valid = made !== undefined && cosigner.isActive(made.lines) ? made : undefined;
      const decision = decideNow(request, current, memory, {
        nowMs,
        made: valid,
        signAtOnce: (toSign) => signAtOnce(request, toSign),
      });
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
    rules: Pick<Rules, 'nowMs' | 'made' | 'signAtOnce'>,
  ): Decision<Verdict> {
    const { origin } = request.checkpoint;
    const log = state.logs.get(origin);
    if (log === undefined) return { answer: refuse(NOT_FOLLOWED, 0) };
    // A key that was removed while the request waited does not speak for the log any more.
    const isTheirs = request.logSignatures.some(({ name, id }) =>
      log.keys.some((key) => key.name === name && key.id === id),
    );
    if (!isTheirs) return { answer: refuse(UNTRUSTED, 0) };
    const hasLooked = guard.hasLooked(origin);
    const isAsked = tilesOf(log) !== undefined;
    return decide(request, current, memory, { ...rules, patienceMs, hasLooked, isAsked });
  }
}

function tooMany(retryAfterSeconds: number): Refusal {
  const detail = 'this log has been cosigned as often as was agreed';
  return { status: 429, code: 'rate-limited', detail, retryAfterSeconds };
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
