/** Alerts as JSON shows them, in the API and in messages about them. Times are Unix milliseconds. */
import { z } from '#service/openapi.ts';
import { ALERT_KINDS, type AlertKind } from '../judge/alert-kinds.ts';
import type { Act, Alert } from './alert-table.ts';

const timeSchema = z.int().openapi({ description: 'Unix milliseconds.' });

const actSchema = z
  .strictObject({ by: z.string(), note: z.string(), at: timeSchema })
  .openapi('Act', { description: 'What an operator did, in their own words.' });

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
    acknowledged: actSchema.optional().openapi({ description: 'Who takes care of it.' }),
    silenced_until: timeSchema
      .optional()
      .openapi({ description: 'Nothing is told of it till then.' }),
    resolved_by: actSchema.optional().openapi({ description: 'Absent where it ended by itself.' }),
  })
  .openapi('Alert');

export const alertPageSchema = z
  .strictObject({
    alerts: z.array(alertSchema),
    next_before: z.int().optional().openapi({ description: '`before` of the next page.' }),
  })
  .openapi('AlertPage');

export type AlertJson = z.infer<typeof alertSchema>;
export type AlertPage = z.infer<typeof alertPageSchema>;

export type ActJson = z.infer<typeof actSchema>;

export function actJson({ by, note, atMs }: Act): ActJson {
  return { by, note, at: atMs };
}

export function alertJson(alert: Alert): AlertJson {
  const { resolvedAtMs, acknowledged, silencedUntilMs, resolvedBy } = alert;
  return {
    id: alert.id,
    kind: alert.kind,
    severity: alert.severity,
    title: ALERT_KINDS[alert.kind].title,
    ...(alert.origin === '' ? {} : { origin: alert.origin }),
    ...(alert.subject === '' ? {} : { subject: alert.subject }),
    detail: alert.detail,
    evidence: alert.evidence,
    raised_at: alert.raisedAtMs,
    last_seen_at: alert.lastSeenAtMs,
    ...(resolvedAtMs === undefined ? {} : { resolved_at: resolvedAtMs }),
    ...(acknowledged && { acknowledged: actJson(acknowledged) }),
    ...(silencedUntilMs === undefined ? {} : { silenced_until: silencedUntilMs }),
    ...(resolvedBy && { resolved_by: actJson(resolvedBy) }),
  };
}

/** `page` may have been cut at `limit`. */
export function alertPageJson(page: readonly Alert[], limit: number): AlertPage {
  const last = page.length === limit ? page.at(-1) : undefined;
  return { alerts: page.map(alertJson), ...(last && { next_before: last.id }) };
}
