/**
 * One HTTP request with a deadline and a cap on the answer, over any `fetch`.
 *
 * Nothing here trusts the other side: redirects are refused, bodies are counted while they arrive,
 * and every failure is a `RemoteError` whose `kind` says what happened.
 */
import { checkInteger } from '#protocol/arguments.ts';
import { httpPrefix } from '#protocol/policy/url.ts';
import { printable } from '#protocol/printable.ts';
import { partsOf } from './stream.ts';

export type RemoteErrorKind =
  | 'unreachable' // no connection, or it broke
  | 'timeout'
  | 'status' // an answer with a status that the caller did not expect
  | 'too-large'
  | 'bad-content'; // an answer whose body is not what it must be

/** Its message is one line of text that a terminal may show, whatever the other side has sent. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly kind: RemoteErrorKind;
  readonly url: string;
  readonly status: number | undefined;
  /** Seconds to wait before another try, when the server said so. */
  readonly retryAfterSeconds: number | undefined;
  /** The body of an error answer, at most 8 KiB of it. */
  readonly body: string | undefined;
  /** Of a body that is a problem document (RFC 9457): its stable code, and what it says to people. */
  readonly code: string | undefined;
  readonly detail: string | undefined;

  constructor(
    kind: RemoteErrorKind,
    url: string,
    message: string,
    answer?: { status: number; retryAfterSeconds?: number | undefined; body?: string | undefined },
  ) {
    super(printable(`${url}: ${message}`));
    this.kind = kind;
    this.url = url;
    this.status = answer?.status;
    this.retryAfterSeconds = answer?.retryAfterSeconds;
    this.body = answer?.body;
    const problem = parseJsonObject(this.body ?? '');
    this.code = textOrNothing(problem?.code);
    this.detail = textOrNothing(problem?.detail);
  }
}

function textOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpOptions {
  /** Defaults to the platform's `fetch`. */
  readonly fetch?: Fetch;
  /** Deadline for the whole exchange, body included. Defaults to 10,000. */
  readonly timeoutMs?: number;
  /** Cap on the body of an answer. Defaults to 4 MiB, enough for the largest bundle of receipts. */
  readonly maxBytes?: number;
  /** Ends the request early; the error is then the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** What timers of the platform can count. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;
const ERROR_BODY_CHARS = 8192;

async function readCapped(response: Response, url: string, maxBytes: number) {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (response.body !== null) {
    for await (const chunk of partsOf(response.body)) {
      length += chunk.length;
      if (length > maxBytes) {
        throw new RemoteError('too-large', url, `answer exceeds ${maxBytes} bytes`);
      }
      chunks.push(chunk);
    }
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

/**
 * Sends one request and reads the whole answer, whatever its status. Throws `RemoteError`, and RangeError
 * or TypeError for a deadline or a cap that is none.
 */
export async function send(
  url: string,
  init: RequestInit,
  options: HttpOptions = {},
): Promise<HttpAnswer> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxBytes = DEFAULT_MAX_BYTES } = options;
  checkInteger(timeoutMs, 'timeoutMs', 1, MAX_TIMEOUT_MS);
  checkInteger(maxBytes, 'maxBytes');
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const doFetch: Fetch = options.fetch ?? globalThis.fetch;
  try {
    const response = await doFetch(url, { redirect: 'error', ...init, signal });
    const body = await readCapped(response, url, maxBytes);
    return { status: response.status, headers: response.headers, body };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof RemoteError) throw error;
    if (timeout.aborted) throw new RemoteError('timeout', url, `no answer within ${timeoutMs} ms`);
    throw new RemoteError('unreachable', url, describeCause(error));
  }
}

/** The reason at the bottom of a fetch failure, such as ECONNREFUSED. */
function describeCause(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown } | null)?.code;
  if (typeof code === 'string') return code;
  return cause instanceof Error ? cause.message : 'connection failed';
}

/** The error for an answer with an unexpected status. */
export function statusError(url: string, answer: HttpAnswer): RemoteError {
  const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const body = new TextDecoder('utf-8', { ignoreBOM: true })
    .decode(answer.body)
    .slice(0, ERROR_BODY_CHARS);
  return new RemoteError(
    'status',
    url,
    `unexpected status ${answer.status}${problemDetail(body)}`,
    {
      status: answer.status,
      retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
      body,
    },
  );
}

function problemDetail(body: string): string {
  const problem = parseJsonObject(body);
  const parts = [problem?.code, problem?.detail].filter((part) => typeof part === 'string');
  return parts.length > 0 ? ` (${parts.join(': ')})` : '';
}

/** A JSON object, or undefined when the text is anything else. */
export function parseJsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** GETs a body. Any status but 200 is a `RemoteError` of kind 'status'. */
export async function get(
  url: string,
  options: HttpOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await send(url, { method: 'GET' }, options);
  if (answer.status !== 200) throw statusError(url, answer);
  return answer.body;
}

/** A URL prefix without its trailing slashes; only http and https. Throws TypeError. */
export function urlPrefix(url: string): string {
  const prefix = httpPrefix(url);
  if (prefix === undefined) throw new TypeError('expected an http or https URL');
  return prefix;
}
