/** The numbers behind Ed25519 (RFC 8032), for signatures that no signer makes. */
import { hashes, Point } from '@noble/ed25519';
import { concat } from './bytes.ts';
// Sets the hash that @noble/ed25519 asks for.
import './keys.ts';

export const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

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
  const k = littleEndian(hashes.sha512!(concat(encodedR, publicKey, message)));
  return concat(encodedR, encodeScalar((r + k * scalarOf(secret)) % GROUP_ORDER));
}

/** The secret scalar of a seed. */
function scalarOf(secret: Uint8Array): bigint {
  const half = hashes.sha512!(secret).slice(0, 32);
  half[0]! &= 248;
  half[31]! = (half[31]! & 127) | 64;
  return littleEndian(half) % GROUP_ORDER;
}
