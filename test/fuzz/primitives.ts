/** Requests for the primitives: canonical JSON, hashes, signatures of three kinds, proofs of trees. */
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { asHash, EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { concat, damageBytes, flipBit, splice } from './bytes.ts';
import { type Json, nested, randomJson, writeFreely } from './json.ts';
import { ECDSA_KEYS } from './keys.ts';
import { randomSigned } from './points.ts';
import type { Random } from './random.ts';
import { base64, type Request } from './request.ts';
import { MAX_SIZE, randomConsistency, randomHash, randomInclusion } from './trees.ts';

export function canonicalRequest(random: Random): Request {
  const value: Json = random.chance(0.05)
    ? nested(random, random.between(14, 18))
    : new Map([['a', randomJson(random)]]);
  const top = random.chance(0.3) ? randomJson(random) : value;
  const liberties = random.weighed([
    [2, { space: 0, order: 0, escape: 0, repeat: 0 }],
    [4, { space: 0.1, order: 0.5, escape: 0.1, repeat: 0 }],
    [1, { space: 0.1, order: 0.5, escape: 0.3, repeat: 0.2 }],
  ]);
  const text = Buffer.from(writeFreely(random, top, liberties));
  const whole = random.chance(0.02) ? concat(Buffer.from('\ufeff'), text) : text;
  return {
    op: 'canonical',
    json: base64(random.chance(0.15) ? damageBytes(random, whole) : whole),
  };
}

export function leafHashRequest(random: Random): Request {
  return { op: 'leaf-hash', entry: base64(random.bytes(random.pick([0, 1, 31, 55, 56, 64, 300]))) };
}

export function ed25519Request(random: Random): Request {
  const { key, message, sig } = randomSigned(random);
  return { op: 'ed25519', key: base64(key), message: base64(message), sig: base64(sig) };
}

/** One key, as making them takes long. */
const ML_DSA = ml_dsa44.keygen(new Uint8Array(32).fill(9));
const ML_DSA_MESSAGES = ['', 'a', 'a longer message'].map((text) => {
  const message = Buffer.from(text);
  return { message, sig: ml_dsa44.sign(message, ML_DSA.secretKey, { extraEntropy: false }) };
});

export function mlDsaRequest(random: Random): Request {
  const { message, sig } = random.pick(ML_DSA_MESSAGES);
  const { publicKey } = ML_DSA;
  const change = random.below(6);
  // The hints are the last 84 bytes, the only part with more than one way to be wrong.
  const hints = random.chance(0.5)
    ? random.between(sig.length - 84, sig.length - 1)
    : random.below(sig.length);
  return {
    op: 'ml-dsa-44',
    key: base64(change === 1 ? damageBytes(random, publicKey) : publicKey),
    message: base64(change === 2 ? damageBytes(random, message) : message),
    sig: base64(
      change === 3
        ? damageBytes(random, sig)
        : change === 4
          ? splice(sig, hints, 1, Uint8Array.of(random.below(81)))
          : sig,
    ),
  };
}

/** Enough of them that each integer is now and then shorter, or has a byte for its sign. */
const ECDSA_MESSAGES = ECDSA_KEYS.flatMap(({ publicKey, sign }) =>
  Array.from({ length: 40 }, (_, i) => Uint8Array.of(i)).map((message) => ({
    publicKey,
    message,
    sig: sign(message),
  })),
);

export function ecdsaRequest(random: Random): Request {
  const { publicKey, message, sig: right } = random.pick(ECDSA_MESSAGES);
  const sig = random.chance(0.6) ? right : oddDer(random, right);
  return {
    op: 'ecdsa',
    key: base64(random.chance(0.25) ? damageBytes(random, publicKey) : publicKey),
    message: base64(random.chance(0.1) ? flipBit(random, message) : message),
    sig: base64(sig),
  };
}

/** Other encodings of the two integers, and other integers. */
function oddDer(random: Random, der: Uint8Array): Uint8Array {
  const integer = (content: Uint8Array) => concat(Uint8Array.of(2, content.length), content);
  const sequence = (content: Uint8Array) =>
    concat(Uint8Array.of(0x30, ...(content.length > 127 ? [0x81] : []), content.length), content);
  const start = der[1] === 0x81 ? 3 : 2;
  const r = der.subarray(start + 2, start + 2 + der[start + 1]!);
  const s = der.subarray(start + 4 + r.length);
  switch (random.below(7)) {
    case 0:
      return damageBytes(random, der);
    case 1:
      return sequence(concat(integer(concat(Uint8Array.of(0), r)), integer(s)));
    case 2:
      return sequence(concat(integer(r), integer(Uint8Array.of(random.pick([0, 1, 0x80])))));
    case 3:
      return concat(Uint8Array.of(0x30, 0x82, 0, der.length - start), der.subarray(start));
    case 4:
      return concat(der, random.bytes(1));
    case 5:
      return sequence(concat(integer(s), integer(r)));
    default:
      return concat(Uint8Array.of(0x30, 0x80), der.subarray(start), Uint8Array.of(0, 0));
  }
}

export function inclusionRequest(random: Random): Request {
  const leaf = randomHash(random);
  const { index, size, hashes, root } = randomInclusion(random, leaf);
  return {
    op: 'inclusion',
    leaf: base64(leaf),
    root: base64(random.chance(0.1) ? flipBit(random, root) : root),
    index: perhapsOther(random, index),
    size: perhapsOther(random, size),
    proof: perhapsOthers(random, hashes),
  };
}

export function consistencyRequest(random: Random): Request {
  const { oldSize, newSize, oldRoot, newRoot, proof } = randomConsistency(random);
  const root = (hash: Uint8Array) => {
    if (random.chance(0.04)) return base64(EMPTY_ROOT);
    return base64(random.chance(0.05) ? flipBit(random, hash) : hash);
  };
  return {
    op: 'consistency',
    old_size: perhapsOther(random, oldSize),
    new_size: perhapsOther(random, newSize),
    old_root: root(oldRoot),
    new_root: root(newRoot),
    proof: perhapsOthers(random, proof),
  };
}

function perhapsOther(random: Random, value: number): number {
  if (!random.chance(0.06)) return value;
  return Math.max(0, Math.min(MAX_SIZE, random.pick([0, 1, value + 1, value - 1, MAX_SIZE])));
}

function perhapsOthers(random: Random, hashes: readonly Uint8Array[]): string[] {
  const list = [...hashes];
  if (random.chance(0.1)) {
    const at = random.below(list.length + 1);
    const removed = random.below(2);
    const hash = asHash(random.bytes(32));
    list.splice(at, removed, ...(random.chance(0.5) ? [hash] : []));
  }
  return list.map(base64);
}
