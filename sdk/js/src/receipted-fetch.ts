/**
 * A `fetch` that makes receipts of what went over the wire: the body of the request is the input, the body of the
 * response the output, each without transfer and content encodings.
 *
 * The caller gets its response as soon, and its body as slowly or as fast, as without. A receipt is made, and logged
 * in the background, once the body of the response has been read to its end, or to the event `[DONE]`.
 */
import { sha256 } from '#crypto';
import type { Receipt } from '#protocol/receipt/types.ts';
import { createReceipt, type ReceiptClaims } from './create-receipt.ts';
import type { LogClient } from './log-client.ts';
import { type Fetch, tapRequest, tapStream } from './tap.ts';

/** What a receipt is about. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

export interface ReceiptedOptions extends Omit<ReceiptClaims, 'ts' | 'nonce' | 'chain'> {
  /** Where receipts are logged. Without one they are only made. */
  readonly log?: LogClient;
  /** Gets each receipt, with its proof if there is a log. */
  readonly onReceipt: (receipt: Receipt, exchange: Exchange) => void;
  /**
   * Gets what kept a receipt from being made, logged or taken, such as a body that was not read to its end, or what
   * `onReceipt` or `when` threw. A receipt that was made comes with it: where it was not logged, submit it again.
   */
  readonly onError: (error: unknown, exchange: Exchange, receipt?: Receipt) => void;
  /** Which exchanges get a receipt; all of them by default. */
  readonly when?: (exchange: Exchange) => boolean;
}

/**
 * The same as `fetch`, whose own errors are the only ones that the caller sees. Bodies pass through without being kept,
 * but for forms and the body of a `Request`, which are held whole: give large ones as `init.body`.
 */
export function receiptedFetch(fetch: Fetch, options: ReceiptedOptions): Fetch {
  return async (input, init) => {
    const { init: tapped, hash: inputHash } = await tapRequest(input, init);
    const response = await fetch(input, tapped);
    const request = input instanceof Request ? input : { method: 'GET', url: String(input) };
    const exchange: Exchange = {
      method: (init?.method ?? request.method).toUpperCase(),
      url: response.url || request.url,
      status: response.status,
    };
    if (!isWanted(exchange, options)) return response;
    const { seen, hash: outputHash } = tapResponse(response);
    void makeReceipt(inputHash, outputHash, exchange, options);
    return seen;
  };
}

/** Of models that answer by events: clients stop reading here, before the body ends. */
const LAST_EVENT = /(?:^|\n)data: ?\[DONE\]\s*$/;

/** The response that the caller sees, and the hash of its body once that has been read. */
function tapResponse(response: Response): { seen: Response; hash: Promise<Uint8Array> } {
  const { body, status, statusText, headers, url, type, redirected } = response;
  if (body === null) return { seen: response, hash: hashOfNothing(type) };
  const isEvents = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const { stream, hash } = tapStream(body, (tail) => isEvents && LAST_EVENT.test(tail));
  const seen = new Response(stream, { status, statusText, headers });
  // A response that is made by hand has none of these.
  for (const [name, value] of Object.entries({ url, type, redirected })) {
    Object.defineProperty(seen, name, { value });
  }
  return { seen, hash };
}

/** A page may not see the body of an opaque response, so nothing can be said of it. */
async function hashOfNothing(type: Response['type']): Promise<Uint8Array> {
  if (type.startsWith('opaque')) throw new Error('the body of an opaque response cannot be read');
  return sha256(new Uint8Array(0));
}

async function makeReceipt(
  input: Promise<Uint8Array>,
  output: Promise<Uint8Array>,
  exchange: Exchange,
  options: ReceiptedOptions,
): Promise<void> {
  let receipt: Receipt | undefined;
  try {
    const [outputHash, inputHash] = await Promise.all([output, input]);
    receipt = createReceipt({ ...options, inputHash, outputHash });
    if (options.log !== undefined) receipt = await options.log.log(receipt);
    options.onReceipt(receipt, exchange);
  } catch (error) {
    options.onError(error, exchange, receipt);
  }
}

function isWanted(exchange: Exchange, { when, onError }: ReceiptedOptions): boolean {
  try {
    return when?.(exchange) !== false;
  } catch (error) {
    onError(error, exchange);
    return false;
  }
}
