/**
 * The crypto provider for browsers and other runtimes: @noble/*, contract in types.ts.
 *
 * Synchronous throughout and without crypto.subtle, so it runs on plain HTTP pages too. It promises
 * the same verdicts as node.ts. noble's own `verify` multiplies by the cofactor even with
 * `zip215: false`, so the equation is computed here from its points.
 */
import { getPublicKey, hashes, Point, sign } from '@noble/ed25519';
import { sha256 as nobleSha256, sha512 } from '@noble/hashes/sha2.js';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { checkBytes } from '../arguments.ts';
import { concatBytes, equalBytes } from '../bytes.ts';
import { readEcdsaKey, readEcdsaSignature } from './ecdsa-encoding.ts';
import { satisfiesEcdsa } from './ecdsa-equation.ts';
import { isStrictPointEncoding, isStrictSignatureEncoding } from './ed25519-encoding.ts';
import {
  checkSeed,
  checkSigned,
  type HashOfParts,
  ML_DSA_44_PUBLIC_KEY_BYTES,
  ML_DSA_44_SIGNATURE_BYTES,
  type QuickSigner,
  type SlowSigner,
} from './types.ts';

export const ed25519Library = '@noble/ed25519';

hashes.sha512 = sha512;

const GROUP_ORDER = Point.CURVE().n;

export function sha256(data: Uint8Array): Uint8Array {
  checkBytes(data, 'data');
  return nobleSha256(data);
}

export function sha256OfParts(): HashOfParts {
  const hash = nobleSha256.create();
  return {
    update(part) {
      checkBytes(part, 'data');
      hash.update(part);
    },
    digest: () => hash.digest(),
  };
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return value;
}

/** The point of an encoding, or undefined where no point of the curve has this y. */
function decodePoint(bytes: Uint8Array): Point | undefined {
  try {
    return Point.fromBytes(bytes);
  } catch {
    return undefined;
  }
}

/** Encodes [S]B - [k]A and compares it with R byte by byte. */
export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  checkBytes(message, 'message');
  if (!isStrictPointEncoding(publicKey) || !isStrictSignatureEncoding(signature)) return false;
  const a = decodePoint(publicKey);
  if (a === undefined) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const k = littleEndian(sha512(concatBytes(r, publicKey, message))) % GROUP_ORDER;
  // The second argument allows variable time (nothing here is secret) and the scalar 0.
  const expected = Point.BASE.multiply(s, false).subtract(a.multiply(k, false));
  return equalBytes(expected.toBytes(), r);
}

export function signEd25519(seed: Uint8Array, message: Uint8Array): Uint8Array {
  checkBytes(message, 'message');
  return sign(message, checkSeed(seed));
}

export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  return getPublicKey(checkSeed(seed));
}

export function verifyMlDsa44(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  checkSigned(publicKey, message, signature);
  if (publicKey.length !== ML_DSA_44_PUBLIC_KEY_BYTES) return false;
  if (signature.length !== ML_DSA_44_SIGNATURE_BYTES) return false;
  return ml_dsa44.verify(signature, message, publicKey);
}

export function signMlDsa44(seed: Uint8Array, message: Uint8Array): Uint8Array {
  checkBytes(message, 'message');
  return ml_dsa44.sign(message, ml_dsa44.keygen(checkSeed(seed)).secretKey);
}

export function ed25519Signer(seed: Uint8Array): QuickSigner {
  checkSeed(seed);
  return (message) => signEd25519(seed, message);
}

export function mlDsa44Signer(seed: Uint8Array): SlowSigner {
  checkSeed(seed);
  return async (message) => signMlDsa44(seed, message);
}

export function mlDsa44PublicKey(seed: Uint8Array): Uint8Array {
  return ml_dsa44.keygen(checkSeed(seed)).publicKey;
}

export function verifyEcdsa(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  checkSigned(publicKey, message, signature);
  const key = readEcdsaKey(publicKey);
  const integers = key && readEcdsaSignature(signature, key.bytes);
  if (key === undefined || integers === undefined) return false;
  return satisfiesEcdsa(key, nobleSha256(message), integers);
}

export { randomBytes } from './types.ts';
