/**
 * The life of alerts, kept in SQLite: raised once, seen again, told of, resolved when over.
 *
 * A change and the messages about it commit together, so neither a crash nor a restart raises anything
 * twice or loses a message. What is permanent ends by an operator's word alone, and only new evidence
 * raises it again.
 */
import type { Logger } from '#service/logging.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import { ALERT_KINDS } from '../judge/alert-kinds.ts';
import type { Judgement } from '../judge/judgement.ts';
import {
  type Act,
  type Alert,
  type AlertStatements,
  changeOf,
  fromRow,
  keyOf,
  prepareAlerts,
} from './alert-table.ts';
import type { Silences } from './silences.ts';

export type { Act, Alert } from './alert-table.ts';

export type AlertEvent =
  | 'raised'
  /** There is more evidence. */
  | 'changed'
  | 'acknowledged'
  /** Open for long, and nobody has acknowledged it. */
  | 'reminder'
  /** The same, and the next step of the ladder is told. */
  | 'escalated'
  | 'resolved';

export interface AlertsOptions {
  readonly db: SqliteDatabase;
  readonly silences: Silences;
  readonly logger: Logger;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
  /** Called within the transaction of the change. */
  readonly announce: (event: AlertEvent, alert: Alert) => void;
  /** Called after each commit. */
  readonly committed: () => void;
}

/** Something to tell of an open alert that its judges have not said. */
export interface Telling {
  readonly alert: Alert;
  readonly event: 'raised' | 'reminder' | 'escalated';
}

type Change = readonly [AlertEvent, Alert];

const MAX_DETAIL_CHARS = 2000;
const MAX_KEPT = 10_000;
/** How often `lastSeenAtMs` is written while nothing else changes. */
const SEEN_INTERVAL_MS = 10_000;
/** What passes by itself may be resolved by hand when it has not been seen for so long. */
export const UNSEEN_MS = 60_000;

export class Alerts {
  readonly #options: AlertsOptions;
  readonly #sql: AlertStatements;
  /** Owned here: a copy of the open alerts, by key. Replaced after each commit. */
  #open: ReadonlyMap<string, Alert>;

  constructor(options: AlertsOptions) {
    this.#options = options;
    this.#sql = prepareAlerts(options.db);
    this.#open = this.#readOpen();
  }

  /** The open ones, the newest first. */
  open(): Alert[] {
    return [...this.#open.values()].map(this.#withSilence).sort((a, b) => b.id - a.id);
  }

  /** A page of all alerts, the newest first, with ids below `before`. */
  page(options: { openOnly: boolean; before: number; limit: number }): Alert[] {
    const { openOnly, before, limit } = options;
    return this.#sql.page
      .all(before, openOnly ? 1 : 0, limit)
      .map(fromRow)
      .map(this.#withSilence);
  }

  get(id: number): Alert | undefined {
    const row = this.#sql.get.get(id);
    return row && this.#withSilence(fromRow(row));
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
    this.#change(() => work().flatMap((judgement) => this.#applyOne(judgement, nowMs)));
  }

  /** An operator takes care of an open alert; undefined if it is not open. */
  acknowledge(id: number, act: Act): Alert | undefined {
    return this.#act(id, (known) => {
      const alert = { ...known, acknowledged: act };
      this.#sql.change.run(changeOf(alert));
      return ['acknowledged', alert];
    });
  }

