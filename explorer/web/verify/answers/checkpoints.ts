/**
 * Checkpoints that an explorer has seen: what it says of each, against the signed note where it comes along, and
 * against the others where no more than the two notes is needed to see that they contradict each other.
 */
import type { SignedCheckpoint } from '#client/compare.ts';
import type { CheckpointAnswer } from '#explorer/search/answers.ts';
import { toHex } from '#protocol/bytes.ts';
import { compareShown, type EvidenceFile } from '../checkpoints/continuity.ts';
import { type CheckpointVerdict, judgeCheckpoint } from '../checkpoints/judge-checkpoint.ts';
import { type Finding, finding, hasAlarm } from '../findings.ts';
import { readCheckpoints } from '../shapes/answers.ts';
import type { KnownLog, Scene } from './known-log.ts';
import { readAnswer } from './read-answer.ts';

export interface ListedCheckpoint {
  readonly answer: CheckpointAnswer;
  /** Absent where no note came. */
  readonly verdict?: CheckpointVerdict;
  readonly findings: readonly Finding[];
}

export interface CheckpointsVerdict {
  readonly checkpoints: readonly ListedCheckpoint[];
  readonly nextCursor?: string;
  readonly findings: readonly Finding[];
  readonly isVerified: boolean;
  readonly evidence: readonly EvidenceFile[];
  readonly claims: readonly string[];
}

export const WHEN_SEEN = 'When a checkpoint was seen is what the explorer says.';
const WITHOUT_NOTE = 'Of those without their note, all is what the explorer says.';

export async function judgeCheckpoints(
  value: unknown,
  asked: { readonly log?: string },
  scene: Scene,
): Promise<CheckpointsVerdict> {
  const { answer, finding: bad } = readAnswer(readCheckpoints, value);
  if (answer === undefined) return refused(bad);
  const log = scene.log(answer.log);
  if (log === undefined || (asked.log ?? answer.log) !== answer.log) {
    return refused(finding('log-unknown', asked.log ?? 'one of its logs', answer.log));
  }
  const checkpoints: ListedCheckpoint[] = [];
  for (const one of answer.checkpoints) {
    await scene.breathe();
    checkpoints.push(judgeListed(one, log, scene.nowMs()));
  }
  const order = orderFaultsOf(answer.checkpoints, answer.log);
  const against = await contradictionsOf(checkpoints, log, scene);
  const findings = [
    ...checkpoints.flatMap((one) => one.findings),
    ...order,
    ...against.flatMap((one) => one.findings),
  ];
  const isBare = checkpoints.some(({ verdict }) => verdict === undefined);
  return {
    checkpoints,
    ...(answer.next_cursor === undefined ? {} : { nextCursor: answer.next_cursor }),
    findings,
    isVerified: !hasAlarm(findings),
    evidence: against.flatMap(({ evidence }) => evidence),
    claims: isBare ? [WHEN_SEEN, WITHOUT_NOTE] : [WHEN_SEEN],
  };
}

function refused(bad: Finding): CheckpointsVerdict {
  return { checkpoints: [], findings: [bad], isVerified: false, evidence: [], claims: [] };
}

/**
 * Of one size there is one root. What is above the log's newest may have come since that was asked for: then the
 * explorer has its files, too.
 */
async function contradictionsOf(
  listed: readonly ListedCheckpoint[],
  { answer: { log, checkpoint: note }, trust, source }: KnownLog,
  scene: Scene,
) {
  const shown = note === undefined ? undefined : judgeCheckpoint(note, log, trust, scene.nowMs());
  const newest = shown && signedOf(shown);
  const bySize = new Map(newest && [[newest.checkpoint.size, newest]]);
  const compared: Awaited<ReturnType<typeof compareShown>>[] = [];
  for (const { verdict } of listed) {
    const signed = verdict && signedOf(verdict);
    if (signed === undefined) continue;
    await scene.breathe();
    const { size } = signed.checkpoint;
    // Files that do not come once are not asked for again.
    const isFollowed = compared.every(({ kind }) => kind !== 'undecided');
    const isAbove = newest !== undefined && size > newest.checkpoint.size && isFollowed;
    const before = bySize.get(size) ?? (isAbove ? newest : undefined);
    if (before) compared.push(await compareShown(before, signed, source, trust));
    if (!bySize.has(size)) bySize.set(size, signed);
  }
  return compared;
}

/** Signed by the log: who cosigned it does not matter for what it contradicts. */
function signedOf({ opened, note }: CheckpointVerdict): SignedCheckpoint | undefined {
  return opened && { checkpoint: opened.checkpoint, note };
}

/** One that an answer lists, with its note or without. */
export function judgeListed(
  answer: CheckpointAnswer,
  { answer: { log }, trust }: KnownLog,
  nowMs: number,
): ListedCheckpoint {
  if (answer.note === undefined) return { answer, findings: [] };
  const verdict = judgeCheckpoint(answer.note, log, trust, nowMs);
  const findings = [...verdict.findings];
  const check = (code: 'checkpoint-size' | 'checkpoint-root', expected: string, got: string) => {
    if (expected !== got) findings.push(finding(code, expected, got, { log }));
  };
  if (verdict.checkpoint !== undefined) {
    check('checkpoint-size', `${verdict.checkpoint.size}`, `${answer.size}`);
    check('checkpoint-root', toHex(verdict.checkpoint.root), answer.root);
  }
  return { answer, verdict, findings: [...findings, ...cosignedFaultsOf(answer, verdict, log)] };
}

/** The explorer names witnesses as its own policy does: by another there is nothing to compare. */
function cosignedFaultsOf(
  { cosigned }: CheckpointAnswer,
  { opened, trust }: CheckpointVerdict,
  log: string,
): Finding[] {
  if (opened === undefined || trust.source === 'visitor') return [];
  const expected = opened.cosignatures.map(
    ({ witness, timeSeconds }) => `${witness} ${timeSeconds}`,
  );
  const got = cosigned.map(({ witness, time_seconds }) => `${witness} ${time_seconds}`);
  const [a, b] = [expected, got].map((lines) => lines.toSorted().join(', ') || 'nobody');
  return a === b ? [] : [finding('checkpoint-cosigned', a!, b!, { log })];
}

function orderFaultsOf(checkpoints: readonly CheckpointAnswer[], log: string): Finding[] {
  return checkpoints.flatMap(({ size }, i) => {
    const previous = checkpoints[i - 1]?.size ?? Number.POSITIVE_INFINITY;
    if (size <= previous) return [];
    return [finding('checkpoint-order', `at most ${previous} entries`, `${size}`, { log })];
  });
}
