/**
 * Logging receipts (docs/API.md): submit one or many, wait for proofs, fetch them later.
 *
 * Whoever submits to a log may always submit again, so what was refused for load or lost on the way is sent again.
 * What a log hands out is not verified here: `verifyReceipt` does, with a trust policy.
 */
import { type HttpOptions, RemoteError } from '#client/http.ts';
import {
  type BatchResult,
  LogClient as LogApi,
  type SubmissionRefusal,
  type Submitted,
} from '#client/log-client.ts';
import { tryAgain } from '#client/retry.ts';
import { checkBytes, checkMembers } from '#protocol/arguments.ts';
import { toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { ReceiptError } from '#protocol/receipt/codes.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import type { Receipt } from '#protocol/receipt/types.ts';
import { attachProof } from './receipts.ts';

export type LogClientOptions = Pick<HttpOptions, 'fetch' | 'timeoutMs' | 'signal'>;

const OPTIONS: readonly (keyof LogClientOptions)[] = ['fetch', 'timeoutMs', 'signal'];

/** What came of logging one receipt of many: itself with its proof attached, or why it was refused. */
export type LogResult = { readonly status: 200; readonly receipt: Receipt } | SubmissionRefusal;

/** Tries of a request in all. */
const ATTEMPTS = 5;
/** Most receipts that a log takes at once. */
const MAX_BATCH = 1000;
const HASH_BYTES = 32;
/** Longer than a log waits for a proof. */
const TIMEOUT_MS = 30_000;
/** What no path can be appended to, or no URL holds. */
const NO_PREFIX = /[?#\s\p{Cc}]/u;

/** Every method rejects with `RemoteError`, and with the reason of the signal once that is aborted. */
export class LogClient {
  readonly #api: LogApi;
  readonly #signal: AbortSignal | undefined;

  /**
   * Of the log at an http or https URL without query and fragment. User and password in it are sent as Basic
   * authorization. A request is given up after 30 seconds unless the options say otherwise. Throws TypeError for
   * another URL, and for options that are misspelt.
   */
  constructor(url: string, options: LogClientOptions = {}) {
    checkMembers(options, 'options', OPTIONS);
    const { timeoutMs = TIMEOUT_MS } = options;
    if (NO_PREFIX.test(url)) throw new TypeError('expected a URL to which paths can be appended');
    this.#api = new LogApi(url, { ...options, timeoutMs });
    this.#signal = options.signal;
  }

  /** The log's URL, without a slash at its end and without user and password. */
  get url(): string {
    return this.#api.url;
  }

  /** Logs a receipt and waits for the witnesses: the same receipt, with its proof attached. */
  async log(receipt: Receipt): Promise<Receipt> {
    return this.#withProof(receipt, await this.#submit(receipt, true));
  }

  /**
   * Logs any number of receipts, a thousand at a time, and waits for the witnesses. The results are in their order. One
   * with the code `proof-pending` is in the log, but its witnesses were late: it may be logged again.
   */
  async logMany(receipts: readonly Receipt[]): Promise<LogResult[]> {
    const results = await this.#submitMany(receipts, true);
    return results.map((result, i) => {
      if (!isSubmitted(result)) return result;
      return { status: 200, receipt: this.#withProof(receipts[i]!, result) };
    });
  }

  /** Logs a receipt; it is durable when this resolves, and its proof can be had soon after. */
  async submit(receipt: Receipt): Promise<Submitted> {
    return await this.#submit(receipt, false);
  }

  /**
   * Logs any number of receipts, a thousand at a time. The results are in their order: each is what `submit` gives,
   * or says why that one was refused, by a status other than 200.
   */
  async submitMany(receipts: readonly Receipt[]): Promise<BatchResult[]> {
    return await this.#submitMany(receipts, false);
  }

  /** The proof of an entry, as text, by its 32-byte leaf hash or by its index. */
  async proof(entry: Uint8Array | number): Promise<string> {
    const query = typeof entry === 'number' ? { index: entry } : { leafHash: hexOf(entry) };
    return await tryAgain(ATTEMPTS, () => this.#api.proof(query), this.#signal);
  }

  async #submit(receipt: Receipt, waitForProof: boolean): Promise<Submitted> {
    const { entryBytes } = receiptFromObject(receipt);
    const submitted = await this.#api.submit(entryBytes, { waitForProof, attempts: ATTEMPTS });
    this.#checkLeafHash(submitted, entryBytes);
    return submitted;
  }

  async #submitMany(receipts: readonly Receipt[], waitForProof: boolean): Promise<BatchResult[]> {
    const entries = receipts.map((receipt) => receiptFromObject(receipt).entryBytes);
    const results: BatchResult[] = [];
    for (let at = 0; at < entries.length; at += MAX_BATCH) {
      const batch = entries.slice(at, at + MAX_BATCH);
      const answers = await this.#api.submitBatch(batch, { waitForProof, attempts: ATTEMPTS });
      for (const [i, answer] of answers.entries()) {
        if (isSubmitted(answer)) this.#checkLeafHash(answer, batch[i]!);
      }
      results.push(...answers);
    }
    return results;
  }

  #withProof(receipt: Receipt, { proof }: Submitted): Receipt {
    if (proof === undefined || proof === '') throw this.#badContent('expected a proof');
    try {
      return attachProof(receipt, proof);
    } catch (error) {
      if (!(error instanceof ReceiptError)) throw error;
      throw this.#badContent('expected a proof that a receipt can hold');
    }
  }

  #checkLeafHash(submitted: Submitted, entryBytes: Uint8Array): void {
    if (submitted.leaf_hash === toHex(leafHash(entryBytes))) return;
    throw this.#badContent('expected the leaf hash of the receipt');
  }

  #badContent(message: string): RemoteError {
    return new RemoteError('bad-content', this.url, message);
  }
}

function isSubmitted(result: BatchResult): result is BatchResult & Submitted {
  return result.status === 200;
}

function hexOf(leaf: Uint8Array): string {
  checkBytes(leaf, 'leaf hash', HASH_BYTES);
  return toHex(leaf);
}
