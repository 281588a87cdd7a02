/**
 * Opening notes of any text (C2SP signed-note, "Verifying signed notes"): who of the known keys has signed.
 *
 * Checkpoints have an opening of their own, as some keys sign their meaning and not their text: see
 * `openCheckpoint`.
 */
import { encodeUtf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { algorithmOf } from './algorithms.ts';
import type { VerifierKey } from './key.ts';
import { distinctSignaturesBy, type Note, parseNote } from './note.ts';

export interface OpenedNote {
  readonly note: Note;
  /** Those of the known keys whose signatures were verified, in their order; at least one. */
  readonly verified: readonly VerifierKey[];
}

/** Whether keys of this type sign the text of a note as it is. */
export function signsText({ type }: VerifierKey): boolean {
  return algorithmOf(type).logLine?.headBytes === 0;
}

/**
 * Opens a note by keys of type 0x01 or 0x02. Signatures by other keys are ignored. Throws `bad-note` or
 * `too-large`; `bad-signature` when a line with the name and ID of a known key does not verify; `untrusted`
 * when there is no such line; `bad-key` for a key of another type.
 */
export function openNote(text: string, keys: readonly VerifierKey[]): OpenedNote {
  if (!keys.every(signsText))
    throw new ProtocolError('bad-key', 'a key that signs no text', 'type');
  const note = parseNote(text);
  const verified = keys.filter((key) => hasSigned(key, note));
  if (verified.length > 0) return { note, verified };
  throw new ProtocolError('untrusted', 'no signature by a known key');
}

/** Throws `bad-signature` for a line by the key that is wrong. */
function hasSigned(key: VerifierKey, note: Note): boolean {
  const { verify } = algorithmOf(key.type);
  const lines = distinctSignaturesBy(note, key);
  if (lines.every(({ bytes }) => verify(key.publicKey, encodeUtf8(note.text), bytes))) {
    return lines.length > 0;
  }
  throw new ProtocolError('bad-signature', `signature by ${key.name} does not verify`);
}
