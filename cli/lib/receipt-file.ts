/**
 * Receipts in files (`.tecp.json`): the canonical bytes and one newline, which is not part of them
 * (docs/spec/receipt.md section 5).
 */
import { link, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomBytes } from '#crypto';
import { toHex } from '#protocol/bytes.ts';
import { fileContent } from '#protocol/file.ts';
import { encodeReceipt } from '#protocol/receipt/create.ts';
import { MAX_RECEIPT_BYTES, type Receipt } from '#protocol/receipt/types.ts';
import { describeWriteError, errorCode } from '#service/errors.ts';
import { createFileSync } from '#service/files.ts';
import { unusable } from './errors.ts';
import { readInput, writeFileAtomically } from './files.ts';

const NEWLINE = 0x0a;
const NEW_RECEIPT = { mode: 0o666, durable: false };
/** Above the limit of a receipt, so that a larger one gets its verdict rather than a refusal. */
const MAX_FILE_BYTES = 2 * MAX_RECEIPT_BYTES;

/** The bytes of the receipt in a file or on standard input. */
export async function readReceiptBytes(path: string): Promise<Uint8Array> {
  return fileContent(new Uint8Array(await readInput(path, MAX_FILE_BYTES)));
}

/** Replaces whatever is there. */
export async function writeReceipt(path: string, receipt: Receipt): Promise<void> {
  await writeFileAtomically(path, fileOf(receipt));
}

/**
 * Makes a file that is not there yet, whole at once; false, and nothing is done, where one is. A link,
 * unlike a rename, never replaces what another has put there.
 */
export async function writeNewReceipt(path: string, receipt: Receipt): Promise<boolean> {
  const aside = join(dirname(path), `.tecp-${toHex(randomBytes(8))}.tmp`);
  try {
    createFileSync(aside, fileOf(receipt), NEW_RECEIPT);
    try {
      await linkOrWrite(aside, path, receipt);
    } finally {
      await rm(aside, { force: true });
    }
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw unusable(`Cannot write ${path}: ${describeWriteError(error)}.`);
  }
}

/** Some file systems have no links; there a kill at the wrong moment leaves half of a receipt. */
async function linkOrWrite(aside: string, path: string, receipt: Receipt): Promise<void> {
  try {
    await link(aside, path);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw error;
    createFileSync(path, fileOf(receipt), NEW_RECEIPT);
  }
}

function fileOf(receipt: Receipt): Uint8Array {
  return Buffer.concat([encodeReceipt(receipt), Buffer.of(NEWLINE)]);
}
