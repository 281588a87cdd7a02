/** pubkey and sig by their bytes, docs/spec/receipt.md section 6.2, and what the signature covers. */
import { b64u, concat, fill, flipBit, fromHex } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import {
  encodeScalar,
  GROUP_ORDER,
  LARGEST_Y,
  MIXED_KEY,
  NOT_REDUCED,
  OFF_CURVE,
  plusGroupOrder,
  SMALL_ORDER,
  signMixed,
} from '../../ed25519.ts';
import { canonicalBytes, type Loose } from '../../json.ts';
import { ISSUER, OTHER_ISSUER } from '../../keys.ts';
import { FIELDS, judged, receipt } from '../../receipts.ts';
import { B64U, bad } from './ask.ts';

const POINT =
  'receipt.md, section 6.2, rules 1 and 2: a key is a canonical encoding, and not of small order.';

export const pubkeyCases: Case[] = [
  ...[0, 31, 33].map((length) =>
    bad(
      `pubkey of ${length} bytes`,
      'receipt.md, section 4: pubkey is b64u of 32 bytes, and E-SIG-001 otherwise.',
      { pubkey: b64u(fill(length, 0x58)) },
      'E-SIG-001 pubkey',
    ),
  ),
  bad(
    'pubkey with padding',
    `${B64U} Of pubkey that is E-SIG-001.`,
    { pubkey: `${ISSUER.text}=` },
    'E-SIG-001 pubkey',
  ),
  bad(
    'pubkey with spare bits that are not zero',
    `${B64U} Of pubkey that is E-SIG-001.`,
    { pubkey: `${ISSUER.text.slice(0, -1)}x` },
    'E-SIG-001 pubkey',
  ),
  bad(
    'pubkey empty',
    'receipt.md, section 4: pubkey that is a string but not 32 bytes is E-SIG-001.',
    { pubkey: '' },
    'E-SIG-001 pubkey',
  ),
  ...[...SMALL_ORDER, ...NOT_REDUCED].map(([which, encoding]) =>
    bad(`pubkey ${which}`, POINT, { pubkey: b64u(fromHex(encoding)) }, 'E-SIG-001 pubkey'),
  ),
];

for (const [which, text] of [
  ['that is no point of the curve', b64u(OFF_CURVE)],
  ['with y = p - 2', b64u(LARGEST_Y)],
  ['of another issuer', OTHER_ISSUER.text],
] as const) {
  pubkeyCases.push(
    judged(
      `pubkey ${which}`,
      'receipt.md, section 6.2: whether a key is on the curve is left to the equation, and so E-SIG-002.',
      receipt({ pubkey: text }),
      { errors: ['E-SIG-002 sig'] },
    ),
  );
}

const R = fromHex('5866666666666666666666666666666666666666666666666666666666666666');

const SIG =
  'receipt.md, section 6.2, rules 1 to 3: R is canonical and not of small order, and S < L.';

const sigOf = (r: Uint8Array, s: bigint) => b64u(concat(r, encodeScalar(s)));

const GOOD_SIG = Buffer.from(receipt().sig as string, 'base64url');

export const sigCases: Case[] = [
  ...[0, 32, 63, 65].map((length) =>
    bad(
      `sig of ${length} bytes`,
      'receipt.md, section 4: sig is b64u of 64 bytes, and E-SIG-001 otherwise.',
      { sig: b64u(fill(length, 1)) },
      'E-SIG-001 sig',
    ),
  ),
  bad('sig with padding', B64U, { sig: `${sigOf(R, 1n)}==` }, 'E-SIG-001 sig'),
  bad(
    'sig with spare bits that are not zero',
    B64U,
    { sig: `${sigOf(R, 1n).slice(0, -1)}B` },
    'E-SIG-001 sig',
  ),
  ...[...SMALL_ORDER, ...NOT_REDUCED].map(([which, encoding]) =>
    bad(`sig with R ${which}`, SIG, { sig: sigOf(fromHex(encoding), 1n) }, 'E-SIG-001 sig'),
  ),
  bad('sig with S = L', SIG, { sig: sigOf(R, GROUP_ORDER) }, 'E-SIG-001 sig'),
  bad('sig with S = L + 1', SIG, { sig: sigOf(R, GROUP_ORDER + 1n) }, 'E-SIG-001 sig'),
  bad('sig with S = 2^256 - 1', SIG, { sig: sigOf(R, 2n ** 256n - 1n) }, 'E-SIG-001 sig'),
  bad(
    'sig with S + L, by which the equation holds',
    SIG,
    { sig: b64u(plusGroupOrder(GOOD_SIG)) },
    'E-SIG-001 sig',
  ),
  ...(
    [
      ['S = L - 1', sigOf(R, GROUP_ORDER - 1n)],
      ['S = 0', sigOf(R, 0n)],
      ['R that is no point of the curve', sigOf(OFF_CURVE, 1n)],
      ['R with y = p - 2', sigOf(LARGEST_Y, 1n)],
      ['R and S of no message', sigOf(R, 1n)],
    ] as const
  ).map(([which, text]) =>
    judged(
      `sig with ${which}`,
      'receipt.md, section 6.2: what passes the byte checks is refused by the equation, as E-SIG-002.',
      receipt({ sig: text }),
      { errors: ['E-SIG-002 sig'] },
    ),
  ),
];

for (const bit of [0, 200, 256, 480]) {
  sigCases.push(
    judged(
      `sig with bit ${bit} turned over`,
      'receipt.md, section 6.2, rule 4: the equation holds for the one signature.',
      receipt({ sig: b64u(flipBit(GOOD_SIG, bit)) }),
      { errors: ['E-SIG-002 sig'] },
    ),
  );
}

for (const holds of [true, false]) {
  const signed = { ...FIELDS, pubkey: b64u(MIXED_KEY) };
  sigCases.push(
    judged(
      `sig by a key of mixed order that holds ${holds ? 'by the equation' : 'only with the cofactor'}`,
      'receipt.md, section 6.2, rule 4: the cofactor is not multiplied in.',
      { ...signed, sig: b64u(signMixed(canonicalBytes(signed), holds)) },
      { errors: holds ? [] : ['E-SIG-002 sig'] },
    ),
  );
}

/** Another good value of each member that is signed, and what it draws. */
const OTHERS: readonly (readonly [string, Loose, ...string[]])[] = [
  ['code_ref', 'git:1'],
  ['ts', (FIELDS.ts as number) + 1],
  ['nonce', b64u(fill(16, 8))],
  ['input_hash', b64u(fill(32, 8))],
  ['output_hash', b64u(fill(32, 8))],
  ['policy_ids', []],
  ['key_erasure', { scheme: 'hw-hsm', evidence: '' }],
  ['environment', {}],
  ['chain', { seq: 0 }],
  ['ext', {}],
  ['x', 1, 'W-SCHEMA-001 x'],
];

for (const [name, value, ...warnings] of OTHERS) {
  sigCases.push(
    judged(
      `${name} put in after the signature`,
      'receipt.md, sections 4 and 6.1: everything but sig itself and log_inclusion is signed, unknown members included.',
      receipt({ [name]: value, sig: b64u(GOOD_SIG) }),
      { errors: ['E-SIG-002 sig'], warnings },
    ),
  );
}
