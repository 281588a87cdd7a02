/**
 * Requests that are none, docs/spec/verifier.md section 2.
 */
import { encodeBase64, fill, utf8 } from '../bytes.ts';
import { type Case, type Group, type Json, type JsonMembers, request } from '../case.ts';
import { ISSUER, LOG } from '../keys.ts';
import { LOG_LINE, NONE } from '../policies.ts';
import { FIELDS, receipt, TS, verify } from '../receipts.ts';

const BAD = { error: 'bad-request' };
const HASH = encodeBase64(fill(32, 1));
const POLICY = encodeBase64(utf8(LOG_LINE + NONE));

/** A good request of each operation. */
const GOOD: Readonly<Record<string, JsonMembers>> = {
  verify: verify(receipt()),
  create: {
    op: 'create',
    seed: encodeBase64(fill(32, 1)),
    params: {
      code_ref: FIELDS.code_ref as string,
      input: '',
      output: '',
      policy_ids: [],
      ts: TS,
      nonce: encodeBase64(fill(16, 9)),
    },
  },
  canonical: { op: 'canonical', json: encodeBase64(utf8('1')) },
  'leaf-hash': { op: 'leaf-hash', entry: '' },
  ed25519: request('ed25519', { key: ISSUER.publicKey, message: utf8(''), sig: fill(64, 0) }),
  'ml-dsa-44': { op: 'ml-dsa-44', key: '', message: '', sig: '' },
  ecdsa: { op: 'ecdsa', key: '', message: '', sig: '' },
  inclusion: { op: 'inclusion', leaf: HASH, index: 0, size: 1, proof: [], root: HASH },
  consistency: {
    op: 'consistency',
    old_size: 1,
    new_size: 1,
    old_root: HASH,
    new_root: HASH,
    proof: [],
  },
  note: { op: 'note', note: '', keys: [] },
  checkpoint: { op: 'checkpoint', note: '', origin: 'x', keys: [] },
  policy: { op: 'policy', policy: POLICY },
  proof: { op: 'proof', proof: '', leaf: HASH, policy: POLICY },
};

function bad(name: string, why: string, members: JsonMembers): Case {
  return { name, why, request: members, answer: BAD };
}

const OPERATION = 'verifier.md, section 2: an operation that is unknown is bad-request.';
const operations: Case[] = [
  bad(
    'an empty object',
    'verifier.md, section 2: a request without op is one to verify, and receipt is missing.',
    {},
  ),
  ...['verifyy', 'Verify', 'ED25519', 'ml_dsa_44', '', '__proto__', 'constructor', 'toString'].map(
    (op) => bad(`op ${JSON.stringify(op)}`, OPERATION, { ...GOOD.verify, op }),
  ),
  ...([null, 1, true, ['verify'], {}] as Json[]).map((op) =>
    bad(`op ${JSON.stringify(op)}`, OPERATION, { ...GOOD.verify, op }),
  ),
];

const MISSING = 'verifier.md, section 2: a required member that is missing is bad-request.';
const TYPE = 'verifier.md, section 2: a required member that has another type is bad-request.';
const OPTIONS = ['profile', 'now', 'policy', 'trusted_keys'];
const members: Case[] = Object.entries(GOOD).flatMap(([op, good]) =>
  Object.keys(good)
    .filter((member) => member !== 'op')
    .flatMap((member) => {
      const { [member]: _value, ...without } = good;
      const missing = bad(`${op} without ${member}`, MISSING, without);
      // Another type of an option has an answer of its own, also where it is required.
      const isOption = (op === 'verify' || op === 'proof') && OPTIONS.includes(member);
      if (isOption) return [missing];
      return [
        missing,
        ...([null, true, typeof good[member] === 'number' ? '0' : 0] as Json[]).map((value) =>
          bad(`${op} with ${member} ${JSON.stringify(value)}`, TYPE, { ...good, [member]: value }),
        ),
      ];
    }),
);

const BASE64 =
  'verifier.md, section 2: bytes are base64 with padding, canonical; bytes that are not are bad-request.';
