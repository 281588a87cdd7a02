/**
 * A `fetch` that makes receipts of what went over the wire: the body of the request is the input, the body of the
 * response the output, each without transfer and content encodings.
 *
 * The caller gets its response as soon, and its body as slowly or as fast, as without. A receipt is made, and logged
 * in the background, once the body of the response has been read to its end, or to the event `[DONE]`.
 */
import type { Receipt } from '#protocol/receipt/types.ts';
import { createReceipt, type ReceiptClaims } from './create-receipt.ts';
import { ExchangeError, incomplete } from './exchange-error.ts';
import { LogClient } from './log-client.ts';
import { type Fetch, isRequest, type TappedRequest, tapRequest } from './tap-request.ts';
import { tapResponse } from './tap-response.ts';

/** What a receipt is about. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

export interface ReceiptedOptions extends Omit<ReceiptClaims, 'ts' | 'nonce' | 'chain'> {
  /** Where receipts are logged, at most 64 at a time. Without one they are only made. */
  readonly log?: LogClient;
  /** Gets each receipt, with its proof if there is a log. A promise that it returns is waited for. */
  readonly onReceipt: (receipt: Receipt, exchange: Exchange) => unknown;
  /**
   * Gets what kept a receipt from being made, logged or taken, such as a body that was not read to its end, or what
   * `onReceipt` or `when` threw or rejected with. A receipt that was made comes with it: where it was not logged,
   * submit it again. What this one throws is lost: there is nobody left to tell.
   */
  readonly onError: (error: unknown, exchange: Exchange, receipt?: Receipt) => unknown;
  /** Which exchanges get a receipt; all of them by default. */
  readonly when?: (exchange: Exchange) => boolean;
}

/** Most receipts that one `fetch` logs at the same time: a log that is slow is no reason for ever more connections. */
const MAX_LOGGING = 64;

/** How long after its response the rest of a request may still be read. */
const GRACE_MS = 1000;

/**
 * The same as `fetch`, whose own errors are the only ones that the caller sees. Bodies pass through without being kept,
 * but for forms and the body of a `Request`, which are held whole: give large ones as `init.body`.
 *
 * Throws what `createReceipt` does for what is to stand in the receipts, and TypeError for other options.
 */
export function receiptedFetch(fetch: Fetch, options: ReceiptedOptions): Fetch {
  check(fetch, options);
  const log = limitedLog(options.log);
  return async (input, init) => {
    // Without a pause where there can be: the caller may change a body as soon as this returns.
    const tapping = tapRequest(input, init);
    const tapped = tapping instanceof Promise ? await tapping : tapping;
    const response = await orStop(fetch(input, tapped.init), tapped);
    const request = isRequest(input) ? input : { method: 'GET', url: String(input) };
    const exchange: Exchange = {
      method: String(init?.method ?? request.method).toUpperCase(),
      url: response.url || request.url,
      status: response.status,
    };
    if (!isWanted(exchange, options)) {
      tapped.stop?.();
      return response;
    }
    const { seen, hash: outputHash } = tapResponse(response);
    const inputHash = orStop(inTime(tapped.hash, outputHash), tapped);
    void makeReceipt(inputHash, outputHash, exchange, options, log);
    return seen;
  };
}

function check(fetch: Fetch, options: ReceiptedOptions): void {
  const { log, onReceipt, onError, when = () => true } = options;
  for (const [name, value] of Object.entries({ fetch, onReceipt, onError, when })) {
    if (typeof value !== 'function') throw new TypeError(`expected a function as ${name}`);
  }
  if (log !== undefined && !(log instanceof LogClient)) {
    throw new TypeError('expected a LogClient as log');
  }
  const anyHash = new Uint8Array(32);
  createReceipt({ ...claimsOf(options), inputHash: anyHash, outputHash: anyHash });
}

function claimsOf(options: ReceiptedOptions): ReceiptClaims {
  const { log: _log, onReceipt: _onReceipt, onError: _onError, when: _when, ...claims } = options;
  return claims;
}

/** Where `promise` is rejected, nothing more is sent. */
async function orStop<T>(promise: Promise<T>, { stop }: TappedRequest): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    stop?.();
    throw error;
  }
}

type Log = (receipt: Receipt) => Promise<Receipt>;

function limitedLog(client: LogClient | undefined): Log {
  if (client === undefined) return async (receipt) => receipt;
  let running = 0;
  return async (receipt) => {
    if (running === MAX_LOGGING) {
      throw new ExchangeError('busy', 'too many receipts are being logged');
    }
    running++;
    try {
      return await client.log(receipt);
    } finally {
      running--;
    }
  };
}

/** The hash of a request; of one that goes on though its response is over, and that nobody reads, there is none. */
async function inTime(
  input: Promise<Uint8Array>,
  output: Promise<Uint8Array>,
): Promise<Uint8Array> {
  await Promise.race([input, output]);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(incomplete()), GRACE_MS);
  try {
    return await Promise.race([input, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function makeReceipt(
  input: Promise<Uint8Array>,
  output: Promise<Uint8Array>,
  exchange: Exchange,
  options: ReceiptedOptions,
  log: Log,
): Promise<void> {
  let receipt: Receipt | undefined;
  try {
    const [inputHash, outputHash] = await Promise.all([input, output]);
    receipt = createReceipt({ ...claimsOf(options), inputHash, outputHash });
    receipt = await log(receipt);
    await options.onReceipt(receipt, exchange);
  } catch (error) {
    await tell(options, error, exchange, receipt);
  }
}

function isWanted(exchange: Exchange, options: ReceiptedOptions): boolean {
  try {
    return options.when?.(exchange) !== false;
  } catch (error) {
    void tell(options, error, exchange);
    return false;
  }
}

async function tell(
  { onError }: ReceiptedOptions,
  ...[error, exchange, receipt]: Parameters<ReceiptedOptions['onError']>
): Promise<void> {
  try {
    await onError(error, exchange, receipt);
  } catch {
    // The answer is the caller's all the same, and the process goes on.
  }
}
