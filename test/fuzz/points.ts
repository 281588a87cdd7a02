/** Ed25519 keys and signatures at the edges of docs/spec/receipt.md, section 6.2. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, fromHex } from '#protocol/bytes.ts';
import { flipBit } from './bytes.ts';
import { ISSUERS } from './keys.ts';
import type { Random } from './random.ts';

const P = 2n ** 255n - 19n;
const L = ed25519.Point.Fn.ORDER;
const { BASE, ZERO } = ed25519.Point;

/** Encodings of small order, canonical or not, with either sign, and y that are not below p. */
const EDGE_POINTS: readonly Uint8Array[] = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  ...[-19n, -1n, 0n, 1n, 2n, 17n, 18n].map((offset) => littleEndianHex(P + offset)),
].flatMap((hex) => {
  const point = fromHex(hex, 32);
  const signed = point.slice();
  signed[31]! |= 0x80;
  return [point, signed];
});

/** A point of order 8, to be added to others: the ones of mixed order. */
const TORSION = ed25519.Point.fromHex(
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
);

function littleEndianHex(value: bigint): string {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse().toString('hex');
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function scalarBytes(value: bigint): Uint8Array {
  return fromHex(littleEndianHex(value % 2n ** 256n), 32);
}

export interface SignedMessage {
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly sig: Uint8Array;
}

/** A signature of any kind: right, almost right, or right only where the cofactor is multiplied in. */
export function randomSigned(random: Random): SignedMessage {
  const issuer = random.pick(ISSUERS);
  const message = random.bytes(random.pick([0, 1, 32, 100, 128]));
  const right = { key: issuer.publicKey, message, sig: issuer.sign(message) };
  const withSig = (sig: Uint8Array) => ({ ...right, sig });
  switch (random.below(9)) {
    case 0:
    case 1:
      return right;
    case 2:
      return withSig(flipBit(random, right.sig));
    case 3:
      return withSig(
        withScalar(right.sig, toBigInt(right.sig.subarray(32)) + L * BigInt(random.between(1, 15))),
      );
    case 4:
      return withSig(
        withScalar(
          right.sig,
          random.pick([0n, 1n, L - 1n, L, L + 1n, 2n ** 252n, 2n ** 255n, 2n ** 256n - 1n]),
        ),
      );
    case 5:
      return { ...right, key: randomPoint(random) };
    case 6:
      return withSig(concatBytes(randomPoint(random), right.sig.subarray(32)));
    case 7:
      return withLengths(random, right);
    default:
      return ofMixedOrder(random, message);
  }
}

function withScalar(sig: Uint8Array, s: bigint): Uint8Array {
  return concatBytes(sig.subarray(0, 32), scalarBytes(s));
}

export function randomPoint(random: Random): Uint8Array {
  return random.chance(0.7) ? random.pick(EDGE_POINTS) : random.bytes(32);
}

function withLengths(random: Random, { key, message, sig }: SignedMessage): SignedMessage {
  const cut = (bytes: Uint8Array) => bytes.slice(0, random.pick([0, 31, 32, 33, 63]));
  const grown = (bytes: Uint8Array) => concatBytes(bytes, random.bytes(1));
  const change = random.pick([cut, grown]);
  return random.chance(0.5)
    ? { key: change(key), message, sig }
    : { key, message, sig: change(sig) };
}

/**
 * Signatures made with a key, and an R, that have a part of small order: some of them hold by the equation
 * without the cofactor, the others only with it.
 */
function ofMixedOrder(random: Random, message: Uint8Array): SignedMessage {
  const secret = BigInt(random.between(1, 2 ** 31));
  const nonce = BigInt(random.between(1, 2 ** 31));
  const torsion = () => {
    const times = BigInt(random.below(8));
    return times === 0n ? ZERO : TORSION.multiply(times);
  };
  const key = BASE.multiply(secret).add(torsion()).toBytes();
  const r = (random.chance(0.1) ? ZERO : BASE.multiply(nonce)).add(torsion()).toBytes();
  const k = toBigInt(sha512(concatBytes(r, key, message))) % L;
  return { key, message, sig: concatBytes(r, scalarBytes((nonce + k * secret) % L)) };
}
