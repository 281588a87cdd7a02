/** pubkey and sig by their bytes, docs/spec/receipt.md section 6.2. */
import { b64u, fill, flipBit, fromHex } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { ISSUER, OTHER_ISSUER } from '../../keys.ts';
import { receipt, verdict, verify } from '../../receipts.ts';
import { B64U, bad, R } from './ask.ts';

const POINT = 'Section 6.2, rules 1 and 2: a key is a canonical encoding, and not of small order.';

const SMALL_ORDER = [
  ['of order 1', '0100000000000000000000000000000000000000000000000000000000000000'],
  ['of order 1 with a sign', '0100000000000000000000000000000000000000000000000000000000000080'],
  ['of order 2', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ['of order 2 with a sign', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'],
  ['of order 4', '0000000000000000000000000000000000000000000000000000000000000000'],
  ['of order 4 with a sign', '0000000000000000000000000000000000000000000000000000000000000080'],
  ['of order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
  ['of order 8 with a sign', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
  ['of order 8, the other', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
  [
    'of order 8, the other with a sign',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  ],
] as const;

const NOT_REDUCED = [
  ['with y = p', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ['with y = p + 1', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  [
    'with y = p + 3, which would be a point of large order',
    'f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ],
  ['with y = 2^255 - 1', 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  [
    'with y = 2^255 - 1 and a sign',
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  ],
] as const;

export const pubkeyCases: Case[] = [
  ...[0, 31, 33].map((length) =>
    bad(
      `pubkey of ${length} bytes`,
      'Section 4: pubkey is b64u of 32 bytes, and E-SIG-001 otherwise.',
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
    'Section 4: pubkey that is a string but not 32 bytes is E-SIG-001.',
    { pubkey: '' },
    'E-SIG-001 pubkey',
  ),
  ...[...SMALL_ORDER, ...NOT_REDUCED].map(([which, encoding]) =>
    bad(`pubkey ${which}`, POINT, { pubkey: b64u(fromHex(encoding)) }, 'E-SIG-001 pubkey'),
  ),
];

/** y = 2 is on no point of the curve; only the equation says so. */
const OFF_CURVE = b64u(fromHex(`02${'00'.repeat(31)}`));

for (const [which, text] of [
  ['that is no point of the curve', OFF_CURVE],
  ['of another issuer', OTHER_ISSUER.text],
] as const) {
  const members = receipt({ pubkey: text });
  pubkeyCases.push({
    name: `pubkey ${which}`,
    why: 'Section 6.2: whether a key is on the curve is left to the equation, and so E-SIG-002.',
    request: verify(members),
    answer: verdict(members, { errors: ['E-SIG-002 sig'] }),
  });
}

const L = 'edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010';

const SIG = 'Section 6.2, rules 1 to 3: R is canonical and not of small order, and S < L.';

const sigOf = (r: string, s: string) => b64u(fromHex(r + s));

const ONE = `01${'00'.repeat(31)}`;

export const sigCases: Case[] = [
  ...[0, 32, 63, 65].map((length) =>
    bad(
      `sig of ${length} bytes`,
      'Section 4: sig is b64u of 64 bytes, and E-SIG-001 otherwise.',
      { sig: b64u(fill(length, 1)) },
      'E-SIG-001 sig',
    ),
  ),
  bad('sig with padding', B64U, { sig: `${sigOf(R, ONE)}==` }, 'E-SIG-001 sig'),
  bad(
    'sig with spare bits that are not zero',
    B64U,
    { sig: `${sigOf(R, ONE).slice(0, -1)}B` },
    'E-SIG-001 sig',
  ),
  ...[...SMALL_ORDER, ...NOT_REDUCED].map(([which, encoding]) =>
    bad(`sig with R ${which}`, SIG, { sig: sigOf(encoding, ONE) }, 'E-SIG-001 sig'),
  ),
  bad('sig with S = L', SIG, { sig: sigOf(R, L) }, 'E-SIG-001 sig'),
  bad('sig with S = L + 1', SIG, { sig: sigOf(R, `ee${L.slice(2)}`) }, 'E-SIG-001 sig'),
  bad('sig with S = 2^256 - 1', SIG, { sig: sigOf(R, 'ff'.repeat(32)) }, 'E-SIG-001 sig'),
  ...(
    [
      ['S = L - 1', sigOf(R, `ec${L.slice(2)}`)],
      ['S = 0', sigOf(R, '00'.repeat(32))],
      ['R that is no point of the curve', sigOf(`02${'00'.repeat(31)}`, ONE)],
      ['R and S of no message', sigOf(R, ONE)],
    ] as const
  ).map(([which, text]) => {
    const members = receipt({ sig: text });
    return {
      name: `sig with ${which}`,
      why: 'Section 6.2: what passes the byte checks is refused by the equation, as E-SIG-002.',
      request: verify(members),
      answer: verdict(members, { errors: ['E-SIG-002 sig'] }),
    };
  }),
];

for (const bit of [0, 200, 256, 480]) {
  const { sig: text } = receipt();
  const members = receipt({ sig: b64u(flipBit(Buffer.from(text as string, 'base64url'), bit)) });
  sigCases.push({
    name: `sig with bit ${bit} turned over`,
    why: 'Section 6.2, rule 4: the equation holds for the one signature.',
    request: verify(members),
    answer: verdict(members, { errors: ['E-SIG-002 sig'] }),
  });
}
