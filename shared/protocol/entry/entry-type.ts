/**
 * What a kind of entry must be able to do to be admitted to a log and checked by its readers.
 *
 * Adding a kind is one file beside this one and its line in `registry.ts`. Parsing does everything
 * but the signature equation, which is handed back so that a server can compute it off its main
 * thread.
 */
import type { LeafHash } from '../merkle/hash.ts';
import type { ReceiptError, ReceiptWarningCode } from '../receipt/codes.ts';

/** An Ed25519 signature still to be verified, by the strict verdict of `#crypto`. */
export interface PendingSignature {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** What a submitter should know of an entry that is taken. */
export interface EntryWarning {
  readonly code: ReceiptWarningCode;
  readonly message: string;
  /** The member concerned, as a path. */
  readonly field?: string;
}

export interface ParsedEntry {
  /** What is logged, at most 65,535 bytes. */
  readonly bytes: Uint8Array;
  readonly leafHash: LeafHash;
  /** Absent for entries that carry no signature. */
  readonly signature?: PendingSignature;
  /** Why the entry may not be added now, if it is not in the log already (such as its age). */
  readonly refusedIfNew?: ReceiptError;
  readonly warnings?: readonly EntryWarning[];
}

export interface EntryType {
  /** Name in the configuration of a log and its monitor. */
  readonly name: string;
  /** Of a submission, and of the entry when it is served. */
  readonly mediaType: 'application/json' | 'application/octet-stream';
  /** Whether these logged bytes claim to be of this type. Never throws. */
  readonly recognises: (entry: Uint8Array) => boolean;
  /** What a submitter handed over; made canonical. Throws `ReceiptError`. */
  readonly parseSubmission: (body: Uint8Array, nowMs: number) => ParsedEntry;
  /** What stands in the log, which must be exact. Throws `ReceiptError`. */
  readonly parseEntry: (entry: Uint8Array) => ParsedEntry;
}
