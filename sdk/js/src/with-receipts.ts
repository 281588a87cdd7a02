/**
 * Receipts of what models were asked and what they answered, for clients in the shape of OpenAI's, which give
 * copies of themselves with another `fetch`.
 *
 * The input is the body of the request as it was sent, the output the body of the answer as it came, all events of
 * a streamed one included.
 */
import { type Exchange, type ReceiptedOptions, receiptedFetch } from './receipted-fetch.ts';
import type { Fetch } from './tap-request.ts';

/** As the packages `openai` (5 and later) and others that are generated alike have it. */
export interface ModelClient {
  withOptions(options: { fetch: Fetch }): this;
}

/** `chat.completions.create` and `responses.create`. */
const ANSWERS = /\/(?:chat\/completions|responses)$/;

function isAnswer({ method, url, status }: Exchange): boolean {
  return method === 'POST' && status === 200 && ANSWERS.test(new URL(url).pathname);
}

/**
 * A copy of the client whose successful `chat.completions.create` and `responses.create` each make a receipt;
 * whatever the client has for `fetch` stays in use.
 */
export function withReceipts<Client extends ModelClient>(
  client: Client,
  options: Omit<ReceiptedOptions, 'when'>,
): Client {
  const { fetch = globalThis.fetch } = client as { fetch?: Fetch };
  // Some clients call theirs as a method.
  const bare: Fetch = (input, init) => fetch(input, init);
  return client.withOptions({ fetch: receiptedFetch(bare, { ...options, when: isAnswer }) });
}
