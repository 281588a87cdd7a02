/**
 * Requests to a bucket: signed, with a limit to how many are sent at once, and sent again where the server is
 * busy or nothing came back. A request that was lost may have been carried out, so each has to be one that
 * may be carried out twice.
 */
import { AwsV4Signer } from 'aws4fetch';
import { type HttpAnswer, RemoteError, send } from '#client/http.ts';
import { sha256 } from '#crypto';
import { toHex } from '#protocol/bytes.ts';
import { sentence } from '../../errors.ts';
import { outboundFetch } from '../../outbound.ts';
import { monotonicMs, sleep } from '../../schedule.ts';
import { CONCURRENT_WRITES, PublicFilesError } from '../public-files.ts';
import type { S3Location } from './location.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/** For one request, and longer by what a slow line needs for its bytes. */
const REQUEST_MS = 8000;
const BYTES_PER_MS = 1024;
/** No request is begun later than this after the first of its kind. */
const RETRY_WITHIN_MS = 10_000;
const MAX_PAUSE_MS = 2000;

/** The code of a refusal of ours: the answer has more bytes than were asked for. */
export const TOO_LARGE = 'TooLarge';

export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Of an object, relative to the prefix; empty for the bucket. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Of the answer. */
  readonly maxBytes: number;
}

export type S3Answer = { readonly ok: HttpAnswer } | { readonly refused: Refusal };

export class S3Client {
  readonly location: S3Location;
  /** Keys that were derived from the secret for a day. Owned by the signer. */
  readonly #derived = new Map<string, ArrayBuffer>();
  // Both owned by `#inTurn`.
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(location: S3Location) {
    this.location = location;
  }

  /**
   * The answer, also one that says no for good. Rejects with `PublicFilesError` of kind `unavailable` when none
   * came, or only such as pass by themselves, however often it was sent.
   */
  async request(request: S3Request): Promise<S3Answer> {
    return await this.#inTurn(() => this.#sendUntilAnswered(request));
  }

  async #sendUntilAnswered(request: S3Request): Promise<S3Answer> {
    const lastMs = monotonicMs() + RETRY_WITHIN_MS;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#send(request);
      if ('answer' in outcome) return outcome.answer;
      const pauseMs = Math.min(MAX_PAUSE_MS, 100 * 2 ** attempt) * (0.5 + Math.random());
      if (monotonicMs() + pauseMs > lastMs) throw this.unavailable(request, outcome.failure);
      await sleep(pauseMs);
    }
  }

  /** Why a request did not do what it should have, with its place and its object. */
  refused({ method, path }: S3Request, { text }: Refusal): PublicFilesError {
    return new PublicFilesError('refused', sentence(`${this.#what(method, path)}: ${text}`));
  }

  unavailable({ method, path }: S3Request, why: string): PublicFilesError {
    return new PublicFilesError('unavailable', sentence(`${this.#what(method, path)}: ${why}`));
  }

  #what(method: string, path: string): string {
    return `${this.location.name}: ${method} ${path === '' ? 'of the bucket' : path}`;
  }

  async #send(request: S3Request): Promise<{ answer: S3Answer } | { failure: string }> {
    const { method, maxBytes, body = new Uint8Array() } = request;
    const { url, headers } = await this.#signed(request, body);
    const timeoutMs = REQUEST_MS + Math.ceil((maxBytes + body.length) / BYTES_PER_MS);
    const init: RequestInit = { method, headers, redirect: 'manual' };
    if (method === 'PUT') init.body = body as Uint8Array<ArrayBuffer>;
    try {
      const answer = await send(url, init, { fetch: outboundFetch, timeoutMs, maxBytes });
      if (answer.status >= 200 && answer.status <= 299) return { answer: { ok: answer } };
      const refused = refusalOf(answer);
      return refused.isPassing ? { failure: refused.text } : { answer: { refused } };
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      // Its message names a URL, of which the place is known already.
      if (error.kind === 'too-large') {
        const text = `it exceeds ${maxBytes} bytes`;
        return { answer: { refused: { status: 200, code: TOO_LARGE, isPassing: false, text } } };
      }
      return { failure: error.message.slice(error.url.length + 2) };
    }
  }

  /** Signed anew each time, as a signature is for the moment. It covers the body. */
  async #signed({ method, path, query, headers = {} }: S3Request, body: Uint8Array) {
    const { url, prefix, region, credentials } = this.location;
    const target = new URL(path === '' ? url : `${url}${prefix}${path}`);
    for (const [name, value] of Object.entries(query ?? {})) target.searchParams.set(name, value);
    const signed = await new AwsV4Signer({
      method,
      url: target.href,
      headers: { ...headers, 'x-amz-content-sha256': toHex(sha256(body)) },
      ...credentials,
      service: 's3',
      region,
      cache: this.#derived,
    }).sign();
    return { url: signed.url.href, headers: signed.headers };
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay < CONCURRENT_WRITES) this.#underWay++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay--;
      else next();
    }
  }
}
