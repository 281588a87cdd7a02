/** Text as it comes out of files and answers. */
import { checkBytes } from '#protocol/arguments.ts';
import { decodeUtf8, encodeUtf8 } from '#protocol/bytes.ts';
import { FormatError, reading } from './format-error.ts';

/** A string, or the UTF-8 of one; other bytes are `malformed`, and a byte order mark is part of the text. */
export type Text = string | Uint8Array;

/** Throws `FormatError` with the code `malformed`, and TypeError for what is neither. */
export function asString(text: Text): string {
  if (typeof text === 'string') return text;
  checkBytes(text, 'text');
  return reading('malformed', () => decodeUtf8(text));
}

/** Likewise. A string with a lone surrogate has no UTF-8, and is `malformed`. */
export function asBytes(text: Text): Uint8Array {
  if (typeof text !== 'string') return text;
  if (!text.isWellFormed()) throw new FormatError('malformed', 'not valid Unicode');
  return encodeUtf8(text);
}
