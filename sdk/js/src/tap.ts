/** The SHA-256 of bodies on their way, which are neither held up nor kept. */
import { sha256, sha256OfParts } from '#crypto';
import { hashStream } from './hash-stream.ts';

const TAIL_BYTES = 32;
const latin1 = new TextDecoder('latin1');

/** A stream, and the hash of all of it once it has been read to its end; of another one the hash is rejected. */
export interface TappedStream {
  readonly stream: ReadableStream<Uint8Array>;
  readonly hash: Promise<Uint8Array>;
}

/**
 * Reads from `source` only what is asked for. `isWhole` is asked about the last characters that were read, when the
 * reader stops: whether nothing that matters can follow.
 */
export function tapStream(
  source: ReadableStream<Uint8Array>,
  isWhole: (tail: string) => boolean = () => false,
): TappedStream {
  const reader = source.getReader();
  const hash = sha256OfParts();
  let tail = '';
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    try {
      const { done, value } = await reader.read();
      if (done) {
        controller.close();
        resolve(hash.digest());
      } else {
        hash.update(value);
        tail = (tail + latin1.decode(value.subarray(-TAIL_BYTES))).slice(-TAIL_BYTES);
        controller.enqueue(value);
      }
    } catch (error) {
      reject(error);
      throw error;
    }
  };
  const cancel = async (reason: unknown) => {
    if (isWhole(tail)) resolve(hash.digest());
    else reject(new Error('the body was not read to its end'));
    await reader.cancel(reason);
  };
  return {
    stream: new ReadableStream({ pull, cancel }, { highWaterMark: 0 }),
    hash: handled(promise),
  };
}

export type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = Parameters<Fetch>[1];

/** What to fetch with instead, and the hash of the body that is sent. */
export interface TappedRequest {
  readonly init: Init;
  readonly hash: Promise<Uint8Array>;
}

/** The arguments of a `fetch`, unchanged but for bodies whose bytes are not known before they are sent. */
export async function tapRequest(input: Input, init: Init): Promise<TappedRequest> {
  const body = init?.body ?? undefined;
  if (body === undefined) {
    const own = input instanceof Request ? input.clone().body : null;
    return { init, hash: hashOf(own) };
  }
  if (body instanceof ReadableStream) {
    const { stream, hash } = tapStream(body);
    return { init: { ...init, body: stream }, hash };
  }
  if (!(body instanceof FormData)) return { init, hash: hashOf(new Response(body).body) };
  // A form is written with another boundary each time.
  const written = new Response(body);
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}));
  headers.set('content-type', written.headers.get('content-type')!);
  const bytes = new Uint8Array(await written.arrayBuffer());
  return { init: { ...init, headers, body: bytes }, hash: handled(Promise.resolve(sha256(bytes))) };
}

function hashOf(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  return handled(body === null ? Promise.resolve(sha256(new Uint8Array(0))) : hashStream(body));
}

/** Nobody may be there any more to see it rejected. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
