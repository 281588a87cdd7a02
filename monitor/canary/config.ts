/** The key `canary` of the configuration: off unless it is there, as it adds entries to the log. */
import { z } from 'zod';
import type { FilePathSchema } from '#service/config.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Results that are kept for each log. */
export const MAX_RESULTS = 50_000;

export const canaryKey = (filePath: FilePathSchema) =>
  z
    .strictObject({
      /** Of an issuer, as `tecp keygen --type issuer` writes it. */
      key_file: filePath,
      /** Origins; all logs of the policy that have a URL if absent. */
      logs: z.array(z.string().min(1)).min(1).max(256).optional(),
      /** Between two receipts to one log. */
      interval_ms: z.int().min(50).max(DAY_MS).default(60_000),
      /** For a receipt to get its proof. */
      timeout_ms: z.int().min(100).max(50_000).default(30_000),
      objective: z
        .strictObject({
          success: z.number().gt(0).lt(1).default(0.999),
          p95_ms: z.int().min(1).max(50_000).default(5000),
          /** Over which the budget of failures is counted. */
          window_ms: z
            .int()
            .min(1000)
            .max(90 * DAY_MS)
            .default(7 * DAY_MS),
        })
        .prefault({}),
    })
    .refine(
      ({ interval_ms: intervalMs, objective }) => objective.window_ms / intervalMs <= MAX_RESULTS,
      `expected at most ${MAX_RESULTS} intervals in the window of the objective`,
    )
    .optional();

export type CanaryConfig = NonNullable<z.infer<ReturnType<typeof canaryKey>>>;
