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
import { bytesToSign } from './receipt.ts';
import { MAX_RECEIPT_BYTES, RECEIPT_VERSION, type Receipt, type UnsignedReceipt } from './types.ts';

export type ReceiptFields = Omit<UnsignedReceipt, 'version' | 'pubkey'>;

/** A key that signs, kept by whoever has it. */
export interface ReceiptSigner {
  /** b64u. */
  readonly publicKey: string;
  /** Ed25519 of the bytes, by that key. */
  readonly sign: (bytes: Uint8Array) => Uint8Array;
}

/** Signs a receipt with the issuer's 32-byte seed. */
export function createReceipt(fields: ReceiptFields, seed: Uint8Array): Receipt {
  const publicKey = encodeBase64Url(ed25519PublicKey(seed));
  return createReceiptBy({ publicKey, sign: (bytes) => signEd25519(seed, bytes) }, fields);
}

/** Signs a receipt with a key that is held already. Of one that was signed before, what was signed is signed anew. */
export function createReceiptBy(key: ReceiptSigner, fields: ReceiptFields): Receipt {
  if (!isJsonObject(fields)) throw new TypeError('expected an object as fields');
  const { sig: _sig, log_inclusion: _proof, ...members } = fields as Partial<Receipt>;
  const unsigned: UnsignedReceipt = {
    ...(members as ReceiptFields),
    version: RECEIPT_VERSION,
    pubkey: key.publicKey,
  };
  return { ...unsigned, sig: encodeBase64Url(key.sign(bytesToSign(unsigned))) };
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
