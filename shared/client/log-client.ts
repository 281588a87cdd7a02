/**
 * Submitting to a log and asking it for proofs, over its JSON API.
 *
 * Submission is idempotent, so a request that was refused for load or lost on the way is simply
 * sent again. What comes back is not verified here: check the proof with a policy.
 */
import { checkInteger, checkText } from '#protocol/arguments.ts';
import { decodeUtf8, encodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import {
  type HttpOptions,
  parseJsonObject,
  RemoteError,
  send,
  statusError,
  urlPrefix,
} from './http.ts';

export interface Submitted {
  readonly leaf_index: number;
  /** Lowercase hex. */
  readonly leaf_hash: string;
  /** Whether the entry was in the log before. */
  readonly duplicate: boolean;
  /** A tlog-proof, when it was asked for and the quorum came in time. */
  readonly proof?: string;
  /** What a submitter should know of an entry that was taken; absent when there is nothing. */
  readonly warnings?: readonly SubmissionWarning[];
}

export interface SubmissionWarning {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
}

/** One line of a batch: what a single submission would have answered, or why it was refused. */
export type BatchResult =
  | ({ readonly status: 200 } & Submitted)
  | {
      readonly status: number;
      readonly code: string;
      readonly detail: string;
      readonly field?: string;
    };

export interface SubmitOptions {
  /** Wait for the cosigned proof. */
  readonly waitForProof?: boolean;
  /** Tries in all, first included, for answers that ask to try again. Defaults to 5. */
  readonly attempts?: number;
}

const DEFAULT_ATTEMPTS = 5;
const MAX_PAUSE_MS = 10_000;
/** Longer than a log waits for a proof, and larger than 1,000 of them of 35 witnesses with two keys. */
const SUBMIT_DEFAULTS: HttpOptions = { timeoutMs: 30_000, maxBytes: 128 * 1024 * 1024 };

export class LogClient {
  readonly url: string;
  readonly #options: HttpOptions;

  constructor(url: string, options: HttpOptions = {}) {
    this.url = urlPrefix(url);
    this.#options = options;
  }

  /** Submits one entry. Throws `RemoteError`; `body` of it holds the problem document. */
  async submit(entry: Uint8Array, options: SubmitOptions = {}): Promise<Submitted> {
    const { url, text } = await this.#submit(entry, 'application/json', options);
    return asSubmitted(parseJsonObject(text), url);
  }

  /** Submits up to 1,000 entries, each a line without newline. Returns their results in the same order. */
  async submitBatch(lines: readonly Uint8Array[], options: SubmitOptions = {}) {
    const batch = encodeUtf8(lines.map((line) => `${decodeUtf8(line)}\n`).join(''));
    const { url, text } = await this.#submit(batch, 'application/x-ndjson', options);
    const results = text.split('\n').slice(0, -1).map(parseJsonObject);
    const isComplete = results.length === lines.length && results.every((r) => r !== undefined);
    if (!isComplete) throw new RemoteError('bad-content', url, 'expected one result for each line');
    return results as unknown as BatchResult[];
  }

  /** A tlog-proof of an entry, as text: the one that the log chooses, not always the earliest. */
  async proof(entry: { leafHash: string } | { index: number }): Promise<string> {
    if ('leafHash' in entry) checkText(entry.leafHash, 'leafHash');
    else checkInteger(entry.index, 'index');
    const query = 'leafHash' in entry ? `leaf=${entry.leafHash}` : `index=${entry.index}`;
    return await this.#getText(`/v1/log/proof?${query}`);
  }

  /** The witness policy that the log publishes under. Not to be trusted: take yours elsewhere. */
  async policy(): Promise<string> {
    return await this.#getText('/v1/log/policy');
  }

  async #getText(path: string): Promise<string> {
    const url = `${this.url}${path}`;
    const answer = await send(url, { method: 'GET' }, this.#options);
    if (answer.status !== 200) throw statusError(url, answer);
    return textOf(answer.body, url);
  }

  async #submit(body: Uint8Array, mediaType: string, options: SubmitOptions) {
    const { waitForProof, attempts = DEFAULT_ATTEMPTS } = options;
    checkInteger(attempts, 'attempts', 1);
    const url = `${this.url}/v1/log/entries${waitForProof ? '?wait=proof' : ''}`;
    const headers = { 'content-type': mediaType };
    const init = { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> };
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await send(url, init, { ...SUBMIT_DEFAULTS, ...this.#options });
        if (answer.status === 200) return { url, text: textOf(answer.body, url) };
        throw statusError(url, answer);
      } catch (error) {
        if (attempt >= attempts || !mayTryAgain(error)) throw error;
        await pause(error, attempt, this.#options.signal);
      }
    }
  }
}

function mayTryAgain(error: unknown): error is RemoteError {
  if (!(error instanceof RemoteError)) return false;
  if (error.kind === 'status') return error.status === 429 || error.status === 503;
  return error.kind === 'unreachable' || error.kind === 'timeout';
}

async function pause(error: RemoteError, attempt: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const backoffMs = 100 * 2 ** attempt * (0.5 + Math.random());
  const askedMs = (error.retryAfterSeconds ?? 0) * 1000;
  await sleep(Math.min(MAX_PAUSE_MS, Math.max(backoffMs, askedMs)), signal);
}

/** Rejects early with the reason of the signal. */
function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Text of an answer; one that is not UTF-8 is a `RemoteError` like any other bad answer. */
function textOf(body: Uint8Array, url: string): string {
  try {
    return decodeUtf8(body);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new RemoteError('bad-content', url, error.message);
  }
}

function isWarnings(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (warning) => typeof warning?.code === 'string' && typeof warning.message === 'string',
    )
  );
}

function asSubmitted(value: Record<string, unknown> | undefined, url: string): Submitted {
  const isSubmitted =
    Number.isSafeInteger(value?.leaf_index) &&
    typeof value?.leaf_hash === 'string' &&
    typeof value.duplicate === 'boolean' &&
    (value.proof === undefined || typeof value.proof === 'string') &&
    (value.warnings === undefined || isWarnings(value.warnings));
  if (!isSubmitted) throw new RemoteError('bad-content', url, 'not the answer to a submission');
  return value as unknown as Submitted;
}
