/** ECDSA in strict DER, docs/spec/log.md section 3. */
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { SECP256K1 } from '../../bad-keys.ts';
import { bytes, concat, fill, flipBit, fromHex, sha256, utf8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { type CurveName, ecdsaKey, ISSUER, seed } from '../../keys.ts';
import { judged, MESSAGE, SIG } from './ask.ts';

const DER =
  'log.md, section 3: the DER of a SubjectPublicKeyInfo in the one form of RFC 5480, and false for another (verifier.md, section 2).';

const STRICT_DER = 'log.md, section 3: the signature is in strict DER.';

const EITHER = 'log.md, section 3: either of the two values of S is taken.';

const CURVES: readonly CurveName[] = ['P-256', 'P-384', 'P-521'];

const ORDERS: Readonly<Record<CurveName, bigint>> = {
  'P-256': p256.Point.Fn.ORDER,
  'P-384': p384.Point.Fn.ORDER,
  'P-521': p521.Point.Fn.ORDER,
};

/** DER of two integers, in their shortest form. */
function der(r: bigint, s: bigint): Uint8Array {
  return sequence(integer(r), integer(s));
}

function sequence(...parts: Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return concat(
    bytes(0x30),
    body.length < 0x80 ? bytes(body.length) : bytes(0x81, body.length),
    body,
  );
}

function integer(value: bigint): Uint8Array {
  const digits = value.toString(16);
  const padded = fromHex(digits.length % 2 === 0 ? digits : `0${digits}`);
  const signed = padded[0]! >= 0x80 ? concat(bytes(0), padded) : padded;
  return concat(bytes(0x02, signed.length), signed);
}

function integersOf(sig: Uint8Array): [bigint, bigint] {
  const start = sig[1] === 0x81 ? 3 : 2;
  const rEnd = start + 2 + sig[start + 1]!;
  const big = (input: Uint8Array) =>
    input.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  return [big(sig.subarray(start + 2, rEnd)), big(sig.subarray(rEnd + 2))];
}

export const ecdsaCases: Case[] = CURVES.flatMap((curve) => {
  const { publicKey, sign } = ecdsaKey('x', curve, 5);
  const good = sign(MESSAGE);
  const [r, s] = integersOf(good);
  const n = ORDERS[curve];
  const width = Math.ceil(n.toString(16).length / 2);
  const ec = (
    name: string,
    why: string,
    valid: boolean,
    { key = publicKey, message = MESSAGE, sig = good } = {},
  ) => judged('ecdsa', `${curve}: ${name}`, why, key, message, sig, valid);
  const body = good.subarray(good[1] === 0x81 ? 3 : 2);
  return [
    ec('good', 'log.md, section 3: over the SHA-256 of the text on every curve.', true),
    ec('the other S', EITHER, true, { sig: der(r, n - s) }),
    ec('another message', 'log.md, section 3.', false, { message: utf8('messagf') }),
    ec('R and S exchanged', 'log.md, section 3.', false, { sig: der(s, r) }),
    ec(
      'S + n',
      'log.md, section 3: an integer of a signature is below the order of the curve.',
      false,
      { sig: der(r, s + n) },
    ),
    ec('R = 0', 'log.md, section 3: an integer of a signature is not 0.', false, {
      sig: der(0n, s),
    }),
    ec('S = 0', 'log.md, section 3: an integer of a signature is not 0.', false, {
      sig: der(r, 0n),
    }),
    ec('a byte after the signature', STRICT_DER, false, { sig: concat(good, bytes(0)) }),
    ec('a signature cut short', STRICT_DER, false, { sig: good.slice(0, -1) }),
    ec('no signature', STRICT_DER, false, { sig: bytes() }),
    ec('a length in a longer form', STRICT_DER, false, {
      sig:
        good[1] === 0x81
          ? concat(bytes(0x30, 0x82, 0, body.length), body)
          : concat(bytes(0x30, 0x81, body.length), body),
    }),
    ec('a length of no end', STRICT_DER, false, {
      sig: concat(bytes(0x30, 0x80), body, bytes(0, 0)),
    }),
    ec('R with a zero too many', STRICT_DER, false, {
      sig: sequence(
        concat(bytes(0x02, integer(r).length - 1, 0), integer(r).subarray(2)),
        integer(s),
      ),
    }),
    ec('both integers side by side', STRICT_DER, false, { sig: fill(2 * width, 1) }),
    ec('another tag', STRICT_DER, false, { sig: bytes(0x31, ...good.subarray(1)) }),
    ec('a key of a point alone', DER, false, { key: publicKey.slice(-(1 + 2 * width)) }),
    ec('a compressed point', DER, false, { key: compressed(publicKey, width) }),
    ec('a byte after the key', DER, false, { key: concat(publicKey, bytes(0)) }),
    ec('a key cut short', DER, false, { key: publicKey.slice(0, -1) }),
    ec('a key that is not on the curve', DER, false, {
      key: flipBit(publicKey, publicKey.length * 8 - 1),
    }),
    ec('a point of zeros', DER, false, {
      key: concat(publicKey.slice(0, -2 * width), fill(2 * width, 0)),
    }),
    ec('a hybrid point', DER, false, { key: hybrid(publicKey, width) }),
  ];
});

/** The key with its point compressed, and all lengths made right. */
function compressed(key: Uint8Array, width: number): Uint8Array {
  const x = key.slice(-2 * width, -width);
  const sign = 2 + (key.at(-1)! & 1);
  const algorithm = algorithmOf(key);
  const bits = concat(bytes(0x03, width + 2, 0, sign), x);
  return concat(bytes(0x30, algorithm.length + bits.length), algorithm, bits);
}

/** 06 or 07 in the place of 04. */
function hybrid(key: Uint8Array, width: number): Uint8Array {
  const out = Uint8Array.from(key);
  out[key.length - 2 * width - 1] = 6 + (key.at(-1)! & 1);
  return out;
}

/** The AlgorithmIdentifier within a SubjectPublicKeyInfo. */
function algorithmOf(key: Uint8Array): Uint8Array {
  const start = key[1] === 0x81 ? 3 : 2;
  return key.slice(start, start + 2 + key[start + 1]!);
}

ecdsaCases.push(
  judged(
    'ecdsa',
    'secp256k1: good',
    'log.md, section 3: a key is on P-256, P-384 or P-521.',
    SECP256K1,
    MESSAGE,
    secp256k1.sign(sha256(MESSAGE), concat(fill(31, 0), bytes(5)), {
      prehash: false,
      format: 'der',
    }),
    false,
  ),
  judged(
    'ecdsa',
    'an Ed25519 key',
    DER,
    concat(fromHex('302a300506032b6570032100'), ISSUER.publicKey),
    MESSAGE,
    SIG,
    false,
  ),
  judged('ecdsa', 'no key', DER, bytes(), MESSAGE, bytes(), false),
  judged('ecdsa', 'a key of 32 bytes', DER, seed(5), MESSAGE, SIG, false),
);
