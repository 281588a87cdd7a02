/** Alerts and silences as tables for people. */
import { formatAge, formatTable, formatTime, printable } from '#cli/lib/print.ts';
import { paint } from '#cli/lib/style.ts';
import type { AlertJson } from '#monitor/alerts/alert-json.ts';
import type { SilenceJson } from '#monitor/operator/silences.ts';

export function formatAlerts(alerts: readonly AlertJson[], nowMs: number): string {
  const rows = alerts.map((alert) => [
    String(alert.id),
    alert.severity === 'critical' ? paint('bad', alert.severity) : alert.severity,
    alert.kind,
    printable([alert.origin, alert.subject].filter((name) => name !== undefined).join(', ')),
    formatAge(nowMs - alert.raised_at),
    printable(standingOf(alert, nowMs)),
  ]);
  return formatTable([['id', 'severity', 'kind', 'about', 'for', 'state'], ...rows]);
}

function standingOf(alert: AlertJson, nowMs: number): string {
  const { acknowledged, silenced_until: until, resolved_at: over, resolved_by: by } = alert;
  if (over !== undefined) {
    return `over for ${formatAge(nowMs - over)}${by === undefined ? '' : `, ${by.by}: ${by.note}`}`;
  }
  const acts = [
    ...(acknowledged === undefined ? [] : [`${acknowledged.by}: ${acknowledged.note || 'seen'}`]),
    ...(until === undefined ? [] : [`silenced for ${formatAge(until - nowMs)}`]),
  ];
  return acts.length === 0 ? 'nobody has acknowledged it' : acts.join('; ');
}

export function formatSilences(silences: readonly SilenceJson[], nowMs: number): string {
  const rows = silences.map(({ id, kind, origin, subject, until, critical_until: end, made }) => [
    String(id),
    ...[kind, origin, subject].map(printable),
    formatAge(until - nowMs),
    end < until ? formatAge(Math.max(0, end - nowMs)) : 'as long',
    printable(`${made.by}: ${made.note}`),
  ]);
  const head = ['silence', 'kind', 'origin', 'subject', 'lasts', 'critical', 'by'];
  return `\n${formatTable([head, ...rows])}`;
}

export function silenceText({ until, critical_until: end }: SilenceJson): string {
  const shorter = end < until ? `, for critical alerts until ${formatTime(end)}` : '';
  return `until ${formatTime(until)}${shorter}`;
}
