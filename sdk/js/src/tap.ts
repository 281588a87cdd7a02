/** The SHA-256 of bodies on their way, which are neither held up nor kept. */
import { sha256OfParts } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { ExchangeError, incomplete } from './exchange-error.ts';

/** A body to be sent or read instead of another one, and the hash of that once it has been read to its end. */
export interface Tapped<Body> {
  readonly body: Body;
  readonly hash: Promise<Uint8Array>;
}

const TAIL_BYTES = 32;
const latin1 = new TextDecoder('latin1');

/** The hash of what passes by. It knows nothing of the stream, which may be collected while this is waited for. */
class PassingHash {
  readonly #hash = sha256OfParts();
  readonly #result = Promise.withResolvers<Uint8Array>();
  readonly #lastPart: RegExp | undefined;
  #tail = '';
  #isSettled = false;

  /** Of a body that counts as whole, too, where its reader stops after what `lastPart` matches. */
  constructor(lastPart?: RegExp) {
    this.#lastPart = lastPart;
    handled(this.#result.promise);
  }

  get result(): Promise<Uint8Array> {
    return this.#result.promise;
  }

  /** Never throws: a part whose bytes are not known is no reason to hold it up. */
  add(part: unknown): void {
    if (this.#isSettled) return;
    try {
      const bytes = bytesOf(part);
      this.#hash.update(bytes);
      if (this.#lastPart === undefined) return;
      this.#tail = (this.#tail + latin1.decode(bytes.subarray(-TAIL_BYTES))).slice(-TAIL_BYTES);
    } catch (error) {
      this.fail(error);
    }
  }

  end(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#result.resolve(this.#hash.digest());
  }

  fail(error: unknown): void {
    this.#isSettled = true;
    this.#result.reject(error);
  }

  /** Nobody reads on. */
  stop(): void {
    if (this.#lastPart?.test(this.#tail)) this.end();
    else this.fail(incomplete());
  }
}

/** Of what platforms send as a body, or as a part of one. Throws `ExchangeError` for anything else. */
export function bytesOf(sent: unknown): Uint8Array {
  if (sent instanceof Uint8Array) return sent;
  if (typeof sent === 'string') return encodeUtf8(sent);
  if (sent instanceof ArrayBuffer) return new Uint8Array(sent);
  if (ArrayBuffer.isView(sent)) {
    return new Uint8Array(sent.buffer, sent.byteOffset, sent.byteLength);
  }
  throw new ExchangeError('unknown-body', 'what is sent is of no kind whose bytes can be known');
}

const unread = new FinalizationRegistry<PassingHash>((hash) => hash.stop());

/**
 * The stream that `source` has as its body. That is left alone until it is read, and `source` kept as long as the
 * tapped one: a platform gives the connection of a response back only when nobody can read that any more.
 */
export function tapStream(
  source: { readonly body: ReadableStream<Uint8Array> },
  lastPart?: RegExp,
): Tapped<ReadableStream<Uint8Array>> {
  const hash = new PassingHash(lastPart);
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const pull = async (
    controller: ReadableStreamDefaultController | ReadableByteStreamController,
  ) => {
    try {
      reader ??= source.body.getReader();
      const { done, value } = await reader.read();
      if (done) {
        hash.end();
        controller.close();
        // Whoever waits with memory of its own is told in this way only.
        if ('byobRequest' in controller) controller.byobRequest?.respond(0);
      } else {
        hash.add(value);
        controller.enqueue(value as Uint8Array<ArrayBuffer>);
      }
    } catch (error) {
      hash.fail(error);
      throw error;
    }
  };
  const cancel = async (reason: unknown) => {
    hash.stop();
    await (reader ?? source.body).cancel(reason);
  };
  const body = isByteStream(source.body)
    ? new ReadableStream({ type: 'bytes', pull, cancel })
    : new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
  unread.register(body, hash);
  return { body, hash: hash.result };
}

/** Whether it can be read into memory of the reader, and hands out only memory that nobody else has. */
function isByteStream(stream: ReadableStream): boolean {
  if (!('ReadableByteStreamController' in globalThis)) return false;
  try {
    stream.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

/**
 * The same object for whoever does anything but iterate over it: `fetch` asks a stream of Node whether it was read
 * before, and others than the platform's may read it in their own way.
 */
export function tapIterable<Body extends AsyncIterable<unknown>>(source: Body): Tapped<Body> {
  const hash = new PassingHash();
  async function* parts(): AsyncGenerator<unknown, void> {
    try {
      for await (const part of source) {
        hash.add(part);
        yield part;
      }
      hash.end();
    } catch (error) {
      hash.fail(error);
      throw error;
    } finally {
      hash.stop();
    }
  }
  const get = (_: object, name: PropertyKey) => {
    if (name === Symbol.asyncIterator) return parts;
    const value: unknown = Reflect.get(source, name);
    return typeof value === 'function' ? value.bind(source) : value;
  };
  const set = (_: object, name: PropertyKey, value: unknown) => Reflect.set(source, name, value);
  // Not a proxy of the source itself, which could hold it to what its frozen properties are.
  const body: Body = new Proxy(Object.create(source), { get, set });
  return { body, hash: hash.result };
}

/** Nobody may be there any more to see it rejected. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
