/** Receipts that are refused, docs/spec/verifier.md section 4. */
import { encodeBase64, fill, MAX_INTEGER } from '../../bytes.ts';
import type { Case, JsonMembers } from '../../case.ts';
import { nestedObjects } from '../../json.ts';
import { AS_THEY_ARE, create, extOf, PREV, SORTED } from './ask.ts';

function refused(
  name: string,
  why: string,
  params: JsonMembers,
  error: string,
  field?: string,
): Case {
  return {
    name,
    why,
    request: create(params),
    answer: field === undefined ? { error } : { error, field },
  };
}

const REFUSED =
  'verifier.md, section 4: what a verifier would refuse by its form is not signed; the answer is the first error of receipt.md, section 7.3.';

export const badCases: Case[] = [
  refused('code_ref empty', REFUSED, { code_ref: '' }, 'E-SCHEMA-002', 'code_ref'),
  refused(
    'code_ref of 257 characters',
    REFUSED,
    { code_ref: 'x'.repeat(257) },
    'E-SCHEMA-002',
    'code_ref',
  ),
  refused('code_ref with a newline', REFUSED, { code_ref: 'git:1\n' }, 'E-SCHEMA-002', 'code_ref'),
  refused(
    'code_ref outside of ASCII',
    REFUSED,
    { code_ref: 'caf\u00e9' },
    'E-SCHEMA-002',
    'code_ref',
  ),
  refused('ts 0', REFUSED, { ts: 0 }, 'E-TS-001', 'ts'),
  refused('ts -1', REFUSED, { ts: -1 }, 'E-TS-001', 'ts'),
  refused(
    'ts 2^53',
    `${REFUSED} It has no canonical form.`,
    { ts: MAX_INTEGER + 1 },
    'E-SCHEMA-003',
  ),
  ...[2 ** 63, -(2 ** 62), -(2 ** 53)].map((ts) =>
    refused(`ts ${ts}`, `${REFUSED} It has no canonical form.`, { ts }, 'E-SCHEMA-003'),
  ),
  refused(
    'ext with 2^63',
    `${REFUSED} It has no canonical form.`,
    { ext: { a: [2 ** 63] } },
    'E-SCHEMA-003',
  ),
  refused(
    'an unsafe integer and a bad code_ref',
    `${REFUSED} Canonical form comes before the members.`,
    { code_ref: '', ext: { a: MAX_INTEGER + 1 } },
    'E-SCHEMA-003',
  ),
  ...['key_erasure', 'environment', 'chain', 'ext'].map((member) =>
    refused(
      `${member} null`,
      `${AS_THEY_ARE} null is a value of the wrong type, not an absent member.`,
      { [member]: null },
      'E-SCHEMA-002',
      member,
    ),
  ),
  refused(
    'environment with a region of null',
    AS_THEY_ARE,
    { environment: { region: null } },
    'E-SCHEMA-002',
    'environment.region',
  ),
  refused(
    'chain with prev of null',
    AS_THEY_ARE,
    { chain: { seq: 1, prev: null } },
    'E-SCHEMA-002',
    'chain.prev',
  ),
  refused(
    'chain with true as seq',
    AS_THEY_ARE,
    { chain: { seq: true, prev: PREV } },
    'E-SCHEMA-002',
    'chain.seq',
  ),
  refused(
    'nonce of 15 bytes',
    REFUSED,
    { nonce: encodeBase64(fill(15, 9)) },
    'E-SCHEMA-002',
    'nonce',
  ),
  refused(
    'nonce of 65 bytes',
    REFUSED,
    { nonce: encodeBase64(fill(65, 9)) },
    'E-SCHEMA-002',
    'nonce',
  ),
  refused('nonce of no bytes', REFUSED, { nonce: '' }, 'E-SCHEMA-002', 'nonce'),
  refused(
    'a policy twice',
    SORTED,
    { policy_ids: ['no_retention', 'eu_region', 'no_retention'] },
    'E-SCHEMA-002',
    'policy_ids',
  ),
  refused('a policy that is no id', REFUSED, { policy_ids: ['No'] }, 'E-SCHEMA-002', 'policy_ids'),
  refused(
    '65 policies',
    REFUSED,
    { policy_ids: Array.from({ length: 65 }, (_, i) => `p${i}`) },
    'E-SCHEMA-002',
    'policy_ids',
  ),
  refused(
    'key_erasure without evidence',
    REFUSED,
    { key_erasure: { scheme: 'hw-hsm' } },
    'E-SCHEMA-001',
    'key_erasure.evidence',
  ),
  refused(
    'key_erasure by an unknown scheme',
    REFUSED,
    { key_erasure: { scheme: 'x', evidence: '' } },
    'E-SCHEMA-002',
    'key_erasure.scheme',
  ),
  refused(
    'key_erasure as a string',
    REFUSED,
    { key_erasure: 'hw-hsm' },
    'E-SCHEMA-002',
    'key_erasure',
  ),
  refused(
    'environment with a surplus member',
    REFUSED,
    { environment: { zone: 'a' } },
    'E-SCHEMA-002',
    'environment.zone',
  ),
  refused('chain at 1 without prev', REFUSED, { chain: { seq: 1 } }, 'E-SCHEMA-001', 'chain.prev'),
  refused(
    'chain at 0 with prev',
    REFUSED,
    { chain: { seq: 0, prev: PREV } },
    'E-SCHEMA-002',
    'chain.prev',
  ),
  refused('ext as an array', REFUSED, { ext: [] }, 'E-SCHEMA-002', 'ext'),
  refused(
    'ext with an integer above 2^53-1',
    `${REFUSED} It has no canonical form.`,
    { ext: { a: MAX_INTEGER + 1 } },
    'E-SCHEMA-003',
  ),
  refused(
    'ext nested too deep',
    `${REFUSED} It has no canonical form.`,
    { ext: JSON.parse(nestedObjects(16)) },
    'E-SCHEMA-003',
  ),
  refused('an entry of 8,193 bytes', REFUSED, { ext: extOf(8193) }, 'E-SIZE-001'),
  refused('an entry above 8,192 bytes', REFUSED, { ext: { a: 'x'.repeat(8192) } }, 'E-SIZE-001'),
  refused(
    'an entry above 8,192 bytes and a bad code_ref',
    `${REFUSED} The size comes before the members.`,
    { code_ref: '', ext: { a: 'x'.repeat(8192) } },
    'E-SIZE-001',
  ),
  refused(
    'a bad code_ref and a bad nonce',
    `${REFUSED} Members are checked in the order of section 4.`,
    { code_ref: '', nonce: '' },
    'E-SCHEMA-002',
    'code_ref',
  ),
  refused(
    'a bad ext and a policy twice',
    `${REFUSED} Members are checked in the order of section 4.`,
    { ext: 1, policy_ids: ['a', 'a'] },
    'E-SCHEMA-002',
    'policy_ids',
  ),
];
