/** How a note is asked about, and what several files are about. */
import { encodeBase64, utf8 } from '../../bytes.ts';
import { type Case, request } from '../../case.ts';
import { LOG, type NoteKey } from '../../keys.ts';
import { note, signed } from '../../notes.ts';

export const TEXT = 'some text\n';

export const GOOD = note(TEXT, signed(LOG, TEXT));

export function ask(input: string | Uint8Array, keys: readonly string[]) {
  return request('note', { note: typeof input === 'string' ? utf8(input) : input, keys });
}

export function opened(
  name: string,
  why: string,
  input: string,
  text: string = TEXT,
  verified: readonly NoteKey[] = [LOG],
  keys: readonly NoteKey[] = verified,
): Case {
  return {
    name,
    why,
    request: ask(
      input,
      keys.map((key) => key.text),
    ),
    answer: { text: encodeBase64(utf8(text)), verified: verified.map((key) => key.text) },
  };
}

export function refused(
  name: string,
  why: string,
  error: string,
  input: string | Uint8Array,
  keys: readonly string[] = [LOG.text],
): Case {
  return { name, why, request: ask(input, keys), answer: { error } };
}

export const NAMES =
  'log.md, section 3: a name is 1 to 255 bytes of UTF-8 without white space, plus signs and characters below U+0020.';

export const EC =
  'log.md, section 3: ECDSA over the SHA-256 of the text on every curve, in strict DER; the key ID is of the DER alone.';
