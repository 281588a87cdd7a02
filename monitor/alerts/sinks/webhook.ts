/**
 * A sink for alerts: one URL that takes a POST. A receiver tells a repeated message by its delivery
 * id. With a secret, each carries an HMAC-SHA256 of its body.
 */
import { createHmac } from 'node:crypto';
import { RemoteError, send, statusError } from '#client/http.ts';
import { outboundFetch } from '#service/outbound.ts';
import type { Message } from '../outbox.ts';
import type { Outcome, Sink } from './sink.ts';

export interface WebhookTarget {
  readonly url: string;
  readonly timeoutMs: number;
  readonly secret?: string | undefined;
}

const MAX_ANSWER_BYTES = 64 * 1024;
/** Statuses from 400 to 499 that are not about the message: timeout, too early, too many. */
const MAY_PASS: readonly number[] = [408, 425, 429];

export function webhook(target: WebhookTarget): Sink {
  return { name: 'webhook', send: (message, signal) => post(target, message, signal) };
}

async function post(
  target: WebhookTarget,
  message: Message,
  signal: AbortSignal,
): Promise<Outcome> {
  const { url, timeoutMs } = target;
  const options = { timeoutMs, maxBytes: MAX_ANSWER_BYTES, signal, fetch: outboundFetch };
  try {
    const init = { method: 'POST', headers: headersOf(target, message), body: message.body };
    const answer = await send(url, init, options);
    if (answer.status >= 200 && answer.status < 300) return { kind: 'taken' };
    return outcomeOf(statusError(url, answer));
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return outcomeOf(error);
  }
}

function headersOf({ secret }: WebhookTarget, { id, body }: Message): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-tecp-delivery': String(id),
  };
  if (secret === undefined) return headers;
  const mac = createHmac('sha256', secret).update(body).digest('hex');
  return { ...headers, 'x-tecp-signature': `sha256=${mac}` };
}

/** Without the error's message: the URL in it often is a secret. */
function outcomeOf({ kind, status, retryAfterSeconds }: RemoteError): Outcome {
  const reason = status === undefined ? kind : `status ${status}`;
  const isRefusal = status !== undefined && status >= 400 && status < 500;
  if (isRefusal && !MAY_PASS.includes(status)) return { kind: 'refused', reason };
  return { kind: 'away', reason, retryAfterMs: (retryAfterSeconds ?? 0) * 1000 };
}