const encodings: Case[] = [
  'A',
  'AA',
  'AAA',
  'AB==',
  'AAB=',
  'AAAA=',
  'AAAA==',
  '====',
  'AA==AA==',
  'AA==\n',
  '\nAA==',
  'AA ==',
  ' AAAA',
  '-_-_',
  'A===',
  '\uff21\uff21\uff21\uff21',
  'AA\u0000=',
].map((entry) =>
  bad(`bytes written as ${JSON.stringify(entry)}`, BASE64, { op: 'leaf-hash', entry }),
);

/** The members of each operation that are bytes; those that are options are asked about below. */
const BYTES: Readonly<Record<string, readonly string[]>> = {
  verify: ['receipt'],
  create: ['seed'],
  canonical: ['json'],
  'leaf-hash': ['entry'],
  ed25519: ['key', 'message', 'sig'],
  'ml-dsa-44': ['key', 'message', 'sig'],
  ecdsa: ['key', 'message', 'sig'],
  inclusion: ['leaf', 'root'],
  consistency: ['old_root', 'new_root'],
  note: ['note'],
  checkpoint: ['note'],
  policy: ['policy'],
  proof: ['proof', 'leaf'],
};
encodings.push(
  ...Object.entries(BYTES).flatMap(([op, names]) =>
    names.map((member) =>
      bad(`${op} with ${member} that is not base64`, BASE64, { ...GOOD[op], [member]: 'AB==' }),
    ),
  ),
  bad('inclusion with a hash that is not base64', BASE64, { ...GOOD.inclusion, proof: ['AB=='] }),
);

const HASHES = 'verifier.md, section 2: a hash in a request is 32 bytes.';
const COUNTS = 'verifier.md, section 2: an index or a size is 0 to 2^53-1.';
const lists = 'verifier.md, section 2: a member of a list that has another type is bad-request.';
const short = encodeBase64(fill(31, 1));
const long = encodeBase64(fill(33, 1));
const others: Case[] = [
  ...[0, 31, 33]
    .map((length) => [length, encodeBase64(fill(length, 1))] as const)
    .flatMap(([length, hash]) => [
      bad(`inclusion with a leaf of ${length} bytes`, HASHES, {
        ...GOOD.inclusion,
        leaf: hash,
      }),
      bad(`inclusion with a root of ${length} bytes`, HASHES, {
        ...GOOD.inclusion,
        root: hash,
      }),
      bad(`inclusion with a hash of ${length} bytes`, HASHES, {
        ...GOOD.inclusion,
        proof: [hash],
      }),
      bad(`consistency with a hash of ${length} bytes`, HASHES, {
        ...GOOD.consistency,
        proof: [HASH, hash],
      }),
      bad(`consistency with an old root of ${length} bytes`, HASHES, {
        ...GOOD.consistency,
        old_root: hash,
      }),
      bad(`proof with a leaf of ${length} bytes`, HASHES, { ...GOOD.proof, leaf: hash }),
    ]),
  ...[-1, 2 ** 53, -(2 ** 53), 2 ** 63, 1e19].flatMap((count) => [
    bad(`inclusion with the index ${count}`, COUNTS, { ...GOOD.inclusion, index: count }),
    bad(`inclusion with the size ${count}`, COUNTS, { ...GOOD.inclusion, size: count }),
    bad(`consistency with the old size ${count}`, COUNTS, { ...GOOD.consistency, old_size: count }),
    bad(`consistency with the new size ${count}`, COUNTS, { ...GOOD.consistency, new_size: count }),
  ]),
  ...([null, 0, [], {}] as Json[]).flatMap((item) => [
    bad(`inclusion with a hash ${JSON.stringify(item)}`, lists, {
      ...GOOD.inclusion,
      proof: [item],
    }),
    bad(`note with a key ${JSON.stringify(item)}`, lists, { ...GOOD.note, keys: [item] }),
    bad(`checkpoint with a key ${JSON.stringify(item)}`, lists, {
      ...GOOD.checkpoint,
      keys: [item],
    }),
    bad(`checkpoint with a witness key ${JSON.stringify(item)}`, lists, {
      ...GOOD.checkpoint,
      witness_keys: [item],
    }),
  ]),
  bad('note with keys as a text', TYPE, { ...GOOD.note, keys: LOG.text }),
  ...([null, 0, 'x', {}] as Json[]).map((keys) =>
    bad(`checkpoint with witness_keys ${JSON.stringify(keys)}`, TYPE, {
      ...GOOD.checkpoint,
      witness_keys: keys,
    }),
  ),
];

