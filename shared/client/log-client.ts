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
  isOk,
  parseJsonObject,
  RemoteError,
  send,
  shownPrefix,
  statusError,
  urlPrefix,
} from './http.ts';
import { tryAgain } from './retry.ts';
import { isText, textsOf } from './texts.ts';

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

/** Why one line of a batch was refused: a problem document, its status from 100 to 999 and other than 200. */
export interface SubmissionRefusal {
  readonly status: number;
  readonly code?: string;
  readonly detail?: string;
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
  /** Without user and password. */
  readonly url: string;
  readonly #prefix: string;
  readonly #options: HttpOptions;

  constructor(url: string, options: HttpOptions = {}) {
    this.#prefix = urlPrefix(url);
    this.url = shownPrefix(this.#prefix);
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
    if (results.at(-1) === '') results.pop();
    if (results.length !== lines.length) {
      throw new RemoteError('bad-content', url, 'expected one result for each line');
    }
    return results.map((result) => asBatchResult(parseJsonObject(result), url));
  }

  /** A tlog-proof of an entry, as text: the one that the log chooses, not always the earliest. */
  async proof(entry: { leafHash: string } | { index: number }): Promise<string> {
    if ('leafHash' in entry) checkText(entry.leafHash, 'leafHash');
    else checkInteger(entry.index, 'index');
    const query = 'leafHash' in entry ? `leaf=${entry.leafHash}` : `index=${entry.index}`;
    const path = `/v1/log/proof?${query}`;
    const proof = await this.#getText(path);
    if (proof !== '') return proof;
    throw new RemoteError('bad-content', `${this.url}${path}`, 'expected a proof');
  }

  /** The witness policy that the log publishes under. Not to be trusted: take yours elsewhere. */
  async policy(): Promise<string> {
    return await this.#getText('/v1/log/policy');
  }

  async #getText(path: string): Promise<string> {
    const url = `${this.#prefix}${path}`;
    return await askForText(url, { method: 'GET' }, this.#options);
  }

  async #submit(
    body: Uint8Array,
    mediaType: string,
    maxBytes: number,
    options: SubmitOptions,
  ): Promise<{ url: string; text: string }> {
    const { waitForProof, attempts = DEFAULT_ATTEMPTS } = options;
    const url = `${this.#prefix}/v1/log/entries${waitForProof ? '?wait=proof' : ''}`;
    const headers = { 'content-type': mediaType };
    const init = { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> };
    const limits = { timeoutMs: SUBMIT_TIMEOUT_MS, maxBytes };
    const attempt = () => askForText(url, init, { ...limits, ...this.#options });
    return { url, text: await tryAgain(attempts, attempt, this.#options.signal) };
  }
}

/** The text of a 200. One that is not UTF-8 is a `RemoteError` like any other bad answer, and a redirect is one. */
async function askForText(url: string, init: RequestInit, options: HttpOptions): Promise<string> {
  const answer = await send(url, { redirect: 'manual', ...init }, options, isOk);
  if (!isOk(answer.status)) throw statusError(url, answer);
  try {
    return decodeUtf8(answer.body);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new RemoteError('bad-content', url, error.message);
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRefusalStatus(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 100 && (value as number) <= 999;
}

function asBatchResult(value: Record<string, unknown> | undefined, url: string): BatchResult {
  const { status, code, detail, field } = value ?? {};
  if (status === 200) return { status, ...asSubmitted(value, url) };
  const texts = textsOf({ code, detail, field });
  if (!isRefusalStatus(status) || texts === undefined) {
    throw new RemoteError('bad-content', url, 'not the result of a submission');
  }
  return { status, ...texts };
}

/** Only what is known is handed on, here as above: nobody has looked at what else a log may say. */
function asSubmitted(value: Record<string, unknown> | undefined, url: string): Submitted {
  const { leaf_index, leaf_hash, duplicate, proof, warnings } = value ?? {};
  const isSubmitted =
    isCount(leaf_index) &&
    isText(leaf_hash) &&
    typeof duplicate === 'boolean' &&
    (proof === undefined || isText(proof)) &&
    (warnings === undefined || Array.isArray(warnings));
  if (!isSubmitted) throw new RemoteError('bad-content', url, 'not the answer to a submission');
  return {
    leaf_index,
    leaf_hash,
    duplicate,
    ...(proof === undefined ? {} : { proof }),
    ...(warnings === undefined ? {} : { warnings: warnings.map((item) => asWarning(item, url)) }),
  };
}

/** The message is for people, and a warning without one is still a warning. */
function asWarning(value: unknown, url: string): SubmissionWarning {
  const { code, message = '', field } = (value ?? {}) as Record<string, unknown>;
  const optional = textsOf({ field });
  if (!isText(code) || !isText(message) || optional === undefined) {
    throw new RemoteError('bad-content', url, 'not the warning of a submission');
  }
  return { code, message, ...optional };
}
