/**
 * What one sink has still to be told of alerts: a queue in SQLite, written in the transaction that
 * changed the alert, so that neither a crash nor a restart loses a message. Each sink has its own, so
 * one that is away holds up no other.
 *
 * One message waits for each alert. A change that comes meanwhile is folded into it, with a count, so
 * an alert that flaps takes no more room than any other. The gravest go first, each in the order in
 * which it began to wait; an alert that has had its turn, and waits again or still, goes behind the
 * others. Of those that are not critical the oldest are dropped beyond a limit.
 */
import type { Logger } from '#service/logging.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import { alertJson } from './alert-json.ts';
import { type Alert, keyOf } from './alert-table.ts';
import type { AlertEvent } from './alerts.ts';
import type { Message } from './sinks/sink.ts';

export interface Waiting {
  /** Another one whenever the body changes; never given twice. */
  readonly id: number;
  /** Of the alert: the same for all of its messages. */
  readonly key: string;
}

export interface QueuedMessage extends Message, Waiting {}

/** The alerts themselves stay in the database. Critical ones are as many as there are things to watch. */
const MAX_WAITING = 1000;

export class Outbox {
  /** Whose queue it is. */
  readonly sink: string;
  readonly #logger: Logger;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: SqliteDatabase, sink: string, logger: Logger) {
    this.sink = sink;
    this.#logger = logger;
    this.#sql = prepare(db);
  }

  /** Queues a message; within the caller's transaction. */
  add(event: AlertEvent, alert: Alert): void {
    const { sink } = this;
    const key = keyOf(alert);
    const known = this.#sql.take.get(sink, key);
    const changes = (known?.changes ?? 0) + 1;
    const body = JSON.stringify({ event, changes, alert: alertJson(alert) });
    const rank = alert.severity === 'critical' ? 1 : 0;
    this.#sql.add.run({ sink, key, rank, changes, body, firstId: known?.firstId ?? null });
    const dropped = this.#sql.drop.run({ sink, limit: MAX_WAITING }).changes;
    if (dropped > 0)
      this.#logger.error({ sink, dropped }, 'too many messages wait for their delivery');
  }

  /** In the order in which they should be told. */
  waiting(): Waiting[] {
    return this.#sql.waiting.all(this.sink);
  }

  get(id: number): QueuedMessage | undefined {
    return this.#sql.get.get(id);
  }

  remove(id: number): void {
    this.#sql.remove.run(id);
  }

  /** An alert has had its turn: whatever there still is to tell of it goes behind the others. */
  yield(key: string): void {
    this.#sql.yield.run(this.sink, key);
  }
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
    take: db.prepare<[string, string], { changes: number; firstId: number }>(
      `DELETE FROM outbox WHERE sink = ? AND alert_key = ?
       RETURNING changes, coalesce(first_id, id) AS firstId`,
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
    get: db.prepare<[number], QueuedMessage>(
      'SELECT id, alert_key AS key, body FROM outbox WHERE id = ?',
    ),
    remove: db.prepare<[number]>('DELETE FROM outbox WHERE id = ?'),
    yield: db.prepare<[string, string]>(
      `UPDATE outbox SET first_id = 1 + (SELECT max(coalesce(first_id, id)) FROM outbox)
       WHERE sink = ? AND alert_key = ?`,
    ),
  };
}
