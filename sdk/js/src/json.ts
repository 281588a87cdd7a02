/** Canonical JSON (docs/spec/receipt.md, section 3), to be written and read. */

import * as json from '#protocol/json/canonical.ts';
import { reading } from './format-error.ts';
import { asBytes, type Text } from './text.ts';

const MAX_BYTES = 1024 * 1024;

/**
 * The canonical bytes of a JSON value. Throws `FormatError` with the code `malformed` for what has none, such as
 * a fraction, a lone surrogate or `undefined`, and for more than 1,048,576 bytes.
 */
export function canonicalize(value: json.JsonValue): Uint8Array {
  return reading('malformed', () => json.canonicalize(value, MAX_BYTES));
}

/**
 * The value of a JSON text of at most 1,048,576 bytes, which need not be canonical. Throws `FormatError` with the
 * code `malformed` for what `canonicalize` would not write, and for a repeated member.
 */
export function parseJson(text: Text): json.JsonValue {
  return reading('malformed', () => json.parseJson(asBytes(text), MAX_BYTES));
}
