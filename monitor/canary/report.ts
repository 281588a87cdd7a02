/** What the canary's results come to, against the objective. Pure. */
import {
  burnRate,
  CANARY_STAGES,
  type CanaryResult,
  type CanaryStage,
  latenciesOf,
  type Objective,
  percentile,
} from '../judge/canary.ts';

export interface CanaryReport {
  readonly origin: string;
  readonly objective: Objective & { readonly windowMs: number };
  readonly total: number;
  readonly failed: number;
  readonly failures: Readonly<Record<CanaryStage, number>>;
  /** Share that got through; absent before the first. */
  readonly success?: number;
  /** Of those that got through. */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  /** Share of the failures that the objective has room for which is left; negative when overdrawn. */
  readonly budgetLeft: number;
  readonly last?: CanaryResult;
}

/** `results` of the window, the oldest first. */
export function reportOn(
  origin: string,
  objective: CanaryReport['objective'],
  results: readonly CanaryResult[],
): CanaryReport {
  const stages = results.flatMap(({ failure }) => failure?.stage ?? []);
  const times = latenciesOf(results);
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((share) => percentile(times, share));
  const last = results.at(-1);
  const count = (stage: CanaryStage) => stages.filter((one) => one === stage).length;
  return {
    origin,
    objective,
    total: results.length,
    failed: stages.length,
    failures: Object.fromEntries(
      CANARY_STAGES.map((stage) => [stage, count(stage)]),
    ) as CanaryReport['failures'],
    ...(results.length > 0 && { success: times.length / results.length }),
    ...(p50Ms !== undefined && { p50Ms, p95Ms: p95Ms!, p99Ms: p99Ms! }),
    budgetLeft: 1 - burnRate(results, objective.success),
    ...(last && { last }),
  };
}
