/**
 * The part of the Ed25519 verdict that is decided on bytes alone (docs/spec/receipt.md section 6).
 *
 * Libraries differ exactly here: in encodings of y >= p, of x = 0 with a sign, of points of small
 * order, and of S >= L. Refusing all of these before any library is asked makes the verdict the
 * same whatever the library or its version.
 */
import { checkBytes } from '../arguments.ts';
import { fromHex } from '../bytes.ts';
import { ED25519_PUBLIC_KEY_BYTES, ED25519_SIGNATURE_BYTES } from './types.ts';

/**
 * The y coordinates of the eight points of small order, little-endian, sign bit clear. Either sign
 * bit is refused: where x is not 0 both signs are such points, where x is 0 a sign is not canonical.
 */
const SMALL_ORDER_Y = [
  '0100000000000000000000000000000000000000000000000000000000000000', // order 1, y = 1, x = 0
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // order 2, y = -1, x = 0
  '0000000000000000000000000000000000000000000000000000000000000000', // order 4
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', // order 8
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', // order 8
].map((hex) => fromHex(hex));

/** The group order L = 2^252 + 27742317777372353535851937790883648493, little-endian. */
const GROUP_ORDER = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');

/** y < p = 2^255 - 19, ignoring the sign bit. */
function isReducedY(point: Uint8Array): boolean {
  if ((point[31]! & 0x7f) !== 0x7f) return true;
  for (let i = 30; i > 0; i--) if (point[i] !== 0xff) return true;
  return point[0]! < 0xed;
}

function hasSameY(point: Uint8Array, y: Uint8Array): boolean {
  if ((point[31]! & 0x7f) !== y[31]) return false;
  for (let i = 30; i >= 0; i--) if (point[i] !== y[i]) return false;
  return true;
}

/** For the first 32 bytes alone, so that the R of a signature needs no view of its own. */
function isStrictPoint(point: Uint8Array): boolean {
  return isReducedY(point) && !SMALL_ORDER_Y.some((y) => hasSameY(point, y));
}

/**
 * True for 32 bytes that may encode a point which is not of small order, in its one encoding.
 * Whether the bytes are on the curve at all is left to the equation.
 */
export function isStrictPointEncoding(point: Uint8Array): boolean {
  checkBytes(point, 'point');
  return point.length === ED25519_PUBLIC_KEY_BYTES && isStrictPoint(point);
}

/** S < L, for the second half of a 64-byte signature. */
function hasReducedScalar(signature: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const s = signature[32 + i]!;
    const l = GROUP_ORDER[i]!;
    if (s !== l) return s < l;
  }
  return false;
}

/** True for 64 bytes R || S with an acceptable R and S < L. */
export function isStrictSignatureEncoding(signature: Uint8Array): boolean {
  checkBytes(signature, 'signature');
  return (
    signature.length === ED25519_SIGNATURE_BYTES &&
    isStrictPoint(signature) &&
    hasReducedScalar(signature)
  );
}
