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
import { tryAgain } from './retry.ts';

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

/** Why one line of a batch was refused: a problem document, its status other than 200. */
export interface SubmissionRefusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly field?: string;
}

/** One line of a batch: what a single submission would have answered, or why it was refused. */
export type BatchResult = ({ readonly status: 200 } & Submitted) | SubmissionRefusal;

export interface SubmitOptions {
  /** Wait for the cosigned proof. */
  readonly waitForProof?: boolean;
  /** Tries in all, first included, for answers that ask to try again. Defaults to 5. */
  readonly attempts?: number;
}

const DEFAULT_ATTEMPTS = 5;
/** Longer than a log waits for a proof. */
const SUBMIT_TIMEOUT_MS = 30_000;
/** More than a proof takes in JSON, whatever its escapes. */
const MAX_SUBMITTED_BYTES = 8 * 1024 * 1024;
/** More than 1,000 proofs of 35 witnesses with two keys. */
const MAX_BATCH_BYTES = 128 * 1024 * 1024;

export class LogClient {
  readonly url: string;
  readonly #options: HttpOptions;

  constructor(url: string, options: HttpOptions = {}) {
    this.url = urlPrefix(url);
    this.#options = options;
  }

  /** Submits one entry. Throws `RemoteError`; `body` of it holds the problem document. */
  async submit(entry: Uint8Array, options: SubmitOptions = {}): Promise<Submitted> {
    const answer = this.#submit(entry, 'application/json', MAX_SUBMITTED_BYTES, options);
    const { url, text } = await answer;
    return asSubmitted(parseJsonObject(text), url);
  }

  /** Submits up to 1,000 entries, each a line without newline. Returns their results in the same order. */
  async submitBatch(lines: readonly Uint8Array[], options: SubmitOptions = {}) {
    const batch = encodeUtf8(lines.map((line) => `${decodeUtf8(line)}\n`).join(''));
    const answer = this.#submit(batch, 'application/x-ndjson', MAX_BATCH_BYTES, options);
    const { url, text } = await answer;
    // What ends in a newline has an empty part after it. No more parts are made than are looked at.
    const results = text.split('\n', lines.length + 2);
    if (results.length !== lines.length + 1 || results.pop() !== '') {
      throw new RemoteError('bad-content', url, 'expected one result for each line');
    }
    return results.map((result) => asBatchResult(parseJsonObject(result), url));
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

  async #submit(
    body: Uint8Array,
    mediaType: string,
    maxBytes: number,
    options: SubmitOptions,
  ): Promise<{ url: string; text: string }> {
    const { waitForProof, attempts = DEFAULT_ATTEMPTS } = options;
    const url = `${this.url}/v1/log/entries${waitForProof ? '?wait=proof' : ''}`;
    const headers = { 'content-type': mediaType };
    const init = { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> };
    const limits = { timeoutMs: SUBMIT_TIMEOUT_MS, maxBytes };
    const attempt = async () => {
      const answer = await send(url, init, { ...limits, ...this.#options });
      if (answer.status !== 200) throw statusError(url, answer);
      return { url, text: textOf(answer.body, url) };
    };
    return await tryAgain(attempts, attempt, this.#options.signal);
  }
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

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function asBatchResult(value: Record<string, unknown> | undefined, url: string): BatchResult {
  if (value?.status === 200) return { ...asSubmitted(value, url), status: 200 };
  const isRefusal =
    isCount(value?.status) &&
    typeof value?.code === 'string' &&
    typeof value.detail === 'string' &&
    (value.field === undefined || typeof value.field === 'string');
  if (!isRefusal) throw new RemoteError('bad-content', url, 'not the result of a submission');
  return value as unknown as BatchResult;
}

function asSubmitted(value: Record<string, unknown> | undefined, url: string): Submitted {
  const isSubmitted =
    isCount(value?.leaf_index) &&
    typeof value?.leaf_hash === 'string' &&
    typeof value.duplicate === 'boolean' &&
    (value.proof === undefined || typeof value.proof === 'string') &&
    (value.warnings === undefined || isWarnings(value.warnings));
  if (!isSubmitted) throw new RemoteError('bad-content', url, 'not the answer to a submission');
  return value as unknown as Submitted;
}
