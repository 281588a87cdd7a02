/**
 * One alert, and its row in SQLite: what is known of it, who was told, and what an operator did.
 * Statements only; `Alerts` says in which transaction they run.
 */
import type { SqliteDatabase, SqliteStatement } from '#service/sqlite.ts';
import { ALERT_KINDS, type AlertKind, type Severity } from '../judge/alert-kinds.ts';

/** What an operator did, and why. Everybody who reads alerts sees it. */
export interface Act {
  /** Who it was, as they call themselves. */
  readonly by: string;
  readonly note: string;
  readonly atMs: number;
}

export interface Alert {
  readonly id: number;
  readonly kind: AlertKind;
  readonly severity: Severity;
  /** Empty for what concerns all logs. */
  readonly origin: string;
  readonly subject: string;
  readonly detail: string;
  /** Ids of the evidence that proves it. */
  readonly evidence: readonly string[];
  readonly raisedAtMs: number;
  readonly lastSeenAtMs: number;
  readonly resolvedAtMs: number | undefined;
  /** Somebody takes care of it: no reminders, no next step of the ladder. */
  readonly acknowledged?: Act;
  /** Until when it is kept quiet, if it is. Filled in by `Alerts`. */
  readonly silencedUntilMs?: number;
  /** By an operator; absent where it ended by itself. */
  readonly resolvedBy?: Act;
  /** When sinks were first told of it; absent while a silence keeps it from them. */
  readonly announcedAtMs?: number;
  /** When sinks were last told that it is open. */
  readonly toldAtMs: number;
  /** Steps of the ladder that have been taken. */
  readonly escalated: number;
}

/** With what makes it one and the same alert. */
export type AlertKey = Pick<Alert, 'kind' | 'origin' | 'subject'>;

export function keyOf({ kind, origin, subject }: AlertKey): string {
  return JSON.stringify([kind, origin, subject]);
}

interface AlertRow {
  id: number;
  kind: AlertKind;
  origin: string;
  subject: string;
  detail: string;
  evidence: string;
  raised_at_ms: number;
  last_seen_at_ms: number;
  resolved_at_ms: number | null;
  acknowledged: string | null;
  resolved_by: string | null;
  announced_at_ms: number | null;
  told_at_ms: number;
  escalated: number;
}

export function fromRow(row: AlertRow): Alert {
  const { acknowledged, resolved_by: resolvedBy, announced_at_ms: announcedAtMs } = row;
  return {
    id: row.id,
    kind: row.kind,
    severity: ALERT_KINDS[row.kind].severity,
    origin: row.origin,
    subject: row.subject,
    detail: row.detail,
    evidence: JSON.parse(row.evidence) as string[],
    raisedAtMs: row.raised_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
    resolvedAtMs: row.resolved_at_ms ?? undefined,
    ...(acknowledged === null ? {} : { acknowledged: JSON.parse(acknowledged) as Act }),
    ...(resolvedBy === null ? {} : { resolvedBy: JSON.parse(resolvedBy) as Act }),
    ...(announcedAtMs === null ? {} : { announcedAtMs }),
    toldAtMs: row.told_at_ms,
    escalated: row.escalated,
  };
}

interface NewAlert {
  kind: string;
  origin: string;
  subject: string;
  detail: string;
  evidence: string;
  nowMs: number;
  announcedAtMs: number | null;
}

/** What has changed of an open alert. */
interface AlertChange {
  id: number;
  lastSeenAtMs: number;
  detail: string;
  evidence: string;
  acknowledged: string | null;
  announcedAtMs: number | null;
  toldAtMs: number;
  escalated: number;
}

export function changeOf(alert: Alert): AlertChange {
  const { id, lastSeenAtMs, detail, evidence, acknowledged, announcedAtMs, toldAtMs } = alert;
  return {
    id,
    lastSeenAtMs,
    detail,
    evidence: JSON.stringify(evidence),
    acknowledged: acknowledged === undefined ? null : JSON.stringify(acknowledged),
    announcedAtMs: announcedAtMs ?? null,
    toldAtMs,
    escalated: alert.escalated,
  };
}

export interface AlertStatements {
  readonly open: SqliteStatement<[], AlertRow>;
  readonly get: SqliteStatement<[number], AlertRow>;
  readonly find: SqliteStatement<[string, string, string], AlertRow>;
  /** The last one about this, if an operator ended it. */
  readonly closed: SqliteStatement<[string, string, string], AlertRow>;
  readonly page: SqliteStatement<[number, number, number], AlertRow>;
  readonly raise: SqliteStatement<[NewAlert]>;
  readonly change: SqliteStatement<[AlertChange]>;
  readonly resolve: SqliteStatement<[number, string | null, number]>;
  /** The last word of an operator about a thing stays, as it says what is no news any more. */
  readonly prune: SqliteStatement<[number]>;
}

export function prepareAlerts(db: SqliteDatabase): AlertStatements {
  return {
    open: db.prepare<[], AlertRow>('SELECT * FROM alerts WHERE resolved_at_ms IS NULL'),
    get: db.prepare<[number], AlertRow>('SELECT * FROM alerts WHERE id = ?'),
    find: db.prepare<[string, string, string], AlertRow>(
      `SELECT * FROM alerts
       WHERE kind = ? AND origin = ? AND subject = ? AND resolved_at_ms IS NULL`,
    ),
    closed: db.prepare<[string, string, string], AlertRow>(
      `SELECT * FROM (SELECT * FROM alerts WHERE kind = ? AND origin = ? AND subject = ?
       ORDER BY id DESC LIMIT 1) WHERE resolved_by IS NOT NULL`,
    ),
    page: db.prepare<[number, number, number], AlertRow>(
      `SELECT * FROM alerts WHERE id < ? AND (? = 0 OR resolved_at_ms IS NULL)
       ORDER BY id DESC LIMIT ?`,
    ),
    raise: db.prepare<[NewAlert]>(
      `INSERT INTO alerts (kind, origin, subject, detail, evidence, raised_at_ms, last_seen_at_ms,
         announced_at_ms, told_at_ms)
       VALUES (@kind, @origin, @subject, @detail, @evidence, @nowMs, @nowMs, @announcedAtMs, @nowMs)`,
    ),
    change: db.prepare<[AlertChange]>(
      `UPDATE alerts SET last_seen_at_ms = @lastSeenAtMs, detail = @detail, evidence = @evidence,
         acknowledged = @acknowledged, announced_at_ms = @announcedAtMs, told_at_ms = @toldAtMs,
         escalated = @escalated
       WHERE id = @id`,
    ),
    resolve: db.prepare<[number, string | null, number]>(
      'UPDATE alerts SET resolved_at_ms = ?, resolved_by = ? WHERE id = ?',
    ),
    prune: db.prepare<[number]>(
      `DELETE FROM alerts WHERE resolved_at_ms IS NOT NULL
       AND id <= (SELECT max(id) FROM alerts) - ?
       AND (resolved_by IS NULL
         OR id NOT IN (SELECT max(id) FROM alerts GROUP BY kind, origin, subject))`,
    ),
  };
}
