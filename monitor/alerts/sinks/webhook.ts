/**
 * A sink for alerts: one URL that takes a POST. A receiver tells a repeated message by its delivery
 * id. With a secret, each carries an HMAC-SHA256 of its body.
 */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { RemoteError, send, statusError } from '#client/http.ts';
import type { FilePathSchema } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { readPrivateFile } from '#service/keys.ts';
import { outboundFetch } from '#service/outbound.ts';
import { httpUrl } from '#service/server-config.ts';
import type { Message, Outcome, SinkKind } from './sink.ts';

const settingsSchema = (filePath: FilePathSchema) =>
  z.strictObject({
    url: httpUrl(),
    /** File whose text keys the HMAC of each delivery; only its owner may read it. */
    secret_file: filePath.optional(),
    timeout_ms: z.int().min(50).max(60_000).default(10_000),
  });

interface WebhookTarget {
  readonly url: string;
  readonly timeoutMs: number;
  readonly secret?: string | undefined;
}

const MAX_ANSWER_BYTES = 64 * 1024;
/** Statuses from 400 to 499 that are not about the message: timeout, too early, too many. */
const MAY_PASS: readonly number[] = [408, 425, 429];

export const webhook: SinkKind<z.infer<ReturnType<typeof settingsSchema>>> = {
  schema: settingsSchema,
  open: ({ url, timeout_ms: timeoutMs, secret_file: path }) => {
    const target = { url, timeoutMs, secret: path && readSecret(path) };
    return { send: (message, signal) => post(target, message, signal) };
  },
};

function readSecret(path: string): string {
  const secret = readPrivateFile(path, 'secret').trim();
  if (secret === '') throw new ConfigError(`The secret ${path} is empty.`);
  return secret;
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
