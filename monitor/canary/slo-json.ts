/** What the canary measured, as `GET /v1/slo` and the status tell it. Times are Unix milliseconds. */
import { z } from '#service/openapi.ts';
import { CANARY_STAGES } from '../judge/canary.ts';
import type { CanaryReport } from './report.ts';

const shareSchema = z.number().min(0).max(1);
const latencySchema = z
  .number()
  .optional()
  .openapi({ description: 'Of those that got through, in milliseconds.' });
const stageSchema = z.enum(CANARY_STAGES);

export const sloSchema = z
  .strictObject({
    origin: z.string(),
    objective: z.strictObject({
      success: shareSchema,
      p95_ms: z.number(),
      window_ms: z.int().openapi({ description: 'All numbers here are of this time.' }),
    }),
    total: z.int(),
    failed: z.int(),
    failures: z.record(stageSchema, z.int()).openapi({ description: 'By stage.' }),
    success: shareSchema.optional(),
    p50_ms: latencySchema,
    p95_ms: latencySchema,
    p99_ms: latencySchema,
    error_budget_left: z.number().openapi({
      description:
        'Share of the failures that the objective has room for which is left; negative when overdrawn.',
    }),
    last: z
      .strictObject({
        at: z.int(),
        took_ms: z.number(),
        stage: stageSchema.optional().openapi({ description: 'Where it failed.' }),
        detail: z.string().optional(),
      })
      .optional(),
  })
  .openapi('Slo');

export type SloJson = z.infer<typeof sloSchema>;

export function sloJson(report: CanaryReport): SloJson {
  const { origin, objective, total, failed, failures, success, p50Ms, p95Ms, p99Ms, last } = report;
  return {
    origin,
    objective: {
      success: objective.success,
      p95_ms: objective.p95Ms,
      window_ms: objective.windowMs,
    },
    total,
    failed,
    failures,
    success,
    p50_ms: p50Ms,
    p95_ms: p95Ms,
    p99_ms: p99Ms,
    error_budget_left: report.budgetLeft,
    last: last && {
      at: last.atMs,
      took_ms: last.tookMs,
      stage: last.failure?.stage,
      detail: last.failure?.detail,
    },
  };
}
