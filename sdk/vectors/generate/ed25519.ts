/**
 * The numbers behind Ed25519 (RFC 8032), for keys and signatures that no signer makes: docs/spec/receipt.md section
 * 6.2 says which of them count.
 */
import { hashes, Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { bytes, concat, fill, fromHex } from './bytes.ts';

hashes.sha512 = sha512;

/** L of rule 3. */
export const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Encodings of the points of small order, each with its sign bit clear and set (rules 1 and 2). */
export const SMALL_ORDER = [
  ['of order 1', '0100000000000000000000000000000000000000000000000000000000000000'],
  ['of order 1 with a sign', '0100000000000000000000000000000000000000000000000000000000000080'],
  ['of order 2', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ['of order 2 with a sign', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'],
  ['of order 4', '0000000000000000000000000000000000000000000000000000000000000000'],
  ['of order 4 with a sign', '0000000000000000000000000000000000000000000000000000000000000080'],
  ['of order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
  ['of order 8 with a sign', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
  ['of order 8, the other', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
  [
    'of order 8, the other with a sign',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  ],
] as const;

/** Encodings of y that are not below p = 2^255 - 19 (rule 1). */
export const NOT_REDUCED = [
  ['with y = p', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ['with y = p + 1', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  [
    'with y = p + 3, which would be a point of large order',
    'f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ],
  ['with y = 2^255 - 1', 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  [
    'with y = 2^255 - 1 and a sign',
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  ],
] as const;

/** The point of order 1. */
export const IDENTITY = bytes(1, ...fill(31, 0));
/** y = 2 is on no point of the curve; it passes the byte checks, and only the equation refuses it. */
export const OFF_CURVE = bytes(2, ...fill(31, 0));
/** y = p - 2, the largest that is neither refused as not canonical nor as of small order. */
export const LARGEST_Y = bytes(0xeb, ...fill(30, 0xff), 0x7f);

export function littleEndian(input: Uint8Array): bigint {
  return input.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

export function encodeScalar(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

/** [n]B, encoded. */
export function encodeMultiple(n: bigint): Uint8Array {
  return Point.BASE.multiply(n).toBytes();
}

/** S = r + k a for any encoding R and the number r that is said to be behind it. */
export function signWith(
  r: bigint,
  encodedR: Uint8Array,
  secret: Uint8Array,
  publicKey: Uint8Array,
  message: Uint8Array,
): Uint8Array {
  return sign(r, encodedR, scalarOf(secret), publicKey, message);
}

/** The same signature with S + L for S, by which the equation holds, too. */
export function plusGroupOrder(signature: Uint8Array): Uint8Array {
  const s = littleEndian(signature.subarray(32));
  return concat(signature.subarray(0, 32), encodeScalar(s + GROUP_ORDER));
}

const MIXED_SECRET = 0x5ec2e7n;
const TORSION = Point.fromBytes(fromHex(SMALL_ORDER[8][1]));
/** [a]B and a point of order 8: a key that passes all byte checks and has a part of small order. */
export const MIXED_KEY = Point.BASE.multiply(MIXED_SECRET).add(TORSION).toBytes();

/**
 * A signature by `MIXED_KEY`. The part of small order falls out of [k]A where 8 divides k, and then the equation
 * of rule 4 holds. Elsewhere it holds only if the cofactor is multiplied in.
 */
export function signMixed(message: Uint8Array, holds: boolean): Uint8Array {
  for (let r = 2n; ; r++) {
    const encodedR = encodeMultiple(r);
    const isDivisible = challenge(encodedR, MIXED_KEY, message) % 8n === 0n;
    if (isDivisible === holds) return sign(r, encodedR, MIXED_SECRET, MIXED_KEY, message);
  }
}

function sign(
  r: bigint,
  encodedR: Uint8Array,
  scalar: bigint,
  publicKey: Uint8Array,
  message: Uint8Array,
): Uint8Array {
  const k = challenge(encodedR, publicKey, message);
  return concat(encodedR, encodeScalar((r + k * scalar) % GROUP_ORDER));
}

/** k of rule 4. */
function challenge(encodedR: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  return littleEndian(sha512(concat(encodedR, publicKey, message))) % GROUP_ORDER;
}

/** The secret scalar of a seed. */
function scalarOf(secret: Uint8Array): bigint {
  const half = sha512(secret).slice(0, 32);
  half[0]! &= 248;
  half[31]! = (half[31]! & 127) | 64;
  return littleEndian(half) % GROUP_ORDER;
}
