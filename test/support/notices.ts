/** Messages as sinks are given them. */
import { alertJson } from '#monitor/alerts/alert-json.ts';
import type { Alert, AlertEvent } from '#monitor/alerts/alerts.ts';
import { encodeNotice, type Notice } from '#monitor/alerts/notice.ts';
import type { Message } from '#monitor/alerts/sinks/sink.ts';

export const ALERT: Alert = {
  id: 7,
  kind: 'log-contradiction',
  severity: 'critical',
  origin: 'log.example/test',
  subject: 'w1',
  detail: 'two trees of size 7',
  evidence: ['0123abcd'],
  raisedAtMs: 1_700_000_000_000,
  lastSeenAtMs: 1_700_000_000_000,
  resolvedAtMs: undefined,
  announcedAtMs: 1_700_000_000_000,
  toldAtMs: 1_700_000_000_000,
  escalated: 0,
};

export function alertNotice(event: AlertEvent, more: Partial<Alert> = {}): Notice {
  return { event, at: ALERT.raisedAtMs, changes: 1, alert: alertJson({ ...ALERT, ...more }) };
}

export function messageOf(id: number, notice: Notice): Message {
  return { id, body: encodeNotice(notice), notice };
}

export const HEARTBEAT: Notice = {
  event: 'heartbeat',
  at: 1_700_000_000_000,
  heartbeat: {
    ok: true,
    at: 1_700_000_000_000,
    started_at: 1_699_000_000_000,
    unchecked: [],
    problems: [],
    open_alerts: { critical: 0, warning: 0 },
    logs: [{ origin: 'log.example/test', size: 10, verified_size: 10, walked_size: 10 }],
    witnesses: [{ name: 'w1', answering: true }],
    evidence: 0,
  },
};
