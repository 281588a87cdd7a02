/** What is wrong with text from outside, by the codes that all SDKs share (docs/spec/verifier.md, section 5). */
import { ProtocolError } from '#protocol/errors.ts';

export type FormatErrorCode =
  | 'malformed' // characters, lines, base64, numbers, lengths or limits
  | 'bad-key' // no verifier key, or one of another kind than is asked for; no issuer key
  | 'untrusted' // well formed, but by nobody who is trusted
  | 'bad-signature' // a line by a key that is known, which does not verify
  | 'bad-proof' // an inclusion proof that does not lead to the root
  | 'stale'; // genuine, and expired or older than what was seen before

/** Thrown for bytes and texts from outside. The message is for people, and never holds key material. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code: FormatErrorCode;

  constructor(code: FormatErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The result of `read`, whose every error of a format is thrown with this code. */
export function reading<T>(code: FormatErrorCode, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) throw new FormatError(code, error.message);
    throw error;
  }
}

const JUDGEMENTS = ['bad-key', 'untrusted', 'bad-signature', 'bad-proof', 'stale'] as const;

/** The result of `judge`, whose judgements keep their codes; what is wrong with a form is `malformed`. */
export function judging<T>(judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const code = JUDGEMENTS.find((judgement) => judgement === error.code) ?? 'malformed';
    throw new FormatError(code, error.message);
  }
}
