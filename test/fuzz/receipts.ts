/**
 * Receipts, and requests for verdicts on them. Most changes come before the signature, so that what lies behind
 * the first checks is reached; the others come after it, to the members, the text or the bytes.
 */
import { decodeBase64Url } from '#protocol/base64.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { MAX_RECEIPT_ENTRY_BYTES, RECEIPT_MEMBERS } from '#protocol/receipt/types.ts';
import { damageBytes, nastyText } from './bytes.ts';
import { NOW_SECONDS } from './checkpoints.ts';
import {
  type Json,
  type JsonMap,
  nested,
  Raw,
  randomJson,
  randomName,
  randomRaw,
  toMaps,
  writeCanonical,
  writeFreely,
} from './json.ts';
import { ISSUERS, type Issuer } from './keys.ts';
import { randomPoint, randomSigned } from './points.ts';
import { anyPolicy } from './policies.ts';
import { randomProof } from './proofs.ts';
import type { Random } from './random.ts';
import { base64, base64Url, type Request } from './request.ts';

const NOW_MS = NOW_SECONDS * 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The limits of all profiles: docs/spec/receipt.md section 7.1. */
const SKEWS_MS = [15 * MINUTE_MS, 5 * MINUTE_MS, MINUTE_MS];
const AGES_MS = [7 * DAY_MS, DAY_MS, 60 * MINUTE_MS];
const PROFILES = ['tecp-lite', 'tecp-v0.1', 'tecp-strict'];
const POLICIES = [
  'eu_region',
  'key_erasure',
  'no_network',
  'no_pii',
  'no_retention',
  'test_env',
  'ttl_5s',
  'ttl_60s',
  'unknown',
  'ttl_99s',
  'a',
  '0',
  'z'.repeat(64),
];

/** Every member but `sig` and `log_inclusion`, as it should be. */
function goodMembers(random: Random, issuer: Issuer): JsonMap {
  const ids = random.some(POLICIES, random.pick([0, 0.15, 0.3])).sort();
  const members: JsonMap = new Map<string, Json>([
    ['version', 'TECP-0.1'],
    ['code_ref', `git:${random.below(2 ** 32).toString(16)}`],
    ['ts', randomTs(random)],
    ['nonce', base64Url(random.bytes(random.between(16, 64)))],
    ['input_hash', base64Url(random.bytes(32))],
    ['output_hash', base64Url(random.bytes(32))],
    ['policy_ids', ids],
    ['pubkey', base64Url(issuer.publicKey)],
  ]);
  if (random.chance(0.35)) {
    const scheme = random.pick(['counter+seal@tee', 'hw-hsm', 'sw-secure', 'sw-sim']);
    members.set('key_erasure', toMaps({ scheme, evidence: nastyText(random) }));
  }
  if (random.chance(0.15)) {
    members.set(
      'environment',
      new Map(
        random.some<[string, Json]>([
          ['region', nastyText(random)],
          ['provider', 'p'],
        ]),
      ),
    );
  }
  if (random.chance(0.15)) {
    const first = toMaps({ seq: 0 });
    members.set(
      'chain',
      random.chance(0.5)
        ? first
        : toMaps({ seq: random.between(1, 9), prev: base64Url(random.bytes(32)) }),
    );
  }
  if (random.chance(0.4)) {
    const enforced = new Map(ids.map((id): [string, Json] => [id, evidence(random)]));
    members.set(
      'ext',
      new Map<string, Json>([
        ['policy_enforced', random.chance(0.1) ? randomJson(random) : enforced],
        ...oddMembers(random, 0.2),
      ]),
    );
  }
  for (const [name, value] of oddMembers(random, 0.06)) members.set(name, value);
  return members;
}

function oddMembers(random: Random, chance: number): [string, Json][] {
  if (!random.chance(chance)) return [];
  return Array.from({ length: random.between(1, 3) }, () => [
    randomName(random),
    randomPlain(random),
  ]);
}

/** A value without anything that canonical JSON cannot hold. */
function randomPlain(random: Random): Json {
  return random.pick<Json>([
    null,
    true,
    0,
    -1,
    nastyText(random),
    [],
    new Map(),
    [1, [nastyText(random)]],
    Number.MAX_SAFE_INTEGER,
  ]);
}

function evidence(random: Random): Json {
  return random.chance(0.85)
    ? 'seen'
    : random.pick<Json>([null, false, true, 0, '', [], new Map()]);
}

/** Near now, or near a limit of some profile. */
function randomTs(random: Random): number {
  const off = random.between(-1, 1) + random.pick([0, 0, 1000 * random.between(-5, 5)]);
  return (
    NOW_MS +
    random.weighed([
      [6, random.between(-MINUTE_MS, MINUTE_MS)],
      [1, random.pick(SKEWS_MS) + off],
      [1, -random.pick(AGES_MS) + off],
    ])
  );
}

