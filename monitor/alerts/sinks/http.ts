/** What the sinks that speak HTTP share: one request with a limit, and what its end means. */
import { type HttpAnswer, RemoteError, send, statusError } from '#client/http.ts';
import { ConfigError } from '#service/errors.ts';
import { readPrivateFile } from '#service/keys.ts';
import { outboundFetch } from '#service/outbound.ts';
import { away, type Outcome, refused, TAKEN } from './sink.ts';

export interface SinkRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface SinkLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const MAX_ANSWER_BYTES = 64 * 1024;
/** Statuses from 400 to 499 that are not about the message: timeout, too early, too many. */
const MAY_PASS: readonly number[] = [408, 425, 429];

/** An answer with a status from 200 to 299; throws `RemoteError` for any other end. */
export async function exchange(
  url: string,
  { method = 'POST', headers = {}, body }: SinkRequest,
  { timeoutMs, signal }: SinkLimits,
  maxBytes = MAX_ANSWER_BYTES,
): Promise<HttpAnswer> {
  const init = { method, headers, ...(body === undefined ? {} : { body }) };
  const answer = await send(url, init, { timeoutMs, maxBytes, signal, fetch: outboundFetch });
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw statusError(url, answer);
}

/** One request that is the whole delivery. */
export async function deliver(
  url: string,
  request: SinkRequest,
  limits: SinkLimits,
): Promise<Outcome> {
  try {
    await exchange(url, request, limits);
    return TAKEN;
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return outcomeOf(error);
  }
}

/** Without the error's message: the URL in it often is a secret. */
function outcomeOf({ kind, status, retryAfterSeconds }: RemoteError): Outcome {
  const reason = status === undefined ? kind : `status ${status}`;
  const isRefusal = status !== undefined && status >= 400 && status < 500;
  if (isRefusal && !MAY_PASS.includes(status)) return refused(reason);
  return away(reason, (retryAfterSeconds ?? 0) * 1000);
}

/** The text of a secret file, without what surrounds it. */
export function readSecret(path: string): string {
  const secret = readPrivateFile(path, 'secret').trim();
  if (secret === '') throw new ConfigError(`The secret ${path} is empty.`);
  return secret;
}
