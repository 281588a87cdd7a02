/**
 * Bytes, text and integers in their one canonical form.
 *
 * Every decoder here is strict: it accepts exactly what the matching encoder writes and throws
 * `ProtocolError('bad-encoding')` for anything else.
 */
import { checkBytes, checkInteger, checkText } from './arguments.ts';
import { ProtocolError } from './errors.ts';

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of a string. Lone surrogates become U+FFFD: check `isWellFormed()` where it matters. */
export function encodeUtf8(text: string): Uint8Array {
  checkText(text, 'text');
  return encoder.encode(text);
}

/** UTF-8 bytes of one UTF-16 unit, at most. */
const MAX_UNIT_BYTES = 3;

/** Whether a string has more than `maxBytes` bytes of UTF-8. Encodes nothing that is far from the limit. */
export function isLongerThan(text: string, maxBytes: number): boolean {
  checkText(text, 'text');
  checkInteger(maxBytes, 'maxBytes');
  if (text.length > maxBytes) return true;
  return text.length * MAX_UNIT_BYTES > maxBytes && encodeUtf8(text).length > maxBytes;
}

/** Text of UTF-8 bytes; invalid sequences are refused, a byte order mark is kept as a character. */
export function decodeUtf8(bytes: Uint8Array, field?: string): string {
  checkBytes(bytes, 'UTF-8');
  try {
    return strictDecoder.decode(bytes);
  } catch {
    throw new ProtocolError('bad-encoding', 'not valid UTF-8', field);
  }
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Equality of public values. Not constant time: nothing secret is compared in this library. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function toHex(bytes: Uint8Array): string {
  checkBytes(bytes, 'bytes');
  let out = '';
  for (const byte of bytes) out += HEX[byte];
  return out;
}

/** Bytes of lowercase hex of exactly `length` bytes (any length when omitted). */
export function fromHex(text: string, length?: number, field?: string): Uint8Array {
  checkText(text, 'hex');
  if (length !== undefined) checkInteger(length, 'length');
  const ok =
    /^(?:[0-9a-f]{2})*$/.test(text) && (length === undefined || text.length === 2 * length);
  if (!ok) {
    const expected = length === undefined ? 'an even number of' : `${2 * length}`;
    throw new ProtocolError('bad-encoding', `expected ${expected} lowercase hex digits`, field);
  }
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

/** Big-endian unsigned 64-bit integer of a safe, non-negative number. */
export function encodeUint64(value: number): Uint8Array {
  checkInteger(value, 'value');
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}

/** Inverse of `encodeUint64`; values above 2^53-1 are refused. */
export function decodeUint64(bytes: Uint8Array, field?: string): number {
  checkBytes(bytes, 'bytes');
  if (bytes.length !== 8) throw new ProtocolError('bad-encoding', 'expected 8 bytes', field);
  const value = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new ProtocolError('bad-encoding', 'integer above 2^53-1', field);
  }
  return Number(value);
}

/** A decimal integer in 0..2^53-1 without sign, leading zeros or white space. */
export function parseDecimal(text: string, field?: string): number {
  checkText(text, 'decimal');
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new ProtocolError('bad-encoding', 'expected a decimal integer in 0..2^53-1', field);
  }
  return Number(text);
}
