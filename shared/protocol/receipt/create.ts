/**
 * Making receipts (docs/spec/receipt.md section 6): sign, attach a proof, write.
 *
 * Pure: time and nonce come from the caller. What is made here always parses; wrong fields throw
 * the `ReceiptError` that a verifier would report.
 */
import { ed25519PublicKey, signEd25519 } from '#crypto';
import { checkText } from '../arguments.ts';
import { encodeBase64Url } from '../base64.ts';
import { canonicalize, isJsonObject } from '../json/canonical.ts';
import { receiptFromObject } from './receipt.ts';
import { MAX_RECEIPT_BYTES, RECEIPT_VERSION, type Receipt, type UnsignedReceipt } from './types.ts';

export type ReceiptFields = Omit<UnsignedReceipt, 'version' | 'pubkey'>;

// Passes every check of form, so that the fields can be checked before anything is signed.
const PLACEHOLDER_SIG = encodeBase64Url(new Uint8Array(64).fill(2));

/** Signs a receipt with the issuer's 32-byte seed. */
export function createReceipt(fields: ReceiptFields, seed: Uint8Array): Receipt {
  if (!isJsonObject(fields)) throw new TypeError('expected an object as fields');
  const pubkey = encodeBase64Url(ed25519PublicKey(seed));
  const unsigned: UnsignedReceipt = { ...fields, version: RECEIPT_VERSION, pubkey };
  const { signedBytes } = receiptFromObject({ ...unsigned, sig: PLACEHOLDER_SIG });
  return { ...unsigned, sig: encodeBase64Url(signEd25519(seed, signedBytes)) };
}

/** The receipt with the tlog-proof text that the log handed back. */
export function withProof(receipt: Receipt, proof: string): Receipt {
  checkText(proof, 'proof');
  return { ...receipt, log_inclusion: { proof } };
}

/** Canonical bytes of a whole receipt: what a file or a request carries. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  return canonicalize(receipt, MAX_RECEIPT_BYTES);
}
