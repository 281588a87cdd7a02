/**
 * Bytes, hashes and encodings, written for the vectors alone: nothing here comes from the implementations that
 * the vectors judge.
 */
import { sha256 } from '@noble/hashes/sha2.js';

export { sha256 };

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
