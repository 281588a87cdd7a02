/**
 * Submits any number of lines in batches, and returns one result for each, in order.
 *
 * Lines that the log has no room for at the moment are sent again; all others are settled by the
 * first answer. Memory stays at one batch.
 */
import type { BatchResult, LogClient } from '#client/log-client.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { MAX_RECEIPT_BYTES } from '#protocol/receipt/types.ts';
import { sleep } from '#service/schedule.ts';
import { type EntryLine, entryOf } from './entry-lines.ts';

/** What the log takes in one request. */
const MAX_BATCH_LINES = 1000;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
const ROUNDS = 8;
const PAUSE_MS = 500;
/** For a whole request that is refused for load. */
const REQUEST_ATTEMPTS = 10;

export interface LineResult {
  readonly number: number;
  readonly result: BatchResult;
}

export async function* submitLines(
  client: LogClient,
  lines: AsyncIterable<EntryLine>,
  options: { readonly waitForProof: boolean },
): AsyncGenerator<LineResult> {
  let batch: EntryLine[] = [];
  let bytes = 0;
  for await (const line of lines) {
    if (batch.length === MAX_BATCH_LINES || bytes + line.bytes.length > MAX_BATCH_BYTES) {
      yield* await submitBatch(client, batch, options.waitForProof);
      batch = [];
      bytes = 0;
    }
    batch.push(line);
    bytes += line.bytes.length + 1;
  }
  if (batch.length > 0) yield* await submitBatch(client, batch, options.waitForProof);
}

async function submitBatch(
  client: LogClient,
  batch: readonly EntryLine[],
  waitForProof: boolean,
): Promise<LineResult[]> {
  const results: (BatchResult | undefined)[] = batch.map(({ bytes }) => refuseHere(bytes));
  let open = results.flatMap((result, i) => (result === undefined ? [i] : []));
  for (let round = 1; open.length > 0; round++) {
    const sent = open.map((i) => entryOf(batch[i]!.bytes));
    const answers = await client.submitBatch(sent, { waitForProof, attempts: REQUEST_ATTEMPTS });
    for (const [k, i] of open.entries()) results[i] = answers[k]!;
    open = open.filter((i) => isForNow(results[i]!));
    if (round === ROUNDS) break;
    if (open.length > 0) await sleep(PAUSE_MS * round);
  }
  return batch.map(({ number }, i) => ({ number, result: results[i]! }));
}

/** Lines that cannot be part of a request. */
function refuseHere(line: Uint8Array): BatchResult | undefined {
  if (line.length > MAX_RECEIPT_BYTES) {
    const detail = `line of more than ${MAX_RECEIPT_BYTES} bytes`;
    return { status: 413, code: 'E-SIZE-001', detail };
  }
  try {
    decodeUtf8(line);
    return undefined;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { status: 400, code: 'E-SCHEMA-003', detail: error.message };
  }
}

function isForNow({ status }: BatchResult): boolean {
  return status === 429 || status === 503;
}
