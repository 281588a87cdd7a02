/** Receipts that are made, docs/spec/verifier.md section 4. */
import { b64u, encodeBase64, fill, MAX_INTEGER, sha256, utf8 } from '../../bytes.ts';
import type { Case, JsonMembers } from '../../case.ts';
import { canonicalBytes, type LooseMembers, nestedObjects } from '../../json.ts';
import { issuer } from '../../keys.ts';
import { receipt } from '../../receipts.ts';
import { AS_THEY_ARE, create, extOf, PREV, SORTED } from './ask.ts';

/** `members` are those of the receipt that differ from `FIELDS`. */
function made(
  name: string,
  why: string,
  params: JsonMembers,
  members: LooseMembers,
  key = issuer(1),
): Case {
  const answer = { receipt: encodeBase64(canonicalBytes(receipt(members, key))) };
  return { name, why, request: create(params, key.seed), answer };
}

const HASHED = 'verifier.md, section 4: the SHA-256 of input and output goes into the receipt.';

const data = utf8('{"prompt":"h\u00e9llo"}\n');

export const goodCases: Case[] = [
  made('the least', 'verifier.md, section 4: six parameters are enough.', {}, {}),
  made(
    'another issuer',
    'receipt.md, section 6.1: the signature is Ed25519, which is deterministic.',
    {},
    {},
    issuer(7),
  ),
  made(
    'an issuer whose seed is all zeros',
    'receipt.md, section 6.1: any 32 bytes are a seed.',
    {},
    {},
    issuer(0),
  ),
  made(
    'an issuer whose seed is all ones',
    'receipt.md, section 6.1: any 32 bytes are a seed.',
    {},
    {},
    issuer(255),
  ),
  made(
    'input and output of bytes of all kinds',
    HASHED,
    {
      input: encodeBase64(data),
      output: encodeBase64(Uint8Array.from({ length: 256 }, (_, i) => i)),
    },
    {
      input_hash: b64u(sha256(data)),
      output_hash: b64u(sha256(Uint8Array.from({ length: 256 }, (_, i) => i))),
    },
  ),
  made('no policies', SORTED, { policy_ids: [] }, { policy_ids: [] }),
  made(
    'policies in another order',
    `${SORTED} By byte: digits, underscore, letters.`,
    { policy_ids: ['no_retention', 'ab', 'a_', 'a0', 'a', 'eu_region', '0'] },
    { policy_ids: ['0', 'a', 'a0', 'a_', 'ab', 'eu_region', 'no_retention'] },
  ),
  made(
    '64 policies backwards',
    SORTED,
    { policy_ids: Array.from({ length: 64 }, (_, i) => `p${String(63 - i).padStart(2, '0')}`) },
    { policy_ids: Array.from({ length: 64 }, (_, i) => `p${String(i).padStart(2, '0')}`) },
  ),
  made(
    'the shortest nonce and the longest code_ref',
    'receipt.md, section 4: limits are inclusive.',
    { code_ref: '~'.repeat(256) },
    { code_ref: '~'.repeat(256) },
  ),
  made(
    'the longest nonce',
    'receipt.md, section 4: limits are inclusive.',
    { nonce: encodeBase64(fill(64, 255)) },
    { nonce: b64u(fill(64, 255)) },
  ),
  made(
    'ts 1',
    'receipt.md, section 4: ts is 1 to 2^53-1; creating reads no clock when it is given.',
    { ts: 1 },
    { ts: 1 },
  ),
  made(
    'ts 2^53-1',
    'receipt.md, section 4: ts is 1 to 2^53-1.',
    { ts: MAX_INTEGER },
    { ts: MAX_INTEGER },
  ),
  made(
    'key_erasure',
    AS_THEY_ARE,
    { key_erasure: { scheme: 'hw-hsm', evidence: 'slot 7' } },
    { key_erasure: { scheme: 'hw-hsm', evidence: 'slot 7' } },
  ),
  made(
    'environment',
    AS_THEY_ARE,
    { environment: { region: 'eu-west-1', provider: 'x' } },
    { environment: { region: 'eu-west-1', provider: 'x' } },
  ),
  made('environment empty', AS_THEY_ARE, { environment: {} }, { environment: {} }),
  made('chain at 0', AS_THEY_ARE, { chain: { seq: 0 } }, { chain: { seq: 0 } }),
  made(
    'chain at 2',
    AS_THEY_ARE,
    { chain: { seq: 2, prev: PREV } },
    { chain: { seq: 2, prev: PREV } },
  ),
  made('ext empty', AS_THEY_ARE, { ext: {} }, { ext: {} }),
  made(
    'ext of anything',
    `${AS_THEY_ARE} They are written canonically.`,
    {
      ext: {
        z: [null, true, -1, { b: 1, a: 2 }],
        '\uffff': 1,
        '\u{10000}': '<&>\u2028\u007f\u001f',
        '': {},
        10: 1,
        9: 2,
      },
    },
    {
      ext: {
        z: [null, true, -1, { b: 1, a: 2 }],
        '\uffff': 1,
        '\u{10000}': '<&>\u2028\u007f\u001f',
        '': {},
        10: 1,
        9: 2,
      },
    },
  ),
  made(
    'all there is',
    AS_THEY_ARE,
    {
      key_erasure: { scheme: 'sw-sim', evidence: '' },
      environment: { region: 'a' },
      chain: { seq: 0 },
      ext: { policy_enforced: { no_retention: 'tmpfs' } },
    },
    {
      key_erasure: { scheme: 'sw-sim', evidence: '' },
      environment: { region: 'a' },
      chain: { seq: 0 },
      ext: { policy_enforced: { no_retention: 'tmpfs' } },
    },
  ),
  made(
    'parameters that are not named',
    'verifier.md, section 2: a member that is not named is ignored.',
    {
      version: 'x',
      pubkey: 'x',
      sig: 'x',
      input_hash: 'x',
      output_hash: 'x',
      key: 'x',
      log_inclusion: 1,
      note: 'x',
      codeRef: 'x',
    },
    {},
  ),
  made(
    'names of prototypes in ext',
    AS_THEY_ARE,
    { ext: { ['__proto__']: { a: 1 }, constructor: { prototype: 2 } } },
    { ext: { ['__proto__']: { a: 1 }, constructor: { prototype: 2 } } },
  ),
  made(
    'ext 16 deep',
    'receipt.md, section 3, rule 4: the receipt and ext are two of 16.',
    { ext: JSON.parse(nestedObjects(15)) },
    { ext: JSON.parse(nestedObjects(15)) },
  ),
  made(
    'an entry of 8,192 bytes',
    'receipt.md, section 5: entry bytes are at most 8,192, the signature that is to come included.',
    { ext: extOf(8192) },
    { ext: extOf(8192) },
  ),
  made(
    'a policy that the registry does not know',
    'receipt.md, section 7.5: an unknown id is no matter of form.',
    { policy_ids: ['abc'] },
    { policy_ids: ['abc'] },
  ),
];
