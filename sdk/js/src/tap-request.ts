/** What `fetch` sends, and the hash of it. */
import { sha256 } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { ExchangeError } from './exchange-error.ts';
import { hashStream } from './hash-stream.ts';
import { handled, type Tapped, tapIterable, tapStream } from './tap.ts';

export type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = Parameters<Fetch>[1];
type RequestBody = NonNullable<NonNullable<Init>['body']>;

/** What to fetch with instead, and the hash of the body that is sent. */
export interface TappedRequest {
  readonly init: Init;
  readonly hash: Promise<Uint8Array>;
}

/**
 * The arguments of a `fetch`, unchanged but for bodies whose bytes are not known before they are sent. What can be
 * read twice is hashed at once: its owner may change it as soon as it was given to `fetch`.
 */
export function tapRequest(input: Input, init: Init): TappedRequest | Promise<TappedRequest> {
  const body: unknown = init?.body ?? undefined;
  if (body === undefined) return { init, hash: handled(hashOfInput(input)) };
  if (body instanceof FormData) return tapForm(input, init!, body);
  if (body instanceof ReadableStream) {
    return isReadable(body) ? withBody(init!, tapStream({ body })) : { init, hash: unknownBody() };
  }
  if (isAsyncIterable(body)) return withBody(init!, tapIterable(body));
  return { init, hash: handled(hashOf(body)) };
}

/** A stream that somebody reads or has read is for `fetch` to refuse. */
function isReadable(stream: ReadableStream): boolean {
  try {
    asRequest(stream);
    return true;
  } catch {
    return false;
  }
}

/** Which is never sent. Servers such as Hono's put another Response in place of the platform's, but no Request. */
function asRequest(body: RequestBody): Request {
  return new Request('http://nowhere.invalid', { method: 'POST', body, duplex: 'half' });
}

function isAsyncIterable(body: unknown): body is AsyncIterable<unknown> {
  return typeof (body as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function';
}

/** A form is written with another boundary each time, so it is written here. */
async function tapForm(
  input: Input,
  init: NonNullable<Init>,
  form: FormData,
): Promise<TappedRequest> {
  const written = asRequest(form);
  const headers = new Headers(init.headers ?? (isRequest(input) ? input.headers : {}));
  if (!headers.has('content-type')) {
    headers.set('content-type', written.headers.get('content-type')!);
  }
  const rest = { ...members(init), headers };
  const body = new Uint8Array(await written.arrayBuffer());
  return withBody(rest, { body, hash: handled(Promise.resolve(sha256(body))) });
}

function withBody(init: NonNullable<Init>, { body, hash }: Tapped<unknown>): TappedRequest {
  return { init: { ...members(init), body: body as RequestBody }, hash };
}

/** Those that it inherits, too: a `Request` may stand there. */
function members(init: NonNullable<Init>): NonNullable<Init> {
  const all: Record<string, unknown> = { ...init };
  for (const name in init) all[name] = init[name as keyof typeof init];
  return all;
}

/** Of whatever make: there may be several in a process. */
export function isRequest(input: Input): input is Request {
  return typeof input === 'object' && 'clone' in input && 'method' in input;
}

async function hashOfInput(input: Input): Promise<Uint8Array> {
  if (typeof input === 'string' || input instanceof URL) return sha256(new Uint8Array(0));
  if (!isRequest(input)) return await unknownBody();
  const { body } = input.clone();
  return body === null ? sha256(new Uint8Array(0)) : await hashStream(body);
}

async function hashOf(body: unknown): Promise<Uint8Array> {
  if (typeof body === 'string' || body instanceof URLSearchParams) {
    return sha256(encodeUtf8(String(body)));
  }
  if (body instanceof ArrayBuffer) return sha256(new Uint8Array(body));
  if (ArrayBuffer.isView(body)) {
    return sha256(new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
  }
  if (body instanceof Blob) return await hashStream(body.stream());
  return await unknownBody();
}

function unknownBody(): Promise<never> {
  const message = 'the body of the request is of no kind whose bytes can be known';
  return handled(Promise.reject(new ExchangeError('unknown-body', message)));
}
