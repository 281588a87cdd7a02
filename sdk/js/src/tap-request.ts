/** What `fetch` sends, and the hash of it. */
import { sha256 } from '#crypto';
import { ExchangeError, incomplete } from './exchange-error.ts';
import { hashStream } from './hash-stream.ts';
import { bytesOf, handled, type Tapped, tapIterable, tapStream } from './tap.ts';

export type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = Parameters<Fetch>[1];
type RequestBody = NonNullable<NonNullable<Init>['body']>;

/** What to fetch with instead, and the hash of the body that is sent. */
export interface TappedRequest {
  readonly init: Init;
  readonly hash: Promise<Uint8Array>;
  /** Reads no further of a body that nobody sends any more. */
  readonly stop?: () => void;
}

/**
 * The arguments of a `fetch`, unchanged but for bodies whose bytes are not known before they are sent. What can be
 * read twice is hashed at once: its owner may change it as soon as it was given to `fetch`.
 */
export function tapRequest(input: Input, init: Init): TappedRequest | Promise<TappedRequest> {
  const body: unknown = init?.body ?? undefined;
  if (body === undefined) return { init, ...tapInput(input) };
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

function tapInput(input: Input): Omit<TappedRequest, 'init'> {
  if (typeof input === 'string' || input instanceof URL) return { hash: hashOfNothing() };
  if (!isRequest(input)) return { hash: unknownBody() };
  const { body } = input.clone();
  if (body === null) return { hash: hashOfNothing() };
  const stopped = new AbortController();
  const stoppable = body.pipeThrough(new TransformStream(), { signal: stopped.signal });
  return { hash: handled(hashStream(stoppable)), stop: () => stopped.abort(incomplete()) };
}

async function hashOfNothing(): Promise<Uint8Array> {
  return sha256(new Uint8Array(0));
}

async function hashOf(body: unknown): Promise<Uint8Array> {
  if (body instanceof Blob) return await hashStream(body.stream());
  return sha256(bytesOf(body instanceof URLSearchParams ? String(body) : body));
}

function unknownBody(): Promise<never> {
  const message = 'the body of the request is of no kind whose bytes can be known';
  return handled(Promise.reject(new ExchangeError('unknown-body', message)));
}
