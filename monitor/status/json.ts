/** Alerts as JSON shows them, in the API and to the webhook. Times are Unix milliseconds. */
import type { Alert } from '../alerts/alerts.ts';
import { ALERT_KINDS } from '../judge/alert-kinds.ts';
import type { AlertJson, AlertPage } from './schemas.ts';

export function alertJson(alert: Alert): AlertJson {
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
    ...(alert.resolvedAtMs === undefined ? {} : { resolved_at: alert.resolvedAtMs }),
  };
}

/** `page` may have been cut at `limit`. */
export function alertPageJson(page: readonly Alert[], limit: number): AlertPage {
  const last = page.length === limit ? page.at(-1) : undefined;
  return { alerts: page.map(alertJson), ...(last && { next_before: last.id }) };
}
