/**
 * The shape of a TECP-0.1 receipt (docs/spec/receipt.md section 4).
 *
 * `b64u` in a comment means unpadded, canonical base64url. A value of type `Receipt` that came out
 * of `parseReceipt` obeys every rule of form; its signature and times are judged by `verifyReceipt`.
 */
import type { JsonObject } from '../json/canonical.ts';

export const RECEIPT_VERSION = 'TECP-0.1';
/** Largest entry: canonical bytes without `log_inclusion`. */
export const MAX_RECEIPT_ENTRY_BYTES = 8192;
/**
 * Largest receipt as a whole: a note of `MAX_NOTE_BYTES` with its inclusion proof, and the entry. Twenty
 * witnesses with keys of both kinds take about 75 kB of it, 256 with ML-DSA-44 keys about 900 kB.
 */
export const MAX_RECEIPT_BYTES = 1024 * 1024;

export const KEY_ERASURE_SCHEMES = ['counter+seal@tee', 'hw-hsm', 'sw-secure', 'sw-sim'] as const;
export type KeyErasureScheme = (typeof KEY_ERASURE_SCHEMES)[number];

export interface KeyErasure {
  readonly scheme: KeyErasureScheme;
  /** What the scheme offers as evidence; not interpreted here. */
  readonly evidence: string;
}

export interface Environment {
  readonly region?: string;
  readonly provider?: string;
}

/** The issuer's own sequence, so that a missing receipt shows. */
export interface ChainLink {
  /** Counts this key's receipts from 0. */
  readonly seq: number;
  /** b64u leaf hash of the receipt before; absent at 0. */
  readonly prev?: string;
}

/** Everything that the signature covers. */
export interface UnsignedReceipt {
  readonly version: typeof RECEIPT_VERSION;
  /** Which code ran: 1 to 256 printable ASCII characters, such as `git:<hex>`. */
  readonly code_ref: string;
  /** Unix milliseconds. */
  readonly ts: number;
  /** b64u of 16 to 64 random bytes. */
  readonly nonce: string;
  /** b64u of a SHA-256. */
  readonly input_hash: string;
  /** b64u of a SHA-256. */
  readonly output_hash: string;
  /** Up to 64 ids, strictly ascending. */
  readonly policy_ids: readonly string[];
  /** b64u of the issuer's 32-byte Ed25519 key. */
  readonly pubkey: string;
  readonly key_erasure?: KeyErasure;
  readonly environment?: Environment;
  readonly chain?: ChainLink;
  readonly ext?: JsonObject;
}

export interface Receipt extends UnsignedReceipt {
  /** b64u of the 64-byte Ed25519 signature. */
  readonly sig: string;
  /** The offline proof, attached after logging; neither signed nor logged. */
  readonly log_inclusion?: { readonly proof: string };
}

/** The members that every receipt has, in the order in which they are checked. */
export const REQUIRED_MEMBERS = [
  'version',
  'code_ref',
  'ts',
  'nonce',
  'input_hash',
  'output_hash',
  'policy_ids',
  'pubkey',
  'sig',
] as const satisfies readonly (keyof Receipt)[];

/** The members defined by this version, in the order in which they are checked. */
export const RECEIPT_MEMBERS: readonly (keyof Receipt)[] = [
  ...REQUIRED_MEMBERS,
  'key_erasure',
  'environment',
  'chain',
  'ext',
  'log_inclusion',
];

export type Profile = 'tecp-lite' | 'tecp-v0.1' | 'tecp-strict';
