/**
 * What one sink has still to be told of alerts: a queue in SQLite, written in the transaction that
 * changed the alert, so that neither a crash nor a restart loses a message. Each sink has its own, so
 * one that is away holds up no other.
 *
 * One message waits for each alert. A change that comes meanwhile is folded into it, with a count, so
 * an alert that flaps takes no more room than any other. The gravest go first, each in the order in
 * which it began to wait; an alert that has had its turn, and waits again or still, goes behind the
 * others. Of those that are not critical the oldest are dropped beyond a limit. What is not about an
 * alert is one message of its own, which gives way to all others.
 */
import type { Logger } from '#service/logging.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import { alertJson } from './alert-json.ts';
import { type Alert, keyOf } from './alert-table.ts';
import type { AlertEvent } from './alerts.ts';
import { encodeNotice, type Notice } from './notice.ts';
import type { Message } from './sinks/sink.ts';

export interface Waiting {
  /** Another one whenever the body changes; never given twice. */
  readonly id: number;
  /** Of the alert: the same for all of its messages. */
  readonly key: string;
}

export interface QueuedMessage extends Message {
  readonly id: number;
  readonly key: string;
}

/** The alerts themselves stay in the database. Critical ones are as many as there are things to watch. */
const MAX_WAITING = 1000;

export class Outbox {
  /** Whose queue it is. */
  readonly sink: string;
  readonly #logger: Logger;
  readonly #monitorUrl: string | undefined;
  readonly #sql: ReturnType<typeof prepare>;

  /** `monitorUrl` is where people find the monitor's page. */
  constructor(db: SqliteDatabase, sink: string, logger: Logger, monitorUrl?: string) {
    this.sink = sink;
    this.#logger = logger;
    this.#monitorUrl = monitorUrl;
    this.#sql = prepare(db);
  }

  /** Queues a message about an alert; within the caller's transaction. */
  add(event: AlertEvent, alert: Alert, atMs = alert.lastSeenAtMs): void {
    const key = keyOf(alert);
    const known = this.#sql.get.get(this.sink, key);
    // What waits says that it is open, too.
    if (known !== undefined && event === 'reminder') return;
    const before = known && eventOf(known.body);
    const isMore = event === 'changed' || event === 'acknowledged' || event === 'escalated';
    const told = before === 'raised' && isMore ? before : event;
    const changes = (known?.changes ?? 0) + 1;
    const notice: Notice = { event: told, at: atMs, changes, alert: alertJson(alert) };
    this.#put(key, alert.severity === 'critical' ? 1 : 0, changes, notice);
  }

  /** Queues what is not about an alert, in the place of what of that kind still waits. */
  put(notice: Notice): void {
    this.#put(notice.event, -1, 1, notice);
  }

  #put(key: string, rank: number, changes: number, notice: Notice): void {
    const { sink } = this;
    const firstId = this.#sql.take.get(sink, key)?.firstId ?? null;
    const from = this.#monitorUrl === undefined ? {} : { monitor: this.#monitorUrl };
    const body = encodeNotice({ ...notice, ...from });
    this.#sql.add.run({ sink, key, rank, changes, body, firstId });
    const dropped = this.#sql.drop.run({ sink, limit: MAX_WAITING }).changes;
    if (dropped > 0) {
      this.#logger.error({ sink, dropped }, 'too many messages wait for their delivery');
    }
  }

  /** In the order in which they are to be told. */
  waiting(): Waiting[] {
    return this.#sql.waiting.all(this.sink);
  }

  get(id: number): QueuedMessage | undefined {
    const row = this.#sql.message.get(id);
    return row && { ...row, notice: JSON.parse(row.body) as Notice };
  }

  remove(id: number): void {
    this.#sql.remove.run(id);
  }

  /** An alert has had its turn: whatever there still is to tell of it goes behind the others. */
  yield(key: string): void {
    this.#sql.yield.run(this.sink, key);
  }
}

function eventOf(body: string): Notice['event'] {
  return (JSON.parse(body) as Notice).event;
}

/** Of what waits in queues of sinks that are not `configured` any more, how much, by sink. */
export function orphans(db: SqliteDatabase, configured: readonly string[]): Map<string, number> {
  const rows = db
    .prepare<[], { sink: string; count: number }>(
      'SELECT sink, count(*) AS count FROM outbox GROUP BY sink',
    )
    .all();
  return new Map(
    rows
      .map(({ sink, count }) => [sink, count] as const)
      .filter(([sink]) => !configured.includes(sink)),
  );
}

interface NewMessage {
  sink: string;
  key: string;
  rank: number;
  changes: number;
  body: string;
  firstId: number | null;
}

function prepare(db: SqliteDatabase) {
  return {
    get: db.prepare<[string, string], { changes: number; body: string }>(
      'SELECT changes, body FROM outbox WHERE sink = ? AND alert_key = ?',
    ),
    take: db.prepare<[string, string], { firstId: number }>(
      `DELETE FROM outbox WHERE sink = ? AND alert_key = ?
       RETURNING coalesce(first_id, id) AS firstId`,
    ),
    add: db.prepare<[NewMessage]>(
      `INSERT INTO outbox (sink, alert_key, rank, changes, body, first_id)
       VALUES (@sink, @key, @rank, @changes, @body, @firstId)`,
    ),
    drop: db.prepare<[{ sink: string; limit: number }]>(
      `DELETE FROM outbox WHERE id IN (
         SELECT id FROM outbox WHERE sink = @sink AND rank < 1
         ORDER BY coalesce(first_id, id)
         LIMIT max(0, (SELECT count(*) FROM outbox WHERE sink = @sink) - @limit))`,
    ),
    waiting: db.prepare<[string], Waiting>(
      `SELECT id, alert_key AS key FROM outbox WHERE sink = ?
       ORDER BY rank DESC, coalesce(first_id, id)`,
    ),
    message: db.prepare<[number], { id: number; key: string; body: string }>(
      'SELECT id, alert_key AS key, body FROM outbox WHERE id = ?',
    ),
    remove: db.prepare<[number]>('DELETE FROM outbox WHERE id = ?'),
    yield: db.prepare<[string, string]>(
      `UPDATE outbox SET first_id = 1 + (SELECT max(coalesce(first_id, id)) FROM outbox)
       WHERE sink = ? AND alert_key = ?`,
    ),
  };
}
