/**
 * The two error types that the protocol library throws on bad input: `ProtocolError` for the formats,
 * `EntryError` for what may stand in a log.
 *
 * Every parser either returns a fully checked value or throws its one error type; nothing else
 * escapes, whatever the bytes. `code` is stable and is what callers and tests compare; `message`
 * is for people and never contains key material.
 */
export type ProtocolErrorCode =
  | 'bad-encoding' // base64, hex, UTF-8 or a number that is not in its one canonical form
  | 'bad-note'
  | 'bad-key'
  | 'bad-checkpoint'
  | 'bad-cosignature'
  | 'bad-policy'
  | 'bad-proof'
  | 'bad-tile'
  | 'bad-evidence'
  | 'bad-log-list'
  | 'bad-shards'
  | 'bad-json' // not JSON, or JSON outside the limits of canonical form
  | 'untrusted' // well formed, but no trusted key signed it
  | 'bad-signature' // a trusted name and key ID with a signature that does not verify
  | 'stale' // genuine, and expired or older than what was seen before
  | 'too-large';

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;
  /** The member, line or parameter that is wrong, when there is one to name. */
  readonly field: string | undefined;

  constructor(code: ProtocolErrorCode, message: string, field?: string) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

/** Codes that every entry type shares. All others are of the type's own space. */
export const ENTRY_ERRORS = {
  'E-SIZE-001': 'too large',
  'E-SCHEMA-002': 'not of a type that the log carries, or not in its form',
} as const;
export type EntryErrorCode = keyof typeof ENTRY_ERRORS;

/**
 * The first thing wrong with an entry. Each type has its own codes, and may extend this with a class
 * that knows them; servers, auditors and the command line need no more than what is here.
 */
export class EntryError<Code extends string = string> extends Error {
  override readonly name: string = 'EntryError';
  readonly code: Code;
  /** The member that is wrong, as a path such as `chain.prev`, when there is one to name. */
  readonly field: string | undefined;

  constructor(code: Code, message: string, field?: string) {
    super(message);
    this.code = code;
    this.field = field;
  }
}
