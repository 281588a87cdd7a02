/**
 * Options, docs/spec/receipt.md section 7.2 and docs/spec/verifier.md section 2: those that nobody can mean, and
 * trusted keys.
 */
import { b64u, fill, fromHex } from '../bytes.ts';
import type { Case, Group, Json } from '../case.ts';
import { NOT_REDUCED, OFF_CURVE, SMALL_ORDER } from '../ed25519.ts';
import { ISSUER, keyText, OTHER_ISSUER, WITNESS_TYPE } from '../keys.ts';
import { LOG_LINE, NONE } from '../policies.ts';
import { type Asked, badForm, judged, receipt, verdict, verify, verifyBytes } from '../receipts.ts';

const RECEIPT = receipt();
const POLICY = LOG_LINE + NONE;

function badOption(name: string, why: string, asked: Asked, field: string): Case {
  return { name, why, request: verify(RECEIPT, asked), answer: { error: 'bad-option', field } };
}

const PROFILE = 'receipt.md, section 7.2: a profile is one of three names, exactly.';
const profiles = [
  ...[
    'tecp-v0.2',
    'TECP-STRICT',
    'tecp-strict ',
    ' tecp-lite',
    'tecp_lite',
    'strict',
    'toString',
    '__proto__',
    '',
  ].map((profile) =>
    badOption(`profile ${JSON.stringify(profile)}`, PROFILE, { profile }, 'profile'),
  ),
];

const NOW = 'receipt.md, section 7.2: now is an integer from 0 to 2^53-1.';
const now = [
  badOption('now -1', NOW, { now: -1 }, 'now'),
  badOption('now 2^53', NOW, { now: 2 ** 53 }, 'now'),
  ...[2 ** 62, 2 ** 63, 1e19, -(2 ** 62)].map((now) =>
    badOption(`now ${now}`, NOW, { now }, 'now'),
  ),
  badOption(
    'now as a string',
    'verifier.md, section 2: another type is bad-option, too.',
    { now: String(1753000000000) },
    'now',
  ),
  badOption(
    'now true',
    'verifier.md, section 2: another type is bad-option, too.',
    { now: true },
    'now',
  ),
];

const PARSES = 'receipt.md, section 7.2: a trust policy is one that parses by log.md, section 8.';
const policy = [
  badOption('a policy that is empty', PARSES, { policy: '' }, 'policy'),
  badOption('a policy without a quorum', PARSES, { policy: LOG_LINE }, 'policy'),
  badOption(
    'a policy without a newline at its end',
    PARSES,
    { policy: POLICY.slice(0, -1) },
    'policy',
  ),
  badOption('a policy with a byte order mark', PARSES, { policy: `\ufeff${POLICY}` }, 'policy'),
];

const KEYS =
  'receipt.md, section 7.2: trusted keys are a list of b64u of 32 bytes that pass the byte checks.';
const badKeys: readonly (readonly [string, Json])[] = [
  ['a text', ISSUER.text],
  ['a list of a number', [5]],
  ['a list of null', [null]],
  ['a list of a list', [[ISSUER.text]]],
  ['an empty text', ['']],
  ['a key with padding', [`${ISSUER.text}=`]],
  ['a key in base64 with padding', [Buffer.from(OTHER_ISSUER.publicKey).toString('base64')]],
  ['a key with spare bits that are not zero', [`${ISSUER.text.slice(0, -1)}x`]],
  ['a key of 31 bytes', [b64u(fill(31, 0x58))]],
  ['a key of 33 bytes', [b64u(fill(33, 0x58))]],
  ['a key with a newline', [`${ISSUER.text}\n`]],
  ...[...SMALL_ORDER, ...NOT_REDUCED].map(
    ([which, encoding]) => [`a key ${which}`, [b64u(fromHex(encoding))]] as const,
  ),
  ['a verifier key', [keyText('x', WITNESS_TYPE, ISSUER.publicKey)]],
  ['a good key and then a bad one', [ISSUER.text, 'x']],
];
const trusted: Case[] = badKeys.map(([name, keys]) =>
  badOption(`trusted keys: ${name}`, KEYS, { trusted_keys: keys }, 'trusted_keys'),
);

