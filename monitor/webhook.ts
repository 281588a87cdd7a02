/**
 * Delivers alerts to one URL, each at least once and in order, over crashes and restarts.
 *
 * Messages wait in SQLite, written in the transaction that changed the alert. A receiver tells a
 * repeated one by its delivery id. With a secret, each carries an HMAC-SHA256 of its body.
 */
import { createHmac } from 'node:crypto';
import { RemoteError, send, statusError } from '#client/http.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import type { Alert, AlertEvent } from './alerts.ts';
import { alertJson } from './json.ts';

export interface WebhookTarget {
  readonly url: string;
  readonly timeoutMs: number;
  readonly secret?: string | undefined;
}

/** Beyond this, the oldest messages are dropped: the alerts themselves stay in the database. */
const MAX_WAITING = 1000;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 300_000;
const MAX_ANSWER_BYTES = 64 * 1024;

export class Outbox {
  readonly #target: WebhookTarget | undefined;
  readonly #logger: Logger;
  readonly #sql: ReturnType<typeof prepare>;
  // Owned by `deliver`, which never runs twice at a time. A restart tries at once.
  #failures = 0;
  #notBeforeMs = 0;

  constructor(db: SqliteDatabase, target: WebhookTarget | undefined, logger: Logger) {
    this.#target = target;
    this.#logger = logger;
    this.#sql = prepare(db);
  }

  /** Queues a message; within the caller's transaction. Nothing happens without a target. */
  add(event: AlertEvent, alert: Alert): void {
    if (this.#target === undefined) return;
    this.#sql.add.run(JSON.stringify({ event, alert: alertJson(alert) }));
    const { changes } = this.#sql.drop.run(MAX_WAITING);
    if (changes > 0) this.#logger.error({ dropped: changes }, 'the webhook is too far behind');
  }

  get waiting(): number {
    return this.#sql.count.get()!.count;
  }

  /** Sends what is due; stops at the first failure and pauses, longer each time. */
  async deliver(signal: AbortSignal): Promise<void> {
    const target = this.#target;
    if (target === undefined || monotonicMs() < this.#notBeforeMs) return;
    for (;;) {
      const message = this.#sql.first.get();
      if (message === undefined || signal.aborted) return;
      const error = await attempt(target, message, signal);
      if (error !== undefined) {
        this.#pauseAfter(error);
        return;
      }
      this.#sql.remove.run(message.id);
      this.#failures = 0;
    }
  }

  #pauseAfter(error: RemoteError): void {
    const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    const askedMs = Math.min(MAX_PAUSE_MS, (error.retryAfterSeconds ?? 0) * 1000);
    this.#notBeforeMs = monotonicMs() + Math.max(pauseMs, askedMs);
    this.#failures++;
    // The URL of a webhook often is a secret, and it is in the error's message.
    const { kind, status } = error;
    this.#logger.warn({ kind, status, pauseMs }, 'the webhook did not take an alert');
  }
}

interface Message {
  id: number;
  body: string;
}

/** Nothing when it was taken. */
async function attempt(target: WebhookTarget, { id, body }: Message, signal: AbortSignal) {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-tecp-delivery': String(id),
  };
  if (target.secret !== undefined) {
    const mac = createHmac('sha256', target.secret).update(body).digest('hex');
    headers['x-tecp-signature'] = `sha256=${mac}`;
  }
  const options = {
    timeoutMs: target.timeoutMs,
    maxBytes: MAX_ANSWER_BYTES,
    signal,
    fetch: outboundFetch,
  };
  try {
    const answer = await send(target.url, { method: 'POST', headers, body }, options);
    const isTaken = answer.status >= 200 && answer.status < 300;
    return isTaken ? undefined : statusError(target.url, answer);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return error;
  }
}

function prepare(db: SqliteDatabase) {
  return {
    add: db.prepare<[string]>('INSERT INTO outbox (body) VALUES (?)'),
    drop: db.prepare<[number]>('DELETE FROM outbox WHERE id <= (SELECT max(id) FROM outbox) - ?'),
    count: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM outbox'),
    first: db.prepare<[], Message>('SELECT id, body FROM outbox ORDER BY id LIMIT 1'),
    remove: db.prepare<[number]>('DELETE FROM outbox WHERE id = ?'),
  };
}
