/**
 * The one error type that the protocol library throws on bad input.
 *
 * Every parser either returns a fully checked value or throws a `ProtocolError`; nothing else
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
  | 'bad-json' // not JSON, or JSON outside the limits of canonical form
  | 'untrusted' // well formed, but no trusted key signed it
  | 'bad-signature' // a trusted name and key ID with a signature that does not verify
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