const ORDER =
  'verifier.md, section 2: the first of profile, now, policy and trusted_keys is named.';
const order = [
  badOption(
    'everything bad',
    ORDER,
    { profile: 'x', now: -1, policy: 'x', trusted_keys: ['x'] },
    'profile',
  ),
  badOption(
    'now, policy and trusted keys bad',
    ORDER,
    { now: -1, policy: 'x', trusted_keys: ['x'] },
    'now',
  ),
  badOption('policy and trusted keys bad', ORDER, { policy: 'x', trusted_keys: ['x'] }, 'policy'),
];
const first: Case[] = [
  {
    name: 'a bad profile and a receipt that is none',
    why: 'receipt.md, section 7.2: the call fails before the receipt is looked at.',
    request: verifyBytes(new Uint8Array(), { profile: 'x' }),
    answer: { error: 'bad-option', field: 'profile' },
  },
  {
    name: 'good options and a receipt of no bytes',
    why: 'verifier.md, section 2: no bytes are bytes, and no JSON.',
    request: verifyBytes(new Uint8Array()),
    answer: badForm('E-SCHEMA-003'),
  },
];

function trusting(
  name: string,
  keys: readonly string[],
  errors: readonly string[],
  members = RECEIPT,
): Case {
  const why =
    'receipt.md, section 7.4: a pubkey that is not one of the trusted keys is E-SIG-003, after E-SIG-002.';
  return judged(name, why, members, { trusted_keys: keys, errors });
}
const FORGED = receipt({ code_ref: 'x', sig: RECEIPT.sig });
const issuers = [
  trusting('the issuer is trusted', [ISSUER.text], []),
  trusting('the issuer is the last of the trusted', [OTHER_ISSUER.text, ISSUER.text], []),
  trusting('the issuer is trusted twice', [ISSUER.text, ISSUER.text], []),
  trusting('another issuer is trusted', [OTHER_ISSUER.text], ['E-SIG-003 pubkey']),
  trusting('nobody is trusted', [], ['E-SIG-003 pubkey']),
  // It passes the byte checks, and nothing ever verifies by it.
  trusting('a key that is no point is trusted', [b64u(OFF_CURVE)], ['E-SIG-003 pubkey']),
  trusting('a forged receipt of a trusted issuer', [ISSUER.text], ['E-SIG-002 sig'], FORGED),
  trusting(
    'a forged receipt of another issuer',
    [OTHER_ISSUER.text],
    ['E-SIG-002 sig', 'E-SIG-003 pubkey'],
    FORGED,
  ),
];
const plain: Case[] = ['tecp-lite', 'tecp-v0.1'].map((profile) =>
  judged(`profile ${profile} given`, PROFILE, RECEIPT, { profile }),
);
const { op: _op, ...withoutOp } = verify(RECEIPT);
plain.push(
  {
    name: 'no operation',
    why: 'verifier.md, section 2: a request without op is one to verify.',
    request: withoutOp,
    answer: verdict(RECEIPT),
  },
  {
    name: 'a member that is not named',
    why: 'verifier.md, section 2: a member that is not named is ignored.',
    request: { ...verify(RECEIPT), id: 7, comment: 'x' },
    answer: verdict(RECEIPT),
  },
  judged(
    'a policy and no proof',
    'receipt.md, section 7.4: no log_inclusion is nothing wrong, but in tecp-strict.',
    RECEIPT,
    { policy: POLICY },
  ),
);

export const options: Group = {
  file: 'options',
  description:
    'Options of a verification, docs/spec/receipt.md section 7.2 and docs/spec/verifier.md section 2: those that nobody can mean, and trusted keys.',
  cases: [...plain, ...issuers, ...profiles, ...now, ...policy, ...trusted, ...order, ...first],
};
