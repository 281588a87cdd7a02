/**
 * One differential fuzz over all providers: signatures made from any key and R with parts of small order in
 * them, S beyond the group order, encodings that are not canonical, and bytes that were changed after.
 */
import { Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from '#protocol/bytes.ts';
import { providers } from './providers.ts';

const ORDER = Point.CURVE().n;
const FIELD = Point.CURVE().p;
/** Of order 8: its multiples are all eight points of small order. */
const TORSION = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
const SIGNATURES = 300;

function toLittleEndian(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0')).reverse();
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.toReversed())}`);
}

/** `scalar` times the base point, and `torsion` times the point of order 8. */
function mixedPoint(scalar: bigint, torsion: number): Point {
  const part = scalar === 0n ? Point.ZERO : Point.BASE.multiply(scalar);
  return torsion === 0 ? part : part.add(TORSION.multiply(BigInt(torsion)));
}

/** A second encoding of the point, y + p, for the few that have one; else the one that there is. */
function encode(point: Point, otherwise: boolean): Uint8Array {
  const bytes = point.toBytes();
  const sign = BigInt(bytes[31]! >> 7) << 255n;
  const y = fromLittleEndian(bytes) - sign;
  return otherwise && y < 19n ? toLittleEndian(y + FIELD + sign) : bytes;
}

const scalar = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: 1n, max: ORDER - 1n }) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 1n, ORDER - 1n) },
);
const torsion = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 7 }));
const signing = fc.record({
  secret: scalar,
  nonce: scalar,
  keyTorsion: torsion,
  nonceTorsion: torsion,
  keyOtherwise: fc.boolean(),
  nonceOtherwise: fc.boolean(),
  /** How often the group order is added to S. */
  orders: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 15 })),
  message: fc.uint8Array({ maxLength: 200 }),
});

interface Signed {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** What satisfies the equation with the cofactor, whatever the parts of small order are. */
const signed = signing.map((by): Signed => {
  const publicKey = encode(mixedPoint(by.secret, by.keyTorsion), by.keyOtherwise);
  const r = encode(mixedPoint(by.nonce, by.nonceTorsion), by.nonceOtherwise);
  const k = fromLittleEndian(sha512(concatBytes(r, publicKey, by.message))) % ORDER;
  const s = ((by.nonce + k * by.secret) % ORDER) + BigInt(by.orders) * ORDER;
  return { publicKey, message: by.message, signature: concatBytes(r, toLittleEndian(s)) };
});

const MEMBERS = ['publicKey', 'message', 'signature'] as const;
const change = fc.record({
  member: fc.constantFrom(...MEMBERS),
  at: fc.nat(63),
  to: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xec, 0xed, 0xff)),
});
const changes = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  fc.array(change, { minLength: 1, maxLength: 3 }),
);

const changed = fc.tuple(signed, changes).map(([original, all]): Signed => {
  const copy = { ...original };
  for (const { member, at, to } of all) {
    if (at < copy[member].length) copy[member] = copy[member].with(at, to);
  }
  return copy;
});

const anyBytes = fc.record({
  publicKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  message: fc.uint8Array({ maxLength: 200 }),
  signature: fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => bytes.with(63, 0)),
});

function verdictOf({ publicKey, message, signature }: Signed): boolean {
  const [verdict, ...others] = providers.map(([, { verifyEd25519 }]) =>
    verifyEd25519(publicKey, message, signature),
  );
  expect(others).toEqual(others.map(() => verdict));
  return verdict!;
}

it('all providers give one verdict, whatever the signature is made of', () => {
  const verdicts = { true: 0, false: 0 };
  const count = (it: Signed) => {
    verdicts[`${verdictOf(it)}`]++;
  };
  fc.assert(fc.property(changed, count), { numRuns: SIGNATURES });
  // It would say nothing if all of them were refused for their bytes alone.
  expect(verdicts.true).toBeGreaterThan(SIGNATURES / 20);
  expect(verdicts.false).toBeGreaterThan(SIGNATURES / 20);
});

it('all providers give one verdict on bytes that nobody signed', () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      verdictOf(bytes);
    }),
    { numRuns: 50 },
  );
});

it('all providers refuse what verifies with the cofactor alone, and take what does without', () => {
  const message = fromHex('00');
  const seen = new Set<boolean>();
  for (let nonce = 1n; seen.size < 2 || nonce < 20n; nonce++) {
    const publicKey = mixedPoint(5n, 1).toBytes();
    const r = mixedPoint(nonce, 0).toBytes();
    const k = fromLittleEndian(sha512(concatBytes(r, publicKey, message))) % ORDER;
    const signature = concatBytes(r, toLittleEndian((nonce + k * 5n) % ORDER));
    expect(verdictOf({ publicKey, message, signature })).toBe(k % 8n === 0n);
    seen.add(k % 8n === 0n);
  }
});
