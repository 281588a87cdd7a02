/**
 * The equation of an ECDSA signature (SEC 1, section 4.1.4) on the points of noble, for noble.ts.
 *
 * noble's own `verify` comes with signing, DER and three more hashes, which is a tenth of all that a browser
 * loads to verify a receipt. The parameters of the curves are those of SEC 2, sections 2.4.2, 2.5.1 and 2.6.1.
 */
import {
  type WeierstrassPoint,
  type WeierstrassPointCons,
  weierstrass,
} from '@noble/curves/abstract/weierstrass.js';
import type { EcdsaCurve, EcdsaKey } from './ecdsa-encoding.ts';

interface Parameters {
  readonly p: bigint;
  readonly n: bigint;
  readonly b: bigint;
  readonly Gx: bigint;
  readonly Gy: bigint;
}

const PARAMETERS: Readonly<Record<EcdsaCurve, Parameters>> = {
  'P-256': {
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    Gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
    Gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
  },
  'P-384': {
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    Gx: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
    Gy: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
  },
  'P-521': {
    p: 0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffn,
    n: 0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    Gx: 0xc6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66n,
    Gy: 0x11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650n,
  },
};

type Point = WeierstrassPoint<bigint>;

const curves = new Map<EcdsaCurve, WeierstrassPointCons<bigint>>();

/** Made when a key of the curve is met, as most programs never meet one. */
function pointsOf(curve: EcdsaCurve): WeierstrassPointCons<bigint> {
  const known = curves.get(curve);
  if (known !== undefined) return known;
  const parameters = PARAMETERS[curve];
  const points = weierstrass({ ...parameters, a: parameters.p - 3n, h: 1n });
  curves.set(curve, points);
  return points;
}

/** The point of a key, or undefined if it is not on its curve. */
function decodePoint({ curve, point }: EcdsaKey): Point | undefined {
  try {
    return pointsOf(curve).fromBytes(point);
  } catch {
    return undefined;
  }
}

function bigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/**
 * Whether both integers of a signature, at the width of the curve, are one by this key over a message with this
 * hash of 32 bytes. No curve here has an order of fewer bits than such a hash, so all of the hash counts.
 */
export function satisfiesEcdsa(key: EcdsaKey, hash: Uint8Array, integers: Uint8Array): boolean {
  const q = decodePoint(key);
  if (q === undefined) return false;
  const { BASE, Fn } = pointsOf(key.curve);
  const r = bigEndian(integers.subarray(0, key.bytes));
  const s = bigEndian(integers.subarray(key.bytes));
  if (!Fn.isValidNot0(r) || !Fn.isValidNot0(s)) return false;
  const inverse = Fn.inv(s);
  const u1 = Fn.mul(Fn.create(bigEndian(hash)), inverse);
  const u2 = Fn.mul(r, inverse);
  const sum = BASE.multiplyUnsafe(u1).add(q.multiplyUnsafe(u2));
  return !sum.is0() && Fn.create(sum.x) === r;
}
