/** Receipts as bytes and objects (docs/spec/receipt.md, section 5). */
import { leafHash } from '#protocol/merkle/hash.ts';
import { encodeReceipt, withProof } from '#protocol/receipt/create.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import type { Receipt } from '#protocol/receipt/types.ts';

export { encodeReceipt };

/**
 * The receipt with the text of a tlog-proof, which is not looked at, in place of any that it had. Throws
 * `ReceiptError` where the two make no receipt, as the text is too large or no valid Unicode.
 */
export function attachProof(receipt: Receipt, proof: string): Receipt {
  const proven = withProof(receipt, proof);
  receiptFromObject(proven);
  return proven;
}

/**
 * The 32 bytes that identify the receipt in a log, with its proof or without. Throws `ReceiptError` for what a
 * verifier would refuse by its form.
 */
export function receiptLeafHash(receipt: Receipt): Uint8Array {
  return leafHash(receiptFromObject(receipt).entryBytes);
}
