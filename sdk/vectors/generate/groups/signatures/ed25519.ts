/** The strict Ed25519 verdict, docs/spec/receipt.md section 6.2. */
import { bytes, concat, fill, flipBit, utf8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import {
  encodeMultiple,
  encodeScalar,
  GROUP_ORDER,
  IDENTITY,
  LARGEST_Y,
  littleEndian,
  MIXED_KEY,
  OFF_CURVE,
  plusGroupOrder,
  signMixed,
  signWith,
} from '../../ed25519.ts';
import { ISSUER, OTHER_ISSUER, signEd25519 } from '../../keys.ts';
import { speccheckCases } from '../published.ts';
import { judged, LENGTHS, MESSAGE, SIG } from './ask.ts';

const RULES = 'receipt.md, section 6.2, rules 1 to 4.';

const ed = (
  name: string,
  why: string,
  valid: boolean,
  { key = ISSUER.publicKey, message = MESSAGE, sig = SIG } = {},
) => judged('ed25519', name, why, key, message, sig, valid);

const withS = (s: bigint) => concat(SIG.subarray(0, 32), encodeScalar(s));

const S = littleEndian(SIG.subarray(32));

const L = GROUP_ORDER;

/** Where A is the identity, [S]B = R makes the equation hold for every message. */
const OF_IDENTITY = concat(encodeMultiple(5n), encodeScalar(5n));

export const ed25519Cases: Case[] = [
  ...speccheckCases(),
  ed('good', RULES, true),
  ed('good, of no message', RULES, true, {
    message: bytes(),
    sig: signEd25519(ISSUER.seed, bytes()),
  }),
  ed('good, of 10,000 bytes', RULES, true, {
    message: fill(10_000, 7),
    sig: signEd25519(ISSUER.seed, fill(10_000, 7)),
  }),
  ed('another message', RULES, false, { message: utf8('messagf') }),
  ed('a longer message', RULES, false, { message: utf8('message\n') }),
  ed('another key', RULES, false, { key: OTHER_ISSUER.publicKey }),
  ...[0, 7, 255, 256, 500].map((bit) =>
    ed(`bit ${bit} of the signature turned over`, RULES, false, { sig: flipBit(SIG, bit) }),
  ),
  ...[0, 100, 248].map((bit) =>
    ed(`bit ${bit} of the key turned over`, RULES, false, { key: flipBit(ISSUER.publicKey, bit) }),
  ),
  ed('S + L', 'receipt.md, section 6.2, rule 3: S < L, though the equation holds.', false, {
    sig: plusGroupOrder(SIG),
  }),
  ed('S = L - S', RULES, false, { sig: withS(L - S) }),
  ed('S = L', 'receipt.md, section 6.2, rule 3: S < L.', false, { sig: withS(L) }),
  ed('S = L - 1', RULES, false, { sig: withS(L - 1n) }),
  ed('S = 0', RULES, false, { sig: withS(0n) }),
  ed(
    'the highest bits of S set',
    'receipt.md, section 6.2, rule 3: S < L; the three highest bits count.',
    false,
    { sig: withS(S + 2n ** 253n) },
  ),
  ed(
    'R the identity, and the equation holds',
    'receipt.md, section 6.2, rule 2: R is not of small order.',
    false,
    { sig: signWith(0n, IDENTITY, ISSUER.seed, ISSUER.publicKey, MESSAGE) },
  ),
  ed(
    'A the identity, and the equation holds',
    'receipt.md, section 6.2, rule 2: A is not of small order.',
    false,
    { key: IDENTITY, sig: OF_IDENTITY },
  ),
  ed(
    'A the identity with a sign, and the equation holds',
    'receipt.md, section 6.2, rule 1: the sign bit is clear where x is 0.',
    false,
    { key: bytes(1, ...fill(30, 0), 0x80), sig: OF_IDENTITY },
  ),
  ed('A no point of the curve', 'receipt.md, section 6.2, rule 4: A is on the curve.', false, {
    key: OFF_CURVE,
  }),
  ed('R no point of the curve', 'receipt.md, section 6.2, rule 4: R is compared as bytes.', false, {
    sig: concat(OFF_CURVE, SIG.subarray(32)),
  }),
  ed('A with y = p - 2', RULES, false, { key: LARGEST_Y }),
  ed('R with y = p - 2', RULES, false, { sig: concat(LARGEST_Y, SIG.subarray(32)) }),
  ed(
    'A of mixed order, and the equation holds',
    'receipt.md, section 6.2, rule 4: 8 divides k, so the part of small order falls out.',
    true,
    { key: MIXED_KEY, sig: signMixed(MESSAGE, true) },
  ),
  ed(
    'A of mixed order, and the equation holds only with the cofactor',
    'receipt.md, section 6.2, rule 4: the cofactor is not multiplied in.',
    false,
    { key: MIXED_KEY, sig: signMixed(MESSAGE, false) },
  ),
  ed('R with its sign turned over', RULES, false, { sig: flipBit(SIG, 31 * 8) }),
  ed('all zeros', RULES, false, { key: fill(32, 0), sig: fill(64, 0) }),
  ...[0, 31, 33, 64].map((length) =>
    ed(`a key of ${length} bytes`, LENGTHS, false, { key: fill(length, 0x58) }),
  ),
  ...[0, 32, 63, 65, 128].map((length) =>
    ed(`a signature of ${length} bytes`, LENGTHS, false, {
      sig: concat(SIG, fill(64, 0)).slice(0, length),
    }),
  ),
];
