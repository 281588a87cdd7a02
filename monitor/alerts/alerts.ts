/**
 * The life of alerts, kept in SQLite: raised once, seen again, resolved when over.
 *
 * A change and the messages about it commit together, so neither a crash nor a restart
 * raises anything twice or loses a message. What is permanent is never resolved.
 */
import type { Logger } from '#service/logging.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import { ALERT_KINDS, type AlertKind, type Severity } from '../judge/alert-kinds.ts';
import type { Judgement } from '../judge/judgement.ts';

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
}

export type AlertEvent = 'raised' | 'resolved';

export interface AlertsOptions {
  readonly db: SqliteDatabase;
  readonly logger: Logger;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
  /** Called within the transaction of the change. */
  readonly announce: (event: AlertEvent, alert: Alert) => void;
  /** Called after each commit. */
  readonly committed: () => void;
}

const MAX_DETAIL_CHARS = 2000;
const MAX_KEPT = 10_000;
/** How often `lastSeenAtMs` is written while nothing else changes. */
const SEEN_INTERVAL_MS = 10_000;

export class Alerts {
  readonly #options: AlertsOptions;
  readonly #sql: ReturnType<typeof prepare>;
  /** Owned here: a copy of the open alerts, by key. Replaced after each commit. */
  #open: ReadonlyMap<string, Alert>;

  constructor(options: AlertsOptions) {
    this.#options = options;
    this.#sql = prepare(options.db);
    this.#open = this.#readOpen();
  }

  /** The open ones, the newest first. */
  open(): Alert[] {
    return [...this.#open.values()].sort((a, b) => b.id - a.id);
  }

  /** A page of all alerts, the newest first, with ids below `before`. */
  page(options: { openOnly: boolean; before: number; limit: number }): Alert[] {
    const { openOnly, before, limit } = options;
    return this.#sql.page.all(before, openOnly ? 1 : 0, limit).map(fromRow);
  }

  /** Takes judgements that count now. Their changes are durable together. */
  apply(judgements: readonly Judgement[]): void {
    const nowMs = this.#options.now();
    if (judgements.every((judgement) => this.#isNoNews(judgement, nowMs))) return;
    this.commit(() => judgements);
  }

  /** Runs `work` and takes the judgements that it returns; both are durable together. Not nested. */
  commit(work: () => readonly Judgement[]): void {
    const nowMs = this.#options.now();
    const changes = this.#options.db
      .transaction(() => {
        const made = work().flatMap((judgement) => this.#applyOne(judgement, nowMs));
        for (const [event, alert] of made) this.#options.announce(event, alert);
        if (made.length > 0) this.#sql.prune.run(MAX_KEPT);
        return made;
      })
      .immediate();
    this.#options.committed();
    this.#open = this.#readOpen();
    for (const [event, alert] of changes) this.#log(event, alert);
  }

  #isNoNews(judgement: Judgement, nowMs: number): boolean {
    const known = this.#open.get(keyOf(judgement));
    if (judgement.state === 'good') return known === undefined;
    if (known === undefined || hasMore(known, judgement)) return false;
    return Math.abs(nowMs - known.lastSeenAtMs) < SEEN_INTERVAL_MS;
  }

  #applyOne(judgement: Judgement, nowMs: number): [AlertEvent, Alert][] {
    const row = this.#sql.find.get(judgement.kind, judgement.origin, judgement.subject);
    const known = row && fromRow(row);
    if (judgement.state === 'good') {
      if (known === undefined || ALERT_KINDS[known.kind].permanent) return [];
      this.#sql.resolve.run(nowMs, known.id);
      return [['resolved', { ...known, resolvedAtMs: nowMs }]];
    }
    const detail = judgement.detail.slice(0, MAX_DETAIL_CHARS);
    if (known === undefined) return [['raised', this.#raise({ ...judgement, detail }, nowMs)]];
    const evidence = [...new Set([...known.evidence, ...(judgement.evidence ?? [])])];
    this.#sql.see.run({ id: known.id, nowMs, detail, evidence: JSON.stringify(evidence) });
    return [];
  }

  #raise(judgement: Judgement, nowMs: number): Alert {
    const { kind, origin, subject, detail } = judgement;
    const evidence = JSON.stringify(judgement.evidence ?? []);
    this.#sql.raise.run({ kind, origin, subject, detail, evidence, nowMs });
    return fromRow(this.#sql.find.get(kind, origin, subject)!);
  }

  #readOpen(): ReadonlyMap<string, Alert> {
    const open = this.#sql.open.all().map(fromRow);
    return new Map(open.map((alert) => [keyOf(alert), alert]));
  }

  #log(event: AlertEvent, alert: Alert): void {
    const { id, kind, severity, origin, subject, detail, evidence } = alert;
    const fields = { alert: id, kind, severity, origin, subject, detail, evidence };
    const { title } = ALERT_KINDS[kind];
    if (event === 'resolved') this.#options.logger.info(fields, `resolved: ${title}`);
    else if (severity === 'critical') this.#options.logger.error(fields, `alert: ${title}`);
    else this.#options.logger.warn(fields, `alert: ${title}`);
  }
}

/** Whether a judgement says more than the open alert: other words, or evidence. */
function hasMore(known: Alert, judgement: Judgement): boolean {
  const isPermanent = ALERT_KINDS[known.kind].permanent;
  const detail = judgement.detail.slice(0, MAX_DETAIL_CHARS);
  if (isPermanent && detail !== known.detail) return true;
  return judgement.evidence?.some((id) => !known.evidence.includes(id)) ?? false;
}

function keyOf(alert: { kind: AlertKind; origin: string; subject: string }): string {
  return JSON.stringify([alert.kind, alert.origin, alert.subject]);
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
}

function fromRow(row: AlertRow): Alert {
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
  };
}

interface NewAlert {
  kind: string;
  origin: string;
  subject: string;
  detail: string;
  evidence: string;
  nowMs: number;
}

function prepare(db: SqliteDatabase) {
  return {
    open: db.prepare<[], AlertRow>('SELECT * FROM alerts WHERE resolved_at_ms IS NULL'),
    find: db.prepare<[string, string, string], AlertRow>(
      `SELECT * FROM alerts
       WHERE kind = ? AND origin = ? AND subject = ? AND resolved_at_ms IS NULL`,
    ),
    page: db.prepare<[number, number, number], AlertRow>(
      `SELECT * FROM alerts WHERE id < ? AND (? = 0 OR resolved_at_ms IS NULL)
       ORDER BY id DESC LIMIT ?`,
    ),
    raise: db.prepare<[NewAlert]>(
      `INSERT INTO alerts (kind, origin, subject, detail, evidence, raised_at_ms, last_seen_at_ms)
       VALUES (@kind, @origin, @subject, @detail, @evidence, @nowMs, @nowMs)`,
    ),
    see: db.prepare<[{ id: number; nowMs: number; detail: string; evidence: string }]>(
      `UPDATE alerts SET last_seen_at_ms = @nowMs, detail = @detail, evidence = @evidence
       WHERE id = @id`,
    ),
    resolve: db.prepare<[number, number]>('UPDATE alerts SET resolved_at_ms = ? WHERE id = ?'),
    prune: db.prepare<[number]>(
      `DELETE FROM alerts WHERE resolved_at_ms IS NOT NULL
       AND id <= (SELECT max(id) FROM alerts) - ?`,
    ),
  };
}