/** Values of a member that are just right, just wrong, or of another kind. */
function otherValue(random: Random, name: string): Json {
  const long = (length: number) => 'x'.repeat(length);
  const bytes = (...lengths: readonly number[]) => base64Url(random.bytes(random.pick(lengths)));
  const b64u = (text: string) =>
    random.pick([
      `${text}=`,
      text.slice(0, -1),
      `${text}A`,
      text.slice(0, -1) + random.pick(['B', 'Z', '+', '_', '=']),
      ` ${text}`,
      '',
    ]);
  switch (name) {
    case 'version':
      return random.pick(['TECP-0.2', 'tecp-0.1', '', 'TECP-0.1\n']);
    case 'code_ref':
      return random.pick([
        long(256),
        long(257),
        '',
        ' ',
        '~',
        '\u007f',
        'é',
        'a\n',
        nastyText(random),
      ]);
    case 'ts':
      return random.pick<Json>([0, 1, -1, Number.MAX_SAFE_INTEGER, '1', NOW_MS, randomRaw(random)]);
    case 'nonce':
      return random.pick([bytes(15, 16, 64, 65), b64u(bytes(16, 17, 18))]);
    case 'input_hash':
    case 'output_hash':
      return random.pick([bytes(31, 32, 33, 0), b64u(bytes(32))]);
    case 'policy_ids':
      return random.pick<Json>([
        ['b', 'a'],
        ['a', 'a'],
        [''],
        ['A'],
        ['_a'],
        ['a-b'],
        [long(64)],
        [long(65)],
        [1],
        [['a']],
        Array.from({ length: random.between(63, 65) }, (_, i) => `p${i + 10}`),
        [],
        ['a_', 'a0'],
        ['a0', 'a_'],
        ['é'],
      ]);
    case 'pubkey':
      return random.pick([
        base64Url(randomPoint(random)),
        b64u(base64Url(ISSUERS[0]!.publicKey)),
        bytes(31, 33),
        'none',
      ]);
    case 'sig':
      return random.pick([base64Url(randomSigned(random).sig), b64u(bytes(64)), bytes(63, 64, 65)]);
    case 'key_erasure':
      return toMaps(
        random.pick<unknown>([
          { scheme: 'hw-hsm' },
          { evidence: '' },
          {},
          { scheme: 'x', evidence: '' },
          { scheme: 'hw-hsm', evidence: 1 },
          { scheme: null, evidence: '' },
          { scheme: 'hw-hsm', evidence: '', zusatz: 1, also: 1 },
          { evidence: 1, x: 1 },
        ]),
      );
    case 'environment':
      return toMaps(
        random.pick<unknown>([
          {},
          { region: 1 },
          { provider: null },
          { region: '', provider: [] },
          { x: 1, region: 1 },
          { '\u{1F600}': 1, '\ufb33': 1 },
        ]),
      );
    case 'chain':
      return toMaps(
        random.pick<unknown>([
          {},
          { seq: 0, prev: 'x' },
          { seq: 1 },
          { seq: -1 },
          { seq: '0' },
          { seq: 1, prev: 'x' },
          { seq: 1, prev: null },
          { seq: 0, prev: null },
          { seq: Number.MAX_SAFE_INTEGER, prev: bytes(32) },
          { seq: 2, prev: bytes(31) },
          { prev: 1 },
          { seq: 1, x: 1 },
          { seq: null, x: 1, a: 1 },
        ]),
      );
    case 'log_inclusion':
      return toMaps(
        random.pick<unknown>([
          {},
          { proof: 1 },
          { proof: '' },
          { proof: 'x', y: 1 },
          { y: 1 },
          { proof: nastyText(random) },
        ]),
      );
    default:
      return randomJson(random);
  }
}

function changeMember(random: Random, members: JsonMap): void {
  const name = random.chance(0.9) ? random.pick(RECEIPT_MEMBERS) : randomName(random);
  const kind = random.below(6);
  if (kind === 0) members.delete(name);
  else if (kind === 1)
    members.set(name, random.pick<Json>([null, true, 0, 1, '', 'x', [], new Map(), -1]));
  else if (kind === 2) members.set(name, randomJson(random));
  else members.set(name, otherValue(random, name));
}

/** Makes the entry as large as allowed, or a byte larger or smaller. */
function growEntry(random: Random, members: JsonMap): void {
  members.set('ext', new Map([['filler', '']]));
  // A signature takes 97 bytes as a member.
  const missing = MAX_RECEIPT_ENTRY_BYTES - 97 - Buffer.byteLength(writeCanonical(members));
  const unit = random.pick(['x', 'é', '\n', '\u{1F600}', '\u0001']);
  const width = Buffer.byteLength(JSON.stringify(unit)) - 2;
  const wanted = missing + random.between(-1, 1);
  const filler = unit.repeat(Math.floor(wanted / width)) + 'y'.repeat(wanted % width);
  members.set('ext', new Map([['filler', filler]]));
}

function entryOf(members: JsonMap): Uint8Array {
  const entry = new Map(members);
  entry.delete('log_inclusion');
  return Buffer.from(writeCanonical(entry));
}

function sign(random: Random, members: JsonMap, issuer: Issuer): void {
  const signed = new Map(members);
  signed.delete('sig');
  signed.delete('log_inclusion');
  const signer = random.chance(0.02) ? random.pick(ISSUERS) : issuer;
  members.set('sig', base64Url(signer.sign(Buffer.from(writeCanonical(signed)))));
}

