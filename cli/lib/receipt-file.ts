/**
 * Receipts in files (`.tecp.json`): the canonical bytes and one newline, which is not part of them.
 */

import { encodeReceipt } from '#protocol/receipt/create.ts';
import { MAX_RECEIPT_BYTES, type Receipt } from '#protocol/receipt/types.ts';
import { readInput, writeFileAtomically } from './files.ts';

const NEWLINE = 0x0a;
/** Above the limit of a receipt, so that a larger one gets its verdict rather than a refusal. */
const MAX_FILE_BYTES = 16 * MAX_RECEIPT_BYTES;

/** The bytes of the receipt in a file or on standard input, without the newline at the end. */
export async function readReceiptBytes(path: string): Promise<Uint8Array> {
  const bytes = await readInput(path, MAX_FILE_BYTES);
  const end = bytes.at(-1) === NEWLINE ? bytes.length - 1 : bytes.length;
  return new Uint8Array(bytes.subarray(0, end));
}

export async function writeReceipt(path: string, receipt: Receipt): Promise<void> {
  await writeFileAtomically(path, Buffer.concat([encodeReceipt(receipt), Buffer.of(NEWLINE)]));
}
