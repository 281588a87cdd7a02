/**
 * Bytes, hashes and encodings, written for the vectors alone: nothing here comes from the implementations that
 * the vectors judge.
 */
import { sha256 } from '@noble/hashes/sha2.js';

export { sha256 };

/** The largest integer of receipts, notes and requests: 2^53 - 1. */
export const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

export function utf8(text: string): Uint8Array {
  if (!text.isWellFormed()) throw new Error('a lone surrogate has no bytes');
  return new TextEncoder().encode(text);
}

export function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

export function fill(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

export function concat(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return Uint8Array.from(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? utf8(part) : part))),
  );
}

/** Sequences that are no UTF-8 wherever they stand. */
export const NOT_UTF8: readonly (readonly [string, Uint8Array])[] = (
  [
    ['a lone continuation byte', [0x80]],
    ['the last continuation byte alone', [0xbf]],
    ['a lone leading byte', [0xc3]],
    ['three bytes cut short', [0xe2, 0x82]],
    ['four bytes cut short', [0xf0, 0x9f, 0x98]],
    ['an overlong U+0000', [0xc0, 0x80]],
    ['an overlong quote', [0xc0, 0xa2]],
    ['an overlong slash of two bytes', [0xc0, 0xaf]],
    ['an overlong U+007F', [0xc1, 0xbf]],
    ['an overlong slash of three bytes', [0xe0, 0x80, 0xaf]],
    ['an overlong U+07FF', [0xe0, 0x9f, 0xbf]],
    ['an overlong slash of four bytes', [0xf0, 0x80, 0x80, 0xaf]],
    ['an overlong U+FFFF', [0xf0, 0x8f, 0xbf, 0xbf]],
    ['the first surrogate', [0xed, 0xa0, 0x80]],
    ['the last surrogate', [0xed, 0xbf, 0xbf]],
    ['a pair of surrogates of three bytes each', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['U+110000', [0xf4, 0x90, 0x80, 0x80]],
    ['a byte 0xF5', [0xf5, 0x80, 0x80, 0x80]],
    ['five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
    ['a byte 0xFE', [0xfe]],
    ['a byte 0xFF', [0xff]],
    ['Latin-1', [0xe9]],
  ] as const
).map(([name, values]) => [name, bytes(...values)]);

/** `U+00A0`. */
export function codePoint(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A line in padded base64, with spare bits that are not zero: the next digit stands before the padding. */
export function withSpareBits(line: string): string {
  const end = /.(?==+\n?$)/.exec(line);
  if (end === null) throw new Error('there are no spare bits');
  const next = String.fromCharCode(line.charCodeAt(end.index) + 1);
  return line.slice(0, end.index) + next + line.slice(end.index + 1);
}

/** The same bytes with one bit turned over; bits are counted from the first byte's highest. */
export function flipBit(input: Uint8Array, bit: number): Uint8Array {
  const out = Uint8Array.from(input);
  out[bit >> 3]! ^= 0x80 >> (bit & 7);
  return out;
}

export function hex(input: Uint8Array): string {
  return Buffer.from(input).toString('hex');
}

export function fromHex(text: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new Error(`no hex: ${text}`);
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/** RFC 4648 section 4, padded. */
export function encodeBase64(input: Uint8Array): string {
  return Buffer.from(input).toString('base64');
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'));
}

/** RFC 4648 section 5, unpadded. */
export function b64u(input: Uint8Array): string {
  return Buffer.from(input).toString('base64url');
}

/** Big-endian, 64 bits. */
export function uint64(value: number | bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}

/** SHA-256(0x00 || entry), RFC 6962 section 2.1. */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(concat(bytes(0), entry));
}

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(bytes(1), left, right));
}