/** The bytes of a receipt, canonical unless that is what is wrong with it. */
export function randomReceipt(random: Random): Uint8Array {
  const issuer = random.pick(ISSUERS);
  const members = goodMembers(random, issuer);
  const when = random.weighed([
    [10, 'never'],
    [7, 'before'],
    [3, 'after'],
  ] as const);
  if (random.chance(0.02)) growEntry(random, members);
  if (random.chance(0.01))
    members.set('ext', new Map([['deep', nested(random, random.between(13, 16))]]));
  if (when === 'before') changeMember(random, members);
  sign(random, members, issuer);
  if (when === 'after') changeMember(random, members);
  if (random.chance(0.6)) {
    const proof = randomProof(random, leafHash(entryOf(members)));
    members.set('log_inclusion', new Map([['proof', Buffer.from(proof).toString()]]));
  }
  return randomText(random, members);
}

function randomText(random: Random, members: JsonMap): Uint8Array {
  const canonical = Buffer.from(writeCanonical(members));
  if (!random.chance(0.1)) return canonical;
  if (random.chance(0.4)) return damageBytes(random, canonical);
  if (random.chance(0.1)) return Buffer.from(`${canonical}\n`);
  if (random.chance(0.1)) return Buffer.from(writeCanonical(randomJson(random)));
  const liberties = random.pick([
    { space: 0.01, order: 0, escape: 0, repeat: 0 },
    { space: 0, order: 0.2, escape: 0, repeat: 0 },
    { space: 0, order: 0, escape: 0.002, repeat: 0 },
    { space: 0, order: 0, escape: 0, repeat: 0.3 },
  ]);
  return Buffer.from(writeFreely(random, members, liberties));
}

export function verifyRequest(random: Random): Request {
  const receipt = randomReceipt(random);
  const request: Record<string, unknown> = { receipt: base64(receipt), now: randomNow(random) };
  if (random.chance(0.3)) request.op = 'verify';
  if (random.chance(0.7)) request.profile = random.pick(PROFILES);
  if (random.chance(0.8)) request.policy = base64(anyPolicy(random, 0.03));
  if (random.chance(0.2)) request.trusted_keys = randomTrusted(random);
  if (random.chance(0.02)) Object.assign(request, oddOption(random));
  return request;
}

function randomNow(random: Random): number {
  const years = random.chance(0.3) ? random.between(0, 40) * 365 * DAY_MS : 0;
  return random.chance(0.02)
    ? random.pick([0, 1, Number.MAX_SAFE_INTEGER])
    : NOW_MS + years + random.pick([0, 0, -random.pick(SKEWS_MS), random.between(-DAY_MS, DAY_MS)]);
}

function randomTrusted(random: Random): unknown[] {
  const keys: unknown[] = random.some(ISSUERS).map(({ publicKey }) => base64Url(publicKey));
  if (random.chance(0.05))
    keys.push(
      random.pick<unknown>([
        base64Url(randomPoint(random)),
        '',
        'x',
        1,
        null,
        base64(decodeBase64Url(base64Url(ISSUERS[0]!.publicKey))),
      ]),
    );
  return keys;
}

function oddOption(random: Random): Request {
  return random.pick<Request>([
    { profile: '' },
    { profile: 'tecp-v0.2' },
    { profile: 1 },
    { now: -1 },
    { now: '1' },
    { trusted_keys: [] },
    { trusted_keys: 'x' },
    { trusted_keys: {} },
    { policy: 1 },
    { policy: '' },
    { profile: 'x', now: -1, trusted_keys: 1 },
    { profile: '__proto__' },
    { profile: 'toString' },
    { member: 'that is ignored' },
    { profile: '\u2028' },
  ]);
}

/** `create` of members that are mostly good. */
export function createRequest(random: Random): Request {
  const issuer = random.pick(ISSUERS);
  const members = goodMembers(random, issuer);
  if (random.chance(0.3)) changeMember(random, members);
  const take = (name: string) => plain(members.get(name));
  const nonce = random.chance(0.1)
    ? random.bytes(random.pick([0, 15, 16, 64, 65]))
    : random.bytes(16);
  const ids = take('policy_ids');
  const params: Record<string, unknown> = {
    code_ref: take('code_ref'),
    input: base64(random.bytes(random.below(100))),
    output: base64(random.bytes(random.below(100))),
    policy_ids: Array.isArray(ids) ? random.shuffled(ids) : ids,
    ts: take('ts'),
    nonce: base64(nonce),
  };
  for (const name of ['key_erasure', 'environment', 'chain', 'ext']) {
    if (members.has(name)) params[name] = take(name);
  }
  return { op: 'create', seed: base64(issuer.seed), params };
}

/** As `JSON.stringify` can write it: what is `Raw` becomes a text. Undefined stays away. */
function plain(value: Json | undefined): unknown {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  const object = {};
  for (const [name, member] of value) {
    Object.defineProperty(object, name, {
      value: plain(member),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}