const params = GOOD.create!.params as JsonMembers;
const SEED = 'verifier.md, section 2: a seed is 32 bytes.';
const creating: Case[] = [
  bad('create with a seed of 31 bytes', SEED, { ...GOOD.create, seed: short }),
  bad('create with a seed of 33 bytes', SEED, { ...GOOD.create, seed: long }),
  bad('create with params as an array', TYPE, { ...GOOD.create, params: [] }),
  ...Object.keys(params).flatMap((member) => {
    const { [member]: _value, ...without } = params;
    return [
      bad(`create without params.${member}`, MISSING, { ...GOOD.create, params: without }),
      ...([null, typeof params[member] === 'number' ? '0' : 0] as Json[]).map((value) =>
        bad(`create with params.${member} ${JSON.stringify(value)}`, TYPE, {
          ...GOOD.create,
          params: { ...params, [member]: value },
        }),
      ),
    ];
  }),
  bad('create with a policy that is a number', lists, {
    ...GOOD.create,
    params: { ...params, policy_ids: [5] },
  }),
  ...['input', 'output', 'nonce'].map((member) =>
    bad(`create with ${member} that is not base64`, BASE64, {
      ...GOOD.create,
      params: { ...params, [member]: 'A' },
    }),
  ),
  bad('create with a nonce in the alphabet for URLs', BASE64, {
    ...GOOD.create,
    params: { ...params, nonce: '-_-_-_-_-_-_-_-_-_-_-_-_' },
  }),
];

const ORDER =
  'verifier.md, section 2: options are looked at after all required members, of which now is one.';
const OPTION =
  'verifier.md, section 2: options that nobody can mean are bad-option, also where they have another type or are not base64.';
const badOption = (
  name: string,
  why: string,
  changes: JsonMembers,
  field: string,
  good = GOOD.verify,
): Case => ({
  name,
  why,
  request: { ...good, ...changes },
  answer: { error: 'bad-option', field },
});
const { now: _now, ...withoutNow } = GOOD.verify!;
const { receipt: _receipt, ...withoutReceipt } = GOOD.verify!;
const options: Case[] = [
  bad('no now and a bad profile', ORDER, { ...withoutNow, profile: 'x' }),
  bad('no receipt and a bad profile', ORDER, { ...withoutReceipt, profile: 'x' }),
  bad('a receipt that is not base64 and a bad profile', ORDER, {
    ...GOOD.verify,
    receipt: 'x',
    profile: 'x',
  }),
  bad('proof with a leaf of 31 bytes and a policy that is none', ORDER, {
    ...GOOD.proof,
    leaf: short,
    policy: '',
  }),
  bad('proof that is not base64 and a policy that is none', ORDER, {
    ...GOOD.proof,
    proof: 'x',
    policy: '',
  }),
  ...([null, 0, true, [], {}] as Json[]).map((value) =>
    badOption(`profile ${JSON.stringify(value)}`, OPTION, { profile: value }, 'profile'),
  ),
  ...([null, '0', true, [], {}] as Json[]).map((value) =>
    badOption(`now ${JSON.stringify(value)}`, OPTION, { now: value }, 'now'),
  ),
  ...([null, 0, true, [], {}, 'A'] as Json[]).map((value) =>
    badOption(`policy ${JSON.stringify(value)}`, OPTION, { policy: value }, 'policy'),
  ),
  ...([null, 0, true, {}, ''] as Json[]).map((value) =>
    badOption(
      `trusted_keys ${JSON.stringify(value)}`,
      OPTION,
      { trusted_keys: value },
      'trusted_keys',
    ),
  ),
  ...([null, 0, [], 'A', encodeBase64(utf8('x'))] as Json[]).map((value) =>
    badOption(
      `proof with the policy ${JSON.stringify(value)}`,
      OPTION,
      { policy: value },
      'policy',
      GOOD.proof,
    ),
  ),
];

export const requests: Group = {
  file: 'requests',
  description:
    'Requests that are none, docs/spec/verifier.md section 2: unknown operations, members that are missing or of another type, and bytes that are not base64.',
  cases: [...operations, ...members, ...encodings, ...others, ...creating, ...options],
};
