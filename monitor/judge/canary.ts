/**
 * On the monitor's own receipts: whether they get through now, and whether the objective will be kept.
 *
 * A budget of failures is burnt too fast if both a long and a short time show it: the long one that it
 * matters, the short one that it still goes on. A few failures say nothing, however few receipts there are.
 */
import { duration, type Judgement, judgementsAbout, MIN_FAILURES } from './judgement.ts';

/** What came of one receipt. */
export interface CanaryResult {
  /** When it was sent, Unix milliseconds. */
  readonly atMs: number;
  readonly tookMs: number;
  /** Where it failed; absent for one that got a proof that verifies. */
  readonly failure?: { readonly stage: CanaryStage; readonly detail: string };
}

export const CANARY_STAGES = [
  'submit', // no answer, or a refusal
  'wait', // taken, but no proof in time
  'proof', // a proof that is not of this receipt in the log's tree
  'quorum', // a proof without a quorum
] as const;

export type CanaryStage = (typeof CANARY_STAGES)[number];

export interface Objective {
  /** Share of receipts that get through, below 1. */
  readonly success: number;
  /** Time in which 95 of 100 of those get their proof. */
  readonly p95Ms: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How many times faster than even a budget may be burnt, over a long and a short time. */
const BURNS = [
  { longMs: HOUR_MS, shortMs: 5 * MINUTE_MS, rate: 14.4 },
  { longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS, rate: 6 },
];
/** Fewer receipts say nothing of how slow the slowest of twenty is. */
const MIN_FOR_P95 = 20;

/** `results` of one log, the oldest first. */
export function judgeCanary(
  origin: string,
  results: readonly CanaryResult[],
  objective: Objective,
  nowMs: number,
): Judgement[] {
  if (results.length === 0) return [];
  return [
    ...judgeNow(origin, results),
    judgeBudget(origin, results, objective, nowMs),
    ...judgeSpeed(origin, results, objective, nowMs),
  ];
}

function judgeNow(origin: string, results: readonly CanaryResult[]): Judgement[] {
  const about = judgementsAbout(origin);
  const failed = results.slice(-MIN_FAILURES).flatMap(({ failure }) => failure ?? []);
  const last = results.at(-1)!.failure;
  if (last === undefined) return [about.good('canary-failing', '')];
  if (failed.length < MIN_FAILURES) return [];
  const inARow = results.length - 1 - results.findLastIndex(({ failure }) => failure === undefined);
  const detail = `The last ${inARow} receipts got no proof that verifies. At ${last.stage}: ${last.detail}`;
  return [about.bad('canary-failing', '', detail, 0)];
}

function judgeBudget(
  origin: string,
  results: readonly CanaryResult[],
  { success }: Objective,
  nowMs: number,
): Judgement {
  const about = judgementsAbout(origin);
  for (const { longMs, shortMs, rate } of BURNS) {
    const [long, short] = [longMs, shortMs].map((ms) => since(results, nowMs - ms));
    const burns = Math.min(burnRate(long!, success), burnRate(short!, success));
    const failures = long!.filter(isFailure).length;
    if (burns < rate || failures < MIN_FAILURES) continue;
    const detail =
      `${failures} of ${long!.length} receipts of the last ${duration(longMs)} failed: ` +
      `${Math.round(burns)} times as many as the objective of ${percent(success)} has room for.`;
    return about.bad('slo-burn', 'success', detail, 0);
  }
  return about.good('slo-burn', 'success');
}

function judgeSpeed(
  origin: string,
  results: readonly CanaryResult[],
  { p95Ms }: Objective,
  nowMs: number,
): Judgement[] {
  const about = judgementsAbout(origin);
  const times = latenciesOf(since(results, nowMs - HOUR_MS));
  if (times.length < MIN_FOR_P95) return [];
  const took = percentile(times, 0.95)!;
  if (took <= p95Ms) return [about.good('slo-burn', 'speed')];
  const detail = `One in twenty of the last hour took ${Math.round(took)} ms or longer; the objective is ${p95Ms} ms.`;
  return [about.bad('slo-burn', 'speed', detail, 0)];
}

function since(results: readonly CanaryResult[], sinceMs: number): CanaryResult[] {
  return results.filter(({ atMs }) => atMs >= sinceMs);
}

function isFailure({ failure }: CanaryResult): boolean {
  return failure !== undefined;
}

/** 1 when failures are exactly as frequent as the objective allows; 0 without any result. */
export function burnRate(results: readonly CanaryResult[], success: number): number {
  if (results.length === 0) return 0;
  return results.filter(isFailure).length / results.length / (1 - success);
}

/** Times of those that got through, ascending. */
export function latenciesOf(results: readonly CanaryResult[]): number[] {
  return results
    .filter((result) => !isFailure(result))
    .map(({ tookMs }) => tookMs)
    .sort((a, b) => a - b);
}

/** By nearest rank; undefined of nothing. */
export function percentile(ascending: readonly number[], share: number): number | undefined {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)];
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(4))} %`;
}
