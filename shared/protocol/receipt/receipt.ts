/**
 * Reading receipts (docs/spec/receipt.md sections 3 to 5): everything but the signature equation.
 *
 * Size, canonical form, every member and the byte-level checks of key and signature happen here, so
 * that a server can compute the equation off its main thread: `verifyEd25519Async(publicKey,
 * signedBytes, signature)`. Throws only `ReceiptError`.
 */
import { ProtocolError } from '../errors.ts';
import {
  type CanonicalObject,
  canonicalObject,
  isJsonObject,
  type JsonObject,
  parseCanonical,
} from '../json/canonical.ts';
import { type LeafHash, leafHash } from '../merkle/hash.ts';
import { ReceiptError } from './codes.ts';
import { checkMembers } from './members.ts';
import {
  MAX_RECEIPT_BYTES,
  MAX_RECEIPT_ENTRY_BYTES,
  RECEIPT_MEMBERS,
  type Receipt,
} from './types.ts';

export interface ParsedReceipt {
  readonly receipt: Receipt;
  /** What is logged: canonical bytes without `log_inclusion`. */
  readonly entryBytes: Uint8Array;
  /** What the signature covers: canonical bytes without `sig` and `log_inclusion`. */
  readonly signedBytes: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly leafHash: LeafHash;
  /** Members that this version does not define, in canonical order; signed like the others. */
  readonly unknownMembers: readonly string[];
}

/**
 * How much of a value in memory is written before it is given up as too large: far above the limit, so
 * that what cannot be canonicalised is said of it first.
 */
const MAX_CANONICAL_CHARACTERS = 16 * MAX_RECEIPT_BYTES;
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

function entryOf(canonical: CanonicalObject): Uint8Array {
  return asReceiptError(() => canonical.bytesWithout(['log_inclusion'], MAX_RECEIPT_ENTRY_BYTES));
}

function asObject(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw new ReceiptError('E-SCHEMA-002', 'expected a JSON object');
}

/**
 * A receipt held in memory, such as the value of `JSON.parse`; it is canonicalised, and a violation
 * of canonical form is refused, not repaired. The result shares structure with the argument.
 */
export function receiptFromObject(value: unknown): ParsedReceipt {
  const object = asObject(value);
  const canonical = asReceiptError(() => canonicalObject(object, MAX_CANONICAL_CHARACTERS));
  asReceiptError(() => canonical.bytesWithout([], MAX_RECEIPT_BYTES));
  return readReceipt(object, canonical);
}

/** An object whose size as a whole has been checked. */
function readReceipt(value: JsonObject, canonical: CanonicalObject): ParsedReceipt {
  const entryBytes = entryOf(canonical);
  const { publicKey, signature } = checkMembers(value);
  return {
    // Every member has been checked against the rules that the type stands for.
    receipt: value as unknown as Receipt,
    entryBytes,
    signedBytes: canonical.bytesWithout(['sig', 'log_inclusion']),
    publicKey,
    signature,
    leafHash: leafHash(entryBytes),
    unknownMembers: Object.keys(value)
      .filter((name) => !KNOWN_MEMBERS.has(name))
      .sort(),
  };
}

/** A receipt as bytes, which must be its canonical form exactly: nothing is stripped. */
export function parseReceipt(bytes: Uint8Array): ParsedReceipt {
  const object = asObject(asReceiptError(() => parseCanonical(bytes, MAX_RECEIPT_BYTES)));
  return readReceipt(object, canonicalObject(object, MAX_RECEIPT_BYTES));
}