  /**
   * An operator ends an open alert, whatever its kind; undefined if it is not open. Ask first whether
   * `isStillSeen`: what still is so is raised again.
   */
  resolve(id: number, act: Act): Alert | undefined {
    return this.#act(id, (known) => {
      this.#sql.resolve.run(act.atMs, JSON.stringify(act), known.id);
      return ['resolved', { ...known, resolvedAtMs: act.atMs, resolvedBy: act }];
    });
  }

  /** Whether an alert that passes by itself has not passed yet, as far as is known. */
  isStillSeen({ kind, lastSeenAtMs }: Alert): boolean {
    if (ALERT_KINDS[kind].permanent) return false;
    return Math.abs(this.#options.now() - lastSeenAtMs) < UNSEEN_MS;
  }

  /** Tells what is due of open alerts, and remembers that it was told. */
  tell(tellings: readonly Telling[]): void {
    if (tellings.length === 0) return;
    const nowMs = this.#options.now();
    this.#change(() =>
      tellings.map(({ alert, event }): Change => {
        const isStep = event === 'escalated';
        const told = {
          ...alert,
          announcedAtMs: alert.announcedAtMs ?? nowMs,
          toldAtMs: isStep ? alert.toldAtMs : nowMs,
          escalated: alert.escalated + (isStep ? 1 : 0),
        };
        this.#sql.change.run(changeOf(told));
        return [event, told];
      }),
    );
  }

  #act(id: number, work: (known: Alert) => Change): Alert | undefined {
    const [change] = this.#change(() => {
      const known = this.get(id);
      return known === undefined || known.resolvedAtMs !== undefined ? [] : [work(known)];
    });
    return change?.[1];
  }

  /** One transaction: the changes, and the messages about them. */
  #change(work: () => readonly Change[]): readonly Change[] {
    const changes = this.#options.db
      .transaction(() => {
        const made = work();
        for (const [event, alert] of made) {
          if (alert.announcedAtMs !== undefined) this.#options.announce(event, alert);
        }
        if (made.length > 0) this.#sql.prune.run(MAX_KEPT);
        return made;
      })
      .immediate();
    this.#options.committed();
    this.#open = this.#readOpen();
    for (const [event, alert] of changes) this.#log(event, alert);
    return changes;
  }

  #isNoNews(judgement: Judgement, nowMs: number): boolean {
    const known = this.#open.get(keyOf(judgement));
    if (judgement.state === 'good') return known === undefined;
    if (known === undefined) return this.#isClosed(judgement);
    if (hasMore(known, judgement)) return false;
    return Math.abs(nowMs - known.lastSeenAtMs) < SEEN_INTERVAL_MS;
  }

  #applyOne(judgement: Judgement, nowMs: number): Change[] {
    const row = this.#sql.find.get(judgement.kind, judgement.origin, judgement.subject);
    const known = row && fromRow(row);
    if (judgement.state === 'good') {
      if (known === undefined || ALERT_KINDS[known.kind].permanent) return [];
      this.#sql.resolve.run(nowMs, null, known.id);
      return [['resolved', { ...known, resolvedAtMs: nowMs }]];
    }
    const detail = judgement.detail.slice(0, MAX_DETAIL_CHARS);
    if (known !== undefined) return this.#see(known, { ...judgement, detail }, nowMs);
    if (this.#isClosed(judgement)) return [];
    return [['raised', this.#raise({ ...judgement, detail }, nowMs)]];
  }

  /** New evidence is told, and is not what was acknowledged. */
  #see(known: Alert, { detail, evidence: added = [] }: Judgement, nowMs: number): Change[] {
    const evidence = [...new Set([...known.evidence, ...added])];
    const seen = { ...known, lastSeenAtMs: nowMs, detail, evidence };
    if (evidence.length === known.evidence.length) {
      this.#sql.change.run(changeOf(seen));
      return [];
    }
    const { acknowledged: _, ...more } = { ...seen, toldAtMs: nowMs };
    this.#sql.change.run(changeOf(more));
    return this.#isQuiet(more, nowMs) ? [] : [['changed', more]];
  }

  #raise(judgement: Judgement, nowMs: number): Alert {
    const { kind, origin, subject, detail } = judgement;
    const evidence = JSON.stringify(judgement.evidence ?? []);
    const { severity } = ALERT_KINDS[kind];
    const announcedAtMs = this.#isQuiet({ kind, origin, subject, severity }, nowMs) ? null : nowMs;
    this.#sql.raise.run({ kind, origin, subject, detail, evidence, nowMs, announcedAtMs });
    return fromRow(this.#sql.find.get(kind, origin, subject)!);
  }

  /** Whether nothing is told of it now. A silence keeps no proven contradiction from anybody. */
  #isQuiet(alert: Pick<Alert, 'kind' | 'origin' | 'subject' | 'severity'>, nowMs: number): boolean {
    if (ALERT_KINDS[alert.kind].permanent) return false;
    return this.#options.silences.untilMs(alert, nowMs) !== undefined;
  }

  /** Whether an operator has ended what a judgement says, and it says nothing more. */
  #isClosed(judgement: Judgement): boolean {
    const { kind, origin, subject, evidence = [] } = judgement;
    if (!ALERT_KINDS[kind].permanent) return false;
    const row = this.#sql.closed.get(kind, origin, subject);
    if (row === undefined) return false;
    const known = fromRow(row);
    if (evidence.length > 0) return evidence.every((id) => known.evidence.includes(id));
    return judgement.detail.slice(0, MAX_DETAIL_CHARS) === known.detail;
  }

  #withSilence = (alert: Alert): Alert => {
    if (alert.resolvedAtMs !== undefined) return alert;
    const silencedUntilMs = this.#options.silences.untilMs(alert, this.#options.now());
    return silencedUntilMs === undefined ? alert : { ...alert, silencedUntilMs };
  };

  #readOpen(): ReadonlyMap<string, Alert> {
    const open = this.#sql.open.all().map(fromRow);
    return new Map(open.map((alert) => [keyOf(alert), alert]));
  }

  #log(event: AlertEvent, alert: Alert): void {
    const { id, kind, severity, origin, subject, detail, evidence } = alert;
    const fields = { alert: id, kind, severity, origin, subject, detail, evidence };
    const { title } = ALERT_KINDS[kind];
    const { logger } = this.#options;
    if (event !== 'raised') {
      const act = event === 'acknowledged' ? alert.acknowledged : alert.resolvedBy;
      logger.info({ ...fields, ...(act && { by: act.by, note: act.note }) }, `${event}: ${title}`);
    } else if (severity === 'critical') logger.error(fields, `alert: ${title}`);
    else logger.warn(fields, `alert: ${title}`);
  }
}

/** Whether a judgement says more than the open alert: other words, or evidence. */
function hasMore(known: Alert, judgement: Judgement): boolean {
  const isPermanent = ALERT_KINDS[known.kind].permanent;
  const detail = judgement.detail.slice(0, MAX_DETAIL_CHARS);
  if (isPermanent && detail !== known.detail) return true;
  return judgement.evidence?.some((id) => !known.evidence.includes(id)) ?? false;
}
