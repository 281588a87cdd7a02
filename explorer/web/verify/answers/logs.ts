/** The logs that an explorer has, and how far it says to be with each: sizes against the signed notes. */
import type { LogAnswer } from '#explorer/search/answers.ts';
import { nothingShown, notListed } from '../checkpoints/continuity.ts';
import { durationText } from '../checkpoints/judge-checkpoint.ts';
import { type Finding, finding, hasAlarm } from '../findings.ts';
import { readLog, readLogs } from '../shapes/answers.ts';
import { WHEN_SEEN } from './checkpoints.ts';
import { type FrozenVerdict, judgeFrozen } from './frozen.ts';
import {
  filesPath,
  findingsOf,
  type Scene,
  type ShownCheckpoint,
  showCheckpoint,
} from './known-log.ts';
import { readAnswer } from './read-answer.ts';

export interface LogVerdict {
  /** With the time of the checkpoint's own quorum. */
  readonly answer: LogAnswer;
  /** Absent before the first. */
  readonly checkpoint?: ShownCheckpoint;
  /** That the explorer says that it has contradicted itself is proved. */
  readonly isConvicted: boolean;
  readonly findings: readonly Finding[];
  readonly isVerified: boolean;
  readonly claims: readonly string[];
}

export interface LogsVerdict {
  readonly logs: readonly LogVerdict[];
  readonly findings: readonly Finding[];
  readonly isVerified: boolean;
}

/** Those that have their form, and what is wrong with the others; undefined where it is no list at all. */
export interface ListedLogs {
  readonly logs: readonly LogAnswer[] | undefined;
  readonly malformed: readonly Finding[];
}

export function readListedLogs(value: unknown): ListedLogs {
  const { answer, finding: bad } = readAnswer(readLogs, value);
  if (answer === undefined) return { logs: undefined, malformed: [bad] };
  const each = answer.logs.map((log, i) => readAnswer(readLog, log, `logs[${i}]`));
  return {
    logs: each.flatMap((log) => log.answer ?? []),
    malformed: each.flatMap((log) => log.finding ?? []),
  };
}

export async function judgeLogs(
  { logs = [], malformed }: ListedLogs,
  askedMs: number,
  scene: Scene,
): Promise<LogsVerdict> {
  const verdicts: LogVerdict[] = [];
  for (const answer of logs) {
    await scene.breathe();
    verdicts.push(await judgeLog(answer, askedMs, scene));
  }
  const findings = [
    ...malformed,
    ...verdicts.flatMap((log) => log.findings),
    ...twiceIn(logs),
    ...notListed(logs, askedMs, scene.seen),
  ];
  return { logs: verdicts, findings, isVerified: !hasAlarm(findings) };
}

const OLD_MS = 24 * 3_600_000;
const NOT_FROZEN: FrozenVerdict = { isProven: false, findings: [] };

async function judgeLog(answer: LogAnswer, askedMs: number, scene: Scene): Promise<LogVerdict> {
  const known = scene.log(answer.log)!;
  const isFrozen = answer.state === 'frozen';
  const frozen = isFrozen ? await judgeFrozen(known, scene.fetchEvidence) : NOT_FROZEN;
  const { isProven: isConvicted } = frozen;
  const own = [...filesFaultsOf(answer), ...frozen.findings];
  const claims = claimsOf(answer);
  if (answer.checkpoint === undefined) {
    const less = nothingShown(
      { log: answer.log, trust: known.trust, askedMs },
      scene.seen,
      scene.nowMs(),
    );
    const findings = [...less, ...own, ...(answer.size === 0 ? [] : [missing(answer)])];
    return { answer, isConvicted, findings, isVerified: !hasAlarm(findings), claims };
  }
  const newest = { askedMs, isNewest: true };
  const checkpoint = await showCheckpoint(answer.checkpoint, known, scene, newest);
  const findings = [
    ...findingsOf(checkpoint),
    ...own,
    ...sizeFaultsOf(answer, checkpoint),
    ...timeFaultsOf(answer, checkpoint),
    ...ageFaultsOf(checkpoint),
  ];
  const quorumMs = quorumMsOf(checkpoint);
  return {
    answer: quorumMs === undefined ? answer : { ...answer, checkpoint_ms: quorumMs },
    checkpoint,
    isConvicted,
    findings,
    isVerified: !hasAlarm(findings),
    claims: quorumMs === undefined ? [...claims, WHEN_SEEN] : claims,
  };
}

/** By the policy that counts; undefined where it asks for no witness, or too few cosigned. */
function quorumMsOf({ verdict: { opened } }: ShownCheckpoint): number | undefined {
  const seconds = opened?.quorumTimeSeconds;
  return seconds === undefined ? undefined : 1000 * seconds;
}

/** The explorer reckons by its own policy: by another there is nothing to compare. */
function timeFaultsOf({ log, checkpoint_ms: got }: LogAnswer, shown: ShownCheckpoint): Finding[] {
  const expected = quorumMsOf(shown);
  if (expected === undefined || shown.verdict.trust.source === 'visitor') return [];
  if (got === expected) return [];
  return [finding('checkpoint-cosigned', `at ${expected}`, `at ${got}`, { log })];
}

/** A log that nobody adds to is cosigned anew all the same, as its monitors want to see it alive. */
function ageFaultsOf({ verdict: { ageMs, checkpoint } }: ShownCheckpoint): Finding[] {
  if (ageMs === undefined || ageMs <= OLD_MS) return [];
  const got = `${durationText(ageMs)} ago`;
  return [finding('checkpoint-old', 'a quorum in the last 24 h', got, { log: checkpoint!.origin })];
}

function missing({ size, log }: LogAnswer): Finding {
  return finding('checkpoint-missing', `a checkpoint of ${size} entries`, 'none', { log });
}

function sizeFaultsOf({ log, size, shown_size }: LogAnswer, { verdict }: ShownCheckpoint) {
  const found: Finding[] = [];
  const signed = verdict.checkpoint?.size;
  if (signed !== undefined && signed !== size) {
    found.push(finding('checkpoint-size', `${signed}`, `${size}`, { log }));
  }
  if (shown_size !== undefined && shown_size < size) {
    found.push(finding('checkpoint-size', `at least ${size} shown`, `${shown_size}`, { log }));
  }
  return found;
}

function filesFaultsOf({ log, files }: LogAnswer): Finding[] {
  const path = filesPath(log);
  const isThere = files === path || `${files}/` === path;
  return isThere ? [] : [finding('log-files', path, files, { log })];
}

function twiceIn(logs: readonly LogAnswer[]): Finding[] {
  const origins = logs.map(({ log }) => log);
  const twice = origins.filter((origin, i) => origins.indexOf(origin) !== i);
  return twice.map((log) => finding('log-twice', 'each log once', 'twice', { log }));
}

/** What nobody has signed. */
function claimsOf({ state, shown_size }: LogAnswer): string[] {
  const claims = [`That the log is ${WORDS[state]} is what the explorer says.`];
  if (shown_size === undefined) return claims;
  return [...claims, `So is that the log has shown ${shown_size} entries.`];
}

const WORDS: Readonly<Record<LogAnswer['state'], string>> = {
  current: 'read to its end',
  reading: 'still being read',
  trouble: 'in trouble',
  frozen: 'frozen',
};
