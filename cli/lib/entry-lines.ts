/**
 * One receipt or many, told apart by looking: a text that is one JSON value is one receipt, however
 * it is laid out; anything else is NDJSON, a receipt a line.
 */
import { parseJson } from '#protocol/json/canonical.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import { MAX_RECEIPT_BYTES, MAX_RECEIPT_ENTRY_BYTES } from '#protocol/receipt/types.ts';
import { isBadForm } from './errors.ts';
import { readChunks } from './files.ts';

export interface EntryLine {
  /** Counted from 1, as editors do. */
  readonly number: number;
  /** Without its line end. */
  readonly bytes: Buffer;
}

export type Entries =
  | { readonly kind: 'one'; readonly bytes: Buffer }
  | { readonly kind: 'many'; readonly lines: AsyncIterable<EntryLine> };

/** What is read before deciding: more than any receipt takes. */
const LOOK_AHEAD_BYTES = 2 * MAX_RECEIPT_BYTES;
/** A line above it is cut, and then refused by whoever parses it. */
const MAX_LINE_BYTES = 2 * MAX_RECEIPT_BYTES;

/**
 * Opens a file or standard input. Many lines are read as they are asked for. `isOne` tells one entry from
 * many, of a text that is short enough to be one.
 */
export async function readEntries(path: string, isOne = isOneValue): Promise<Entries> {
  const chunks = readChunks(path);
  const head: Buffer[] = [];
  let length = 0;
  let ended = false;
  while (length <= LOOK_AHEAD_BYTES && !ended) {
    const { value, done } = await chunks.next();
    ended = done === true;
    if (value === undefined) continue;
    head.push(value);
    length += value.length;
  }
  const bytes = Buffer.concat(head);
  if (ended && isOne(bytes)) return { kind: 'one', bytes };
  return { kind: 'many', lines: splitLines(bytes, chunks) };
}

export function isOneValue(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** The lines of `head` and then of the chunks; empty ones are left out. */
async function* splitLines(head: Buffer, chunks: AsyncIterable<Buffer>): AsyncGenerator<EntryLine> {
  let number = 0;
  let rest: Buffer = Buffer.alloc(0);
  const take = function* (chunk: Buffer): Generator<EntryLine> {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const bytes = withoutLineEnd(Buffer.concat([rest, chunk.subarray(start, end)]));
      rest = Buffer.alloc(0);
      start = end + 1;
      number++;
      if (bytes.length > 0) yield { number, bytes };
    }
    rest = Buffer.concat([rest, chunk.subarray(start)]).subarray(0, MAX_LINE_BYTES + 1);
  };
  yield* take(head);
  for await (const chunk of chunks) yield* take(chunk);
  const last = withoutLineEnd(rest);
  if (last.length > 0) yield { number: number + 1, bytes: last };
}

function withoutLineEnd(line: Buffer): Buffer {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line;
}

/**
 * What a log takes in of a receipt: without its proof, which may be larger than a submission. Bytes
 * that are no receipt stay as they are, for the log to say so.
 */
export function entryOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= MAX_RECEIPT_ENTRY_BYTES) return bytes;
  try {
    return receiptFromObject(parseJson(bytes, MAX_RECEIPT_BYTES)).entryBytes;
  } catch (error) {
    if (isBadForm(error)) return bytes;
    throw error;
  }
}
