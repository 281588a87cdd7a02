/** Statuses of a monitor as tests want them: whole, in order, and then changed where it matters. */
import type { Alert } from '#monitor/alerts/alert-table.ts';
import { ALERT_KINDS, type AlertKind } from '#monitor/judge/alert-kinds.ts';
import type { LogStatus, Status, WitnessStatus } from '#monitor/status/status.ts';

export const NOW_MS = Date.UTC(2026, 4, 12, 3, 14, 15);
const SECOND_MS = 1000;
export const ROOT = 'ab12'.repeat(16);

export function logStatus(changes: Partial<LogStatus> = {}): LogStatus {
  return {
    origin: 'log.example/one',
    url: 'https://log.example/one',
    size: 30,
    root: ROOT,
    quorumMet: true,
    quorum: { needed: 2, have: 3, of: 3, missing: [] },
    lastQuorumAtMs: NOW_MS - 4 * SECOND_MS,
    cosigners: ['witness-1', 'witness-2', 'witness-3'],
    cosignedAtMs: NOW_MS - 4 * SECOND_MS,
    agreement: 'agrees',
    verifiedSize: 30,
    walkedSize: 30,
    invalidEntries: 0,
    unjudgedEntries: 0,
    checkedAtMs: NOW_MS - SECOND_MS,
    ...changes,
  };
}

/** A witness of these logs that agrees with each. */
export function witnessStatus(
  name: string,
  logs: readonly LogStatus[],
  changes: Partial<WitnessStatus['logs'][number]> = {},
  failure?: string,
): WitnessStatus {
  return {
    name,
    url: `https://${name}.example`,
    ...(failure === undefined ? {} : { failure }),
    logs: logs.map(({ origin, size, root }) => ({
      origin,
      agreement: 'agrees' as const,
      isConvicted: false,
      ...(size === undefined ? {} : { size }),
      ...(root === undefined ? {} : { root }),
      cosignedAtMs: NOW_MS - 4 * SECOND_MS,
      checkedAtMs: NOW_MS - SECOND_MS,
      ...changes,
    })),
  };
}

let nextId = 1;

export function openAlert(kind: AlertKind, changes: Partial<Alert> = {}): Alert {
  return {
    id: nextId++,
    kind,
    severity: ALERT_KINDS[kind].severity,
    origin: 'log.example/one',
    subject: '',
    detail: `What was seen of ${kind}.`,
    evidence: [],
    raisedAtMs: NOW_MS - 180 * SECOND_MS,
    lastSeenAtMs: NOW_MS - 2 * SECOND_MS,
    resolvedAtMs: undefined,
    toldAtMs: NOW_MS - 180 * SECOND_MS,
    escalated: 0,
    ...changes,
  };
}

export function statusOf(changes: Partial<Status> = {}): Status {
  const logs = changes.logs ?? [logStatus()];
  const names = ['witness-1', 'witness-2', 'witness-3'];
  const { alerts = [], problems = [] } = changes;
  return {
    ok: alerts.length === 0 && problems.length === 0,
    problems,
    nowMs: NOW_MS,
    startedAtMs: NOW_MS - 3600 * SECOND_MS,
    quorum: 'majority',
    logs,
    witnesses: names.map((name) => witnessStatus(name, logs)),
    alerts,
    evidence: [],
    sinks: [],
    gossip: { consistent: 0, inconsistent: 0, pending: 0, refused: 0 },
    canaries: [],
    ...changes,
  };
}
