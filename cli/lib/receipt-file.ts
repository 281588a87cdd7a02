/**
 * Receipts in files (`.tecp.json`): the canonical bytes and one newline, which is not part of them
 * (docs/spec/receipt.md section 5).
 */
import { fileContent } from '#protocol/file.ts';
import { encodeReceipt } from '#protocol/receipt/create.ts';
import { MAX_RECEIPT_BYTES, type Receipt } from '#protocol/receipt/types.ts';
import { readInput, writeFileAtomically } from './files.ts';

const NEWLINE = 0x0a;
/** Above the limit of a receipt, so that a larger one gets its verdict rather than a refusal. */
const MAX_FILE_BYTES = 2 * MAX_RECEIPT_BYTES;

/** The bytes of the receipt in a file or on standard input. */
export async function readReceiptBytes(path: string): Promise<Uint8Array> {
  return fileContent(new Uint8Array(await readInput(path, MAX_FILE_BYTES)));
}

export async function writeReceipt(path: string, receipt: Receipt): Promise<void> {
  await writeFileAtomically(path, Buffer.concat([encodeReceipt(receipt), Buffer.of(NEWLINE)]));
}
