/**
 * One HTTP request with a deadline and a cap on the answer, over any `fetch`.
 *
 * Nothing here trusts the other side: redirects are not followed, bodies are counted while they arrive,
 * and every failure is a `RemoteError` whose `kind` says what happened. An answer that says no says so by its
 * status, whatever becomes of its body.
 */
import { checkInteger } from '#protocol/arguments.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { httpPrefix } from '#protocol/policy/url.ts';
import { printable } from '#protocol/printable.ts';
import { partsOf } from './stream.ts';
import { textsOf } from './texts.ts';
import { splitUserInfo } from './user-info.ts';

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
  /** Without user and password, as in the message. */
  readonly url: string;
  readonly status: number | undefined;
  /** Seconds to wait before another try, when the server said so. */
  readonly retryAfterSeconds: number | undefined;
  /** The body of an error answer, or "" where that is cut off, late, no text or longer than 8 KiB. */
  readonly body: string | undefined;
  /** Of a body that is a problem document (RFC 9457): its stable code, and what it says to people. */
  readonly code: string | undefined;
  readonly detail: string | undefined;
  /** The member or parameter that it is about. */
  readonly field: string | undefined;

  constructor(
    kind: RemoteErrorKind,
    url: string,
    message: string,
    answer?: { status: number; retryAfterSeconds?: number | undefined; body?: string | undefined },
  ) {
    const shown = splitUserInfo(url).url;
    super(printable(`${shown}: ${message}`));
    this.kind = kind;
    this.url = shown;
    this.status = answer?.status;
    this.retryAfterSeconds = answer?.retryAfterSeconds;
    this.body = answer?.body;
    const { code, detail, field } = problemOf(this.body ?? '');
    this.code = code;
    this.detail = detail;
    this.field = field;
  }
}

/** What is known of a problem document. */
function problemOf(body: string) {
  const { code, detail, field } = parseJsonObject(body) ?? {};
  return textsOf({ code, detail, field }) ?? {};
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
/** Of the body of an answer that says no. */
const MAX_ERROR_BYTES = 8192;

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

/** As good as none when it is cut off, late or too long. */
async function readErrorBody(response: Response, url: string, options: HttpOptions) {
  const { maxBytes = DEFAULT_MAX_BYTES, signal } = options;
  try {
    return await readCapped(response, url, Math.min(maxBytes, MAX_ERROR_BYTES));
  } catch {
    signal?.throwIfAborted();
    return new Uint8Array();
  }
}

export function isOk(status: number): boolean {
  return status === 200;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

/**
 * Sends one request; user and password of its URL go as Basic authorization. Of an answer with a status that
 * `isWanted` the whole body is read, of any other what there is of 8 KiB. Throws `RemoteError`, and RangeError or
 * TypeError for a deadline or a cap that is none.
 */
export async function send(
  url: string,
  init: RequestInit,
  options: HttpOptions = {},
  isWanted: (status: number) => boolean = isSuccess,
): Promise<HttpAnswer> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxBytes = DEFAULT_MAX_BYTES } = options;
  checkInteger(timeoutMs, 'timeoutMs', 1, MAX_TIMEOUT_MS);
  checkInteger(maxBytes, 'maxBytes');
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const doFetch: Fetch = options.fetch ?? globalThis.fetch;
  const { url: bareUrl, authorization } = splitUserInfo(url);
  const asked = authorization === undefined ? init : withAuthorization(init, authorization);
  try {
    const response = await doFetch(bareUrl, { redirect: 'error', ...asked, signal });
    if (response.type === 'opaqueredirect') {
      // A browser says no more of it, not even its status.
      throw new RemoteError('status', url, 'a redirect, which is not followed');
    }
    const { status, headers } = response;
    const body = isWanted(status)
      ? await readCapped(response, url, maxBytes)
      : await readErrorBody(response, url, options);
    return { status, headers, body };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof RemoteError) throw error;
    if (timeout.aborted) throw new RemoteError('timeout', url, `no answer within ${timeoutMs} ms`);
    throw new RemoteError('unreachable', url, describeCause(error));
  }
}

/** A header that the caller has set himself stays. */
function withAuthorization(init: RequestInit, authorization: string): RequestInit {
  const headers = Object.fromEntries(new Headers(init.headers));
  return { ...init, headers: { authorization, ...headers } };
}

/** The reason at the bottom of a fetch failure, such as ECONNREFUSED. */
function describeCause(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown } | null)?.code;
  if (typeof code === 'string') return code;
  return (cause instanceof Error && cause.message) || 'connection failed';
}

/** The error for an answer with an unexpected status. */
export function statusError(url: string, { status, headers, body }: HttpAnswer): RemoteError {
  const text = textOfError(body);
  return new RemoteError('status', url, `unexpected status ${status}${problemDetail(text)}`, {
    status,
    retryAfterSeconds: secondsOf(headers.get('retry-after')),
    body: text,
  });
}

/** Only a number of seconds counts, as no log or witness of ours sends a date. Too many digits are as long as can be. */
function secondsOf(retryAfter: string | null): number | undefined {
  if (retryAfter === null || !/^[0-9]+$/.test(retryAfter)) return undefined;
  return Math.min(Number(retryAfter), Number.MAX_SAFE_INTEGER);
}

function textOfError(body: Uint8Array): string {
  try {
    return body.length > MAX_ERROR_BYTES ? '' : decodeUtf8(body);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return '';
  }
}

function problemDetail(body: string): string {
  const { code, detail } = problemOf(body);
  const parts = [code, detail].filter((part) => part !== undefined);
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
  const answer = await send(url, { method: 'GET' }, options, isOk);
  if (answer.status !== 200) throw statusError(url, answer);
  return answer.body;
}

/** A URL prefix without its trailing slashes; only http and https. Throws TypeError. */
export function urlPrefix(url: string): string {
  const prefix = httpPrefix(url);
  if (prefix === undefined) throw new TypeError('expected an http or https URL');
  return prefix;
}

/** A URL prefix as it may be shown: without user and password. */
export function shownPrefix(prefix: string): string {
  return urlPrefix(splitUserInfo(prefix).url);
}
