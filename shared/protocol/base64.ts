/**
 * Base64 as C2SP uses it (RFC 4648 section 4, padded) and as receipts use it (section 5, unpadded).
 *
 * Decoding proves itself by re-encoding: non-canonical padding bits, white space, the wrong
 * alphabet and missing or extra padding are all refused with `ProtocolError('bad-encoding')`.
 */
import { checkBytes, checkInteger, checkText } from './arguments.ts';
import { ProtocolError } from './errors.ts';

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PADDING = '='.charCodeAt(0);
const ascii = new TextDecoder();

interface Alphabet {
  readonly letters: Uint8Array;
  /** Two letters for each twelve bits. */
  readonly pairs: readonly string[];
}

function alphabetOf(text: string): Alphabet {
  const letters = new TextEncoder().encode(text);
  const pairs = Array.from({ length: 4096 }, (_, n) => text[n >> 6]! + text[n & 63]!);
  return { letters, pairs };
}

/** Of hashes, keys and Ed25519 signatures. */
const MAX_SHORT_BYTES = 64;

function encode(bytes: Uint8Array, alphabet: Alphabet, padded: boolean): string {
  checkBytes(bytes, 'bytes');
  const isShort = bytes.length <= MAX_SHORT_BYTES;
  return isShort ? encodeShort(bytes, alphabet, padded) : encodeLong(bytes, alphabet, padded);
}

/** Three times faster for what is short, and slower for what is long. */
function encodeShort(bytes: Uint8Array, { pairs }: Alphabet, padded: boolean): string {
  const over = bytes.length % 3;
  const whole = bytes.length - over;
  let out = '';
  for (let i = 0; i < whole; i += 3) {
    const n = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    out += pairs[n >> 12]! + pairs[n & 4095]!;
  }
  if (over === 0) return out;
  const n = (bytes[whole]! << 10) | ((bytes[whole + 1] ?? 0) << 2);
  out += pairs[n >> 6]! + (over === 2 ? pairs[(n & 63) << 6]![0]! : '');
  return padded ? out.padEnd(out.length + 3 - over, '=') : out;
}

/**
 * By way of bytes: adding to a string letter by letter leaves 100 kB of garbage behind each ML-DSA-44
 * signature.
 */
function encodeLong(bytes: Uint8Array, { letters: alphabet }: Alphabet, padded: boolean): string {
  const out = new Uint8Array(4 * Math.ceil(bytes.length / 3)).fill(PADDING);
  for (let i = 0, at = 0; i < bytes.length; i += 3, at += 4) {
    // What is missing in the last group counts as zero, and has no digits.
    const n = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out[at] = alphabet[n >> 18]!;
    out[at + 1] = alphabet[(n >> 12) & 63]!;
    if (i + 1 < bytes.length) out[at + 2] = alphabet[(n >> 6) & 63]!;
    if (i + 2 < bytes.length) out[at + 3] = alphabet[n & 63]!;
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  return ascii.decode(padded ? out : out.subarray(0, out.length - missing));
}

const TO_STANDARD = alphabetOf(STANDARD);
const TO_URL_SAFE = alphabetOf(URL_SAFE);

function reverse(alphabet: string): Uint8Array {
  const table = new Uint8Array(128).fill(255);
  for (let i = 0; i < alphabet.length; i++) table[alphabet.charCodeAt(i)] = i;
  return table;
}

const FROM_STANDARD = reverse(STANDARD);
const FROM_URL_SAFE = reverse(URL_SAFE);

type SpareBits = 'zero' | 'any';

/** Bytes of unpadded digits, or undefined when a digit, the length or the spare bits are wrong. */
function decodeDigits(
  digits: string,
  table: Uint8Array,
  spareBits: SpareBits = 'zero',
): Uint8Array | undefined {
  if (digits.length % 4 === 1) return undefined;
  const out = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let buffer = 0;
  let bits = 0;
  let length = 0;
  for (let i = 0; i < digits.length; i++) {
    const code = digits.charCodeAt(i);
    const value = code < 128 ? table[code]! : 255;
    if (value === 255) return undefined;
    buffer = ((buffer << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[length++] = buffer >> bits;
      buffer &= (1 << bits) - 1;
    }
  }
  return buffer === 0 || spareBits === 'any' ? out : undefined;
}

export function encodeBase64(bytes: Uint8Array): string {
  return encode(bytes, TO_STANDARD, true);
}

export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, TO_URL_SAFE, false);
}

function checkLength(bytes: Uint8Array, length: number | undefined, field?: string): Uint8Array {
  if (length === undefined) return bytes;
  checkInteger(length, 'length');
  if (bytes.length !== length) {
    throw new ProtocolError('bad-encoding', `expected ${length} bytes, got ${bytes.length}`, field);
  }
  return bytes;
}

function decodePadded(text: string, spareBits: SpareBits, field?: string): Uint8Array {
  checkText(text, 'base64');
  const digits = text.replace(/={1,2}$/, '');
  const bytes = text.length % 4 === 0 ? decodeDigits(digits, FROM_STANDARD, spareBits) : undefined;
  if (bytes === undefined) throw new ProtocolError('bad-encoding', 'not canonical base64', field);
  return bytes;
}

/** Bytes of padded standard base64; with `length`, exactly that many. */
export function decodeBase64(text: string, length?: number, field?: string): Uint8Array {
  return checkLength(decodePadded(text, 'zero', field), length, field);
}

/** Bytes of padded standard base64 whose spare bits may be anything, as Go's decoder takes it. */
export function decodeBase64WithSpareBits(text: string, field?: string): Uint8Array {
  return decodePadded(text, 'any', field);
}

/** Bytes of unpadded URL-safe base64; with `length`, exactly that many. */
export function decodeBase64Url(text: string, length?: number, field?: string): Uint8Array {
  checkText(text, 'base64url');
  const bytes = decodeDigits(text, FROM_URL_SAFE);
  if (bytes === undefined) {
    throw new ProtocolError('bad-encoding', 'not canonical base64url', field);
  }
  return checkLength(bytes, length, field);
}
