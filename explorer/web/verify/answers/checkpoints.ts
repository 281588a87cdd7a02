/** Checkpoints that an explorer has seen: what it says of each, against the signed note where it comes along. */
import type { CheckpointAnswer } from '#explorer/search/answers.ts';
import { toHex } from '#protocol/bytes.ts';
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
  const findings = [...checkpoints.flatMap((one) => one.findings), ...order];
  const isBare = checkpoints.some(({ verdict }) => verdict === undefined);
  return {
    checkpoints,
    ...(answer.next_cursor === undefined ? {} : { nextCursor: answer.next_cursor }),
    findings,
    isVerified: !hasAlarm(findings),
    claims: isBare ? [WHEN_SEEN, WITHOUT_NOTE] : [WHEN_SEEN],
  };
}

function refused(bad: Finding): CheckpointsVerdict {
  return { checkpoints: [], findings: [bad], isVerified: false, claims: [] };
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
