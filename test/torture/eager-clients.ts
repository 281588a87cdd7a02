/**
 * A process of its own that submits fresh receipts, each once. They are made before: signing them takes the
 * client longer than it takes the log to check them.
 *
 * It makes as many as it is told to, says so, submits them as it is told, and says what came of it.
 */
import {
  httpRequest,
  type LoadOptions,
  type LoadResult,
  runLoad,
} from '#test/bench/support/load-client.ts';
import { freshReceipt } from '#test/support/log.ts';

export type Order = { readonly make: number } | { readonly submit: Omit<LoadOptions, 'requests'> };
/** The `LoadResult` is that of a submission. */
export type Done = { readonly result?: LoadResult; readonly error?: string };

const HEADERS = { 'content-type': 'application/json' };
let requests: Buffer[] = [];

async function carryOut(order: Order): Promise<Done> {
  if ('make' in order) {
    requests = Array.from({ length: order.make }, () =>
      httpRequest('POST', '/v1/log/entries', freshReceipt(), HEADERS),
    );
    return {};
  }
  return { result: await runLoad({ ...order.submit, requests }) };
}

process.on('message', (order: Order) => {
  carryOut(order).then(
    (done) => process.send!(done),
    (error: unknown) => process.send!({ error: String(error) } satisfies Done),
  );
});
