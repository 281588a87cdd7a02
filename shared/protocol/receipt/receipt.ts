/**
 * Reading receipts (docs/spec/receipt.md sections 3 to 5): everything but the signature equation.
 *
 * Size, canonical form, every member and the byte-level checks of key and signature happen here; the
 * equation is `verifyEd25519(publicKey, signedBytes, signature)`. Throws only `ReceiptError`.
 */
import { encodeBase64Url } from '../base64.ts';
import { ProtocolError } from '../errors.ts';
import {
  canonicalize,
  canonicalizePart,
  isJsonObject,
  type JsonObject,
  parseCanonical,
} from '../json/canonical.ts';
import { ReceiptError } from './codes.ts';
import { checkMembers } from './members.ts';
import {
  MAX_RECEIPT_BYTES,
  MAX_RECEIPT_ENTRY_BYTES,
  RECEIPT_MEMBERS,
  type Receipt,
  type UnsignedReceipt,
} from './types.ts';

export interface ParsedReceipt {
  readonly receipt: Receipt;
  /** What is logged: canonical bytes without `log_inclusion`. Not a copy where that is what was parsed. */
  readonly entryBytes: Uint8Array;
  /** What the signature covers: canonical bytes without `sig` and `log_inclusion`. */
  readonly signedBytes: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  /** Members that this version does not define, in canonical order; signed like the others. */
  readonly unknownMembers: readonly string[];
}

/**
 * How much of a value in memory is written before it is given up as too large: far above the limit, so
 * that what cannot be canonicalised is said of it first.
 */
const MAX_CANONICAL_BYTES = 16 * MAX_RECEIPT_BYTES;
const KNOWN_MEMBERS: ReadonlySet<string> = new Set(RECEIPT_MEMBERS);

/** Runs a step of the JSON layer and turns its errors into those of receipts. */
function asReceiptError<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const code = error.code === 'too-large' ? 'E-SIZE-001' : 'E-SCHEMA-003';
    throw new ReceiptError(code, error.message);
  }
}

function asObject(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw new ReceiptError('E-SCHEMA-002', 'expected a JSON object');
}

/** What is logged, of bytes that are this object's canonical form: these themselves if they have no proof. */
function entryOf(object: JsonObject, bytes: Uint8Array): Uint8Array {
  if (object.log_inclusion === undefined) return bytes;
  const { log_inclusion: _proof, ...entry } = object;
  return canonicalizePart(entry);
}

function checkEntrySize(bytes: number): void {
  if (bytes <= MAX_RECEIPT_ENTRY_BYTES) return;
  const detail = `entry of ${bytes} bytes, at most ${MAX_RECEIPT_ENTRY_BYTES} are allowed`;
  throw new ReceiptError('E-SIZE-001', detail);
}

function signedPartOf({ sig: _sig, log_inclusion: _proof, ...signed }: JsonObject): Uint8Array {
  return canonicalizePart(signed);
}

/** A receipt as bytes, which must be its canonical form exactly: nothing is stripped. */
export function parseReceipt(bytes: Uint8Array): ParsedReceipt {
  const object = asObject(asReceiptError(() => parseCanonical(bytes, MAX_RECEIPT_BYTES)));
  const entryBytes = entryOf(object, bytes);
  checkEntrySize(entryBytes.length);
  const { publicKey, signature } = checkMembers(object);
  return {
    // Every member has been checked against the rules that the type stands for.
    receipt: object as unknown as Receipt,
    entryBytes,
    signedBytes: signedPartOf(object),
    publicKey,
    signature,
    unknownMembers: Object.keys(object)
      .filter((name) => !KNOWN_MEMBERS.has(name))
      .sort(),
  };
}

// Passes every check of form, so that the other members can be checked before anything is signed.
const PLACEHOLDER_SIG = encodeBase64Url(new Uint8Array(64).fill(2));
/** What a signature adds to the canonical bytes of an object that has members. */
const SIG_BYTES = `,"sig":"${PLACEHOLDER_SIG}"`.length;

/**
 * What the signature of a receipt in memory will cover. Throws the `ReceiptError` that the receipt with any
 * well-formed signature would give.
 */
export function bytesToSign(receipt: UnsignedReceipt): Uint8Array {
  const members = receipt as unknown as JsonObject;
  const signedBytes = asReceiptError(() => canonicalize(members, MAX_CANONICAL_BYTES));
  checkEntrySize(signedBytes.length + SIG_BYTES);
  checkMembers({ ...members, sig: PLACEHOLDER_SIG });
  return signedBytes;
}

/**
 * A receipt held in memory, such as the value of `JSON.parse`; it is canonicalised, and a violation
 * of canonical form is refused, not repaired.
 */
export function receiptFromObject(value: unknown): ParsedReceipt {
  const object = asObject(value);
  return parseReceipt(asReceiptError(() => canonicalize(object, MAX_CANONICAL_BYTES)));
}
