/**
 * What a kind of entry must be able to do to be admitted to a log and checked by its readers
 * (docs/spec/entry-types.md).
 *
 * A type owns its form, its signatures, its error codes and its limits: a folder beside this file,
 * and a line in `registry.ts`. Logs, auditors, monitors and the command line know types only as this.
 */
import type { EntryError } from '../errors.ts';

/** Entries that are submitted as plain bytes; all others have a media type that says what they are. */
export const BYTES_MEDIA_TYPE = 'application/octet-stream';
export const JSON_MEDIA_TYPE = 'application/json';

/** What a submitter should know of an entry that is taken. */
export interface EntryWarning {
  /** Of the type's own code space. */
  readonly code: string;
  readonly message: string;
  /** The member concerned, as a path. */
  readonly field?: string;
}

/** An entry of good form. Whether it is genuine is not known before `verify`. */
export interface ParsedEntry {
  /** What is logged, at most 65,535 bytes. Its leaf hash is the same for every type. */
  readonly bytes: Uint8Array;
  /** Throws `EntryError` if a signature does not verify. Whoever has many entries yields in between. */
  readonly verify: () => void;
  /** Why the entry may not be added now, if it is not in the log already (such as its age). */
  readonly refusedIfNew?: EntryError;
  readonly warnings?: readonly EntryWarning[];
}

/**
 * What an entry says of itself by which people look for it. A member is absent where the entry has none, or
 * none of the form that a well-formed entry has: so each is short, and in its one spelling.
 */
export interface EntryFacts {
  /** b64u of the public key that signed it. */
  readonly issuer?: string;
  /** Which code ran: 1 to 256 printable ASCII characters. */
  readonly codeRef?: string;
  /** `[a-z0-9][a-z0-9_]{0,63}` each, strictly ascending, at most 64. */
  readonly policies?: readonly string[];
  /** b64u of a SHA-256. */
  readonly inputHash?: string;
  /** b64u of a SHA-256. */
  readonly outputHash?: string;
  /** b64u of 16 to 64 bytes. */
  readonly nonce?: string;
}

/** An entry in a few words, for lists, and what it can be found by. */
export interface EntryDescription {
  /** One line, as the entry has it: escape it before it is shown. */
  readonly title: string;
  /** The time that the entry itself states, Unix milliseconds. */
  readonly timeMs?: number;
  /** Nothing of it, where a type has nothing to find it by but its bytes. */
  readonly facts?: EntryFacts;
}

export interface EntryType {
  /** Name in the configuration of a log and its monitor. */
  readonly name: string;
  /**
   * Of a submission, and of the entry when it is served. `BYTES_MEDIA_TYPE` is submitted to `/add`,
   * all else to `/v1/log/entries`.
   */
  readonly mediaType: string;
  /** Largest submission, in bytes. */
  readonly maxSubmissionBytes: number;
  /** What each error code means, in a few words. `E-SIZE-001` means too large in every type. */
  readonly errors: Readonly<Record<string, string>>;
  /** JSON Schema of a submission, and its name in the API's document. */
  readonly schema?: { readonly name: string; readonly schema: object };
  /** Whether these logged bytes claim to be of this type. Never throws. */
  readonly recognises: (entry: Uint8Array) => boolean;
  /**
   * Whether a submission, in whatever spelling, claims to be of this type; asked only where several
   * types share a media type. Never throws, and does not parse: that comes after.
   */
  readonly recognisesSubmission: (body: Uint8Array) => boolean;
  /** What a submitter handed over; made canonical. Throws `EntryError`. */
  readonly parseSubmission: (body: Uint8Array, nowMs: number) => ParsedEntry;
  /** What stands in the log, which must be exact. Throws `EntryError`. */
  readonly parseEntry: (entry: Uint8Array) => ParsedEntry;
  /** Describes bytes that the type recognises, well formed or not. Never throws. */
  readonly describe: (entry: Uint8Array) => EntryDescription;
}
