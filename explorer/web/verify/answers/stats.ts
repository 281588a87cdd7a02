/**
 * What a log's entries come to, as the explorer says: the size is signed, and the numbers must agree with it and with
 * one another. Whether they are right is only seen by counting again (`recount/`).
 */
import type { StatsAnswer } from '#explorer/search/answers.ts';
import { type Finding, finding, hasAlarm } from '../findings.ts';
import { readStats } from '../shapes/answers.ts';
import { findingsOf, type Scene, type ShownCheckpoint, showCheckpoint } from './known-log.ts';
import { readAnswer } from './read-answer.ts';

export interface StatsVerdict {
  readonly answer?: StatsAnswer;
  readonly checkpoint?: ShownCheckpoint;
  readonly findings: readonly Finding[];
  readonly isVerified: boolean;
  readonly claims: readonly string[];
}

export interface AskedStats {
  readonly log?: string;
  readonly askedMs: number;
}

export const NUMBERS_ARE_RIGHT =
  'That the numbers are right is what the explorer says: counting the log here shows it.';

export async function judgeStats(
  value: unknown,
  asked: AskedStats,
  scene: Scene,
): Promise<StatsVerdict> {
  const { answer, finding: bad } = readAnswer(readStats, value);
  if (answer === undefined) return { findings: [bad], isVerified: false, claims: [] };
  const log = scene.log(answer.log);
  if (log === undefined || (asked.log ?? answer.log) !== answer.log) {
    const found = finding('log-unknown', asked.log ?? 'one of its logs', answer.log);
    return { findings: [found], isVerified: false, claims: [] };
  }
  const newest = { askedMs: asked.askedMs, isNewest: true };
  const checkpoint = await showCheckpoint(answer.checkpoint, log, scene, newest);
  const findings = [...findingsOf(checkpoint), ...numberFaultsOf(answer, checkpoint)];
  const claims = [NUMBERS_ARE_RIGHT];
  return { answer, checkpoint, findings, isVerified: !hasAlarm(findings), claims };
}

function numberFaultsOf(answer: StatsAnswer, { verdict }: ShownCheckpoint): Finding[] {
  const { log, size } = answer;
  const found: Finding[] = [];
  const signed = verdict.checkpoint?.size;
  if (signed !== undefined && signed !== size) {
    found.push(finding('checkpoint-size', `${signed}`, `${size}`, { log }));
  }
  const expect = (holds: boolean, expected: string, got: number) => {
    if (!holds) found.push(finding('stats-sum', expected, `${got}`, { log }));
  };
  const bySize = sum(answer.sizes);
  expect(bySize === size, `${size} entries by size`, bySize);
  const byType = sum(answer.types);
  expect(byType === size, `${size} entries by type`, byType);
  const byHour = sum(answer.hours) + answer.hours_other;
  expect(byHour <= size, `at most ${size} entries by hour`, byHour);
  const byIssuer = sum(answer.issuers);
  expect(byIssuer <= size, `at most ${size} entries by issuer`, byIssuer);
  expect(answer.faults <= size, `at most ${size} bad entries`, answer.faults);
  for (const { value, entries } of answer.policies) {
    expect(entries <= size, `at most ${size} entries with policy ${value}`, entries);
  }
  for (const kind of ['policies', 'issuers'] as const) {
    const total = answer[`${kind}_total`];
    const { length } = answer[kind];
    expect(total >= length, `at least ${length} ${kind}`, total);
  }
  expect(isWithin(answer), 'a number of bytes that fits the sizes', answer.bytes);
  return found;
}

function sum(counts: readonly { readonly entries: number }[]): number {
  return counts.reduce((total, { entries }) => total + entries, 0);
}

/** Each entry of a class has more than half of its bytes, and not more than all. */
function isWithin({ sizes, bytes }: StatsAnswer): boolean {
  const most = sizes.reduce((total, { up_to, entries }) => total + up_to * entries, 0);
  const least = sizes.reduce((total, { up_to, entries }) => total + leastOf(up_to) * entries, 0);
  return bytes >= least && bytes <= most;
}

function leastOf(upTo: number): number {
  return upTo === 1 ? 0 : upTo / 2 + 1;
}
