/** What the monitor tells as JSON, and its OpenAPI document says of it. Times are Unix milliseconds. */
import { sizeSchema, z } from '#service/openapi.ts';
import { ALERT_KINDS, type AlertKind } from '../judge/alert-kinds.ts';

const timeSchema = z.int().openapi({ description: 'Unix milliseconds.' });
const agreementSchema = z
  .enum(['agrees', 'pending', 'contradicts', 'went-back', 'absent', 'unknown'])
  .openapi({
    description: 'How what is shown stands to the tree that the monitor has re-derived.',
  });

export const alertSchema = z
  .strictObject({
    id: z.int(),
    kind: z.enum(Object.keys(ALERT_KINDS) as AlertKind[]),
    severity: z.enum(['critical', 'warning']),
    title: z.string(),
    origin: z.string().optional().openapi({ description: 'Absent for what concerns all logs.' }),
    subject: z.string().optional(),
    detail: z.string(),
    evidence: z.array(z.string()).readonly().openapi({ description: 'Ids of what proves it.' }),
    raised_at: timeSchema,
    last_seen_at: timeSchema,
    resolved_at: timeSchema.optional(),
  })
  .openapi('Alert');

export const alertPageSchema = z
  .strictObject({
    alerts: z.array(alertSchema),
    next_before: z.int().optional().openapi({ description: '`before` of the next page.' }),
  })
  .openapi('AlertPage');

const logSchema = z.strictObject({
  origin: z.string(),
  url: z.string(),
  size: sizeSchema.optional().openapi({ description: 'Of the last valid checkpoint.' }),
  root: z.string().optional().openapi({ description: 'Lowercase hex.' }),
  quorum_met: z.boolean().optional(),
  cosigners: z.array(z.string()).readonly(),
  cosigned_at: timeSchema.optional(),
  agreement: agreementSchema,
  verified_size: sizeSchema,
  walked_size: sizeSchema,
  invalid_entries: z.int(),
  failure: z.string().optional().openapi({ description: 'Why the last request failed.' }),
});

const witnessSchema = z.strictObject({
  name: z.string(),
  url: z.string(),
  answering: z.boolean(),
  failure: z.string().optional(),
  logs: z.array(
    z.strictObject({
      origin: z.string(),
      agreement: agreementSchema,
      size: sizeSchema.optional(),
      cosigned_at: timeSchema.optional(),
    }),
  ),
});

const evidenceSchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  standing: z.enum(['proof', 'anomaly']),
  origin: z.string(),
  accused: z.string(),
  statement: z.string(),
  detected_at: timeSchema,
});

export const statusSchema = z
  .strictObject({
    ok: z.boolean().openapi({
      description: 'No alert is open, and nothing is wrong with the monitor itself.',
    }),
    problems: z.array(z.string()).readonly().openapi({ description: 'Of the monitor itself.' }),
    now: timeSchema,
    started_at: timeSchema,
    quorum: z.string(),
    logs: z.array(logSchema),
    witnesses: z.array(witnessSchema),
    alerts: z.array(alertSchema).openapi({ description: 'Open ones, newest first.' }),
    evidence: z.array(evidenceSchema),
    sinks: z.array(
      z.strictObject({
        name: z.string(),
        waiting: z.int().openapi({ description: 'Messages not yet taken.' }),
        set_aside: z.int().openapi({ description: 'Those refused again and again.' }),
      }),
    ),
  })
  .openapi('Status');

export type AlertJson = z.infer<typeof alertSchema>;
export type AlertPage = z.infer<typeof alertPageSchema>;
export type StatusJson = z.infer<typeof statusSchema>;
export type LogJson = z.infer<typeof logSchema>;
export type WitnessJson = z.infer<typeof witnessSchema>;
