/**
 * The policies that a receipt claims, docs/spec/receipt.md section 7.5 and docs/spec/policy-registry.md. Without a
 * proof, so in tecp-strict E-LOG-001 always comes first.
 */
import type { Case, Group } from '../case.ts';
import type { Loose, LooseMembers } from '../json.ts';
import { judged, receipt, STRICT } from '../receipts.ts';

/** The registry, as docs/spec/policy-registry.md has it. */
const KNOWN = [
  'audit_trail',
  'ccpa_opt_out',
  'e2e_encrypted',
  'eu_region',
  'fair_access',
  'gdpr_art6_lawful',
  'hipaa_safe',
  'iso27001_compliant',
  'key_erasure',
  'mifid_compliant',
  'no_export_pii',
  'no_front_running',
  'no_model_training',
  'no_network',
  'no_pii',
  'no_price_manipulation',
  'no_retention',
  'pci_dss_compliant',
  'sox_compliant',
  'test_env',
  'ttl_300s',
  'ttl_5s',
  'ttl_60s',
];
const MEETS_STRICT = [
  'key_erasure',
  'no_network',
  'no_pii',
  'no_retention',
  'ttl_300s',
  'ttl_5s',
  'ttl_60s',
];

const LOG = 'E-LOG-001 log_inclusion';
const WEAK = 'E-POLICY-002 policy_ids';
const UNKNOWN = 'E-POLICY-001 policy_ids';
const lacking = (id: string) => `E-POLICY-003 ext.policy_enforced.${id}`;

function claimed(
  name: string,
  why: string,
  profile: string,
  changes: LooseMembers,
  errors: string[],
  warnings: string[] = [],
): Case {
  return judged(name, why, receipt(changes), { profile, errors, warnings });
}

const enforced = (ids: readonly string[]): Loose => ({
  policy_enforced: Object.fromEntries(ids.map((id) => [id, true])),
});
const ERASURE = STRICT.key_erasure;

const REGISTRY =
  'receipt.md, section 7.5: an id that the registry does not know is E-POLICY-001 in tecp-strict, and otherwise W-POLICY-001.';
const everyId: Case[] = KNOWN.map((id) =>
  claimed(
    `strict: ${id} alone`,
    'receipt.md, section 7.5: the ids that meet strict are marked in the registry; without one of them it is E-POLICY-002.',
    'tecp-strict',
    { policy_ids: [id], key_erasure: ERASURE, ext: enforced([id]) },
    MEETS_STRICT.includes(id) ? [LOG] : [LOG, WEAK],
  ),
);
const registry: Case[] = [
  ...['tecp-lite', 'tecp-v0.1'].flatMap((profile) => [
    claimed(`${profile}: all ids of the registry`, REGISTRY, profile, { policy_ids: KNOWN }, []),
    claimed(
      `${profile}: an unknown id`,
      REGISTRY,
      profile,
      { policy_ids: ['no_retentions'] },
      [],
      ['W-POLICY-001 policy_ids'],
    ),
    claimed(
      `${profile}: two unknown ids among known ones`,
      `${REGISTRY} One finding for each.`,
      profile,
      { policy_ids: ['aaa', 'no_retention', 'zzz'] },
      [],
      ['W-POLICY-001 policy_ids', 'W-POLICY-001 policy_ids'],
    ),
    claimed(
      `${profile}: sw-sim`,
      'receipt.md, section 7.5: sw-sim draws a warning in every profile.',
      profile,
      { key_erasure: { scheme: 'sw-sim', evidence: '' } },
      [],
      ['W-POLICY-002 key_erasure.scheme'],
    ),
  ]),
  ...['ttl_1s', 'ttl_', 'ttl_300', 'constructor', 'tostring', 'valueof', 'no_retention_'].map(
    (id) =>
      claimed(
        `the id ${id}`,
        `${REGISTRY} Neither a beginning nor a name of a prototype makes one known.`,
        'tecp-v0.1',
        { policy_ids: [id] },
        [],
        ['W-POLICY-001 policy_ids'],
      ),
  ),
  claimed(
    'all kinds of warnings at once',
    'receipt.md, section 7.6: the order of warnings.',
    'tecp-v0.1',
    {
      x: 1,
      policy_ids: ['abc'],
      key_erasure: { scheme: 'sw-sim', evidence: '' },
      log_inclusion: { proof: '' },
    },
    [],
    [
      'W-SCHEMA-001 x',
      'W-LOG-001 log_inclusion.proof',
      'W-POLICY-001 policy_ids',
      'W-POLICY-002 key_erasure.scheme',
    ],
  ),
];

const STRICTLY =
  'receipt.md, section 7.5: in tecp-strict E-POLICY-001, then E-POLICY-002, then E-POLICY-003 of key_erasure, then of each id.';
const EVIDENCE =
  'receipt.md, section 7.5: evidence is a member of ext.policy_enforced with the name of the id, and a value other than null and false.';
const strict: Case[] = [
  claimed(
    'strict: no ids',
    `${STRICTLY} An empty list meets strict by nothing.`,
    'tecp-strict',
    { policy_ids: [], ...STRICT },
    [LOG, WEAK],
  ),
  claimed('strict: no ids and no key_erasure', STRICTLY, 'tecp-strict', { policy_ids: [] }, [
    LOG,
    WEAK,
    'E-POLICY-003 key_erasure',
  ]),
  claimed('strict: no key_erasure', STRICTLY, 'tecp-strict', { ext: STRICT.ext }, [
    LOG,
    'E-POLICY-003 key_erasure',
  ]),
  claimed(
    'strict: sw-sim is enough',
    `${STRICTLY} sw-sim draws its warning.`,
    'tecp-strict',
    { ...STRICT, key_erasure: { scheme: 'sw-sim', evidence: '' } },
    [LOG],
    ['W-POLICY-002 key_erasure.scheme'],
  ),
  claimed(
    'strict: an unknown id with a sufficient one',
    STRICTLY,
    'tecp-strict',
    {
      policy_ids: ['abc', 'no_retention'],
      key_erasure: ERASURE,
      ext: enforced(['abc', 'no_retention']),
    },
    [LOG, UNKNOWN],
  ),
  claimed(
    'strict: two unknown ids alone',
    `${STRICTLY} One E-POLICY-001 for each.`,
    'tecp-strict',
    { policy_ids: ['abc', 'xyz'], key_erasure: ERASURE, ext: enforced(['abc', 'xyz']) },
    [LOG, UNKNOWN, UNKNOWN, WEAK],
  ),
  claimed(
    'strict: an unknown id that begins with ttl_',
    `${STRICTLY} Only ids of the registry meet strict.`,
    'tecp-strict',
    { policy_ids: ['ttl_1s'], key_erasure: ERASURE, ext: enforced(['ttl_1s']) },
    [LOG, UNKNOWN, WEAK],
  ),
  claimed(
    'strict: an id that is known but does not meet strict, and one that does',
    STRICTLY,
    'tecp-strict',
    {
      policy_ids: ['eu_region', 'no_retention'],
      key_erasure: ERASURE,
      ext: enforced(['eu_region', 'no_retention']),
    },
    [LOG],
  ),
  claimed(
    'strict: everything lacking at once',
    STRICTLY,
    'tecp-strict',
    { policy_ids: ['abc', 'eu_region', 'xyz'] },
    [
      LOG,
      UNKNOWN,
      UNKNOWN,
      WEAK,
      'E-POLICY-003 key_erasure',
      ...['abc', 'eu_region', 'xyz'].map(lacking),
    ],
  ),
  claimed('strict: no ext', EVIDENCE, 'tecp-strict', { key_erasure: ERASURE }, [
    LOG,
    lacking('no_retention'),
  ]),
  claimed(
    'strict: evidence for one of three',
    EVIDENCE,
    'tecp-strict',
    {
      policy_ids: ['eu_region', 'no_pii', 'no_retention'],
      key_erasure: ERASURE,
      ext: enforced(['no_pii']),
    },
    [LOG, lacking('eu_region'), lacking('no_retention')],
  ),
  claimed(
    'strict: evidence for ids that are not claimed',
    EVIDENCE,
    'tecp-strict',
    { key_erasure: ERASURE, ext: enforced(['no_retention', 'no_pii', 'x']) },
    [LOG],
  ),
  ...(
    [
      ['null', null, false],
      ['false', false, false],
      ['true', true, true],
      ['0', 0, true],
      ['an empty string', '', true],
      ['an empty object', {}, true],
      ['an empty array', [], true],
      ['a string', 'tmpfs', true],
    ] as const
  ).map(([which, value, isEvidence]) =>
    claimed(
      `strict: ${which} as evidence`,
      EVIDENCE,
      'tecp-strict',
      { key_erasure: ERASURE, ext: { policy_enforced: { no_retention: value } } },
      isEvidence ? [LOG] : [LOG, lacking('no_retention')],
    ),
  ),
  ...(
    [
      ['null', null],
      ['a string', 'no_retention'],
      ['an array of ids', ['no_retention']],
      ['true', true],
      ['a number', 1],
      ['an empty object', {}],
    ] as const
  ).map(([which, value]) =>
    claimed(
      `strict: policy_enforced is ${which}`,
      EVIDENCE,
      'tecp-strict',
      { key_erasure: ERASURE, ext: { policy_enforced: value } },
      [LOG, lacking('no_retention')],
    ),
  ),
  claimed(
    'strict: an array index as id, and an array as policy_enforced',
    EVIDENCE,
    'tecp-strict',
    { policy_ids: ['0', 'no_pii'], key_erasure: ERASURE, ext: { policy_enforced: ['a'] } },
    [LOG, UNKNOWN, lacking('0'), lacking('no_pii')],
  ),
  claimed(
    'strict: length as id, and a string as policy_enforced',
    EVIDENCE,
    'tecp-strict',
    { policy_ids: ['length', 'no_pii'], key_erasure: ERASURE, ext: { policy_enforced: 'abc' } },
    [LOG, UNKNOWN, lacking('length'), lacking('no_pii')],
  ),
  claimed(
    'strict: constructor as id without evidence',
    `${EVIDENCE} What an object inherits is none.`,
    'tecp-strict',
    { policy_ids: ['constructor', 'no_pii'], key_erasure: ERASURE, ext: enforced(['no_pii']) },
    [LOG, UNKNOWN, lacking('constructor')],
  ),
  claimed(
    'strict: the evidence in an unknown member',
    EVIDENCE,
    'tecp-strict',
    { key_erasure: ERASURE, policy_enforced: { no_retention: true } },
    [LOG, lacking('no_retention')],
    ['W-SCHEMA-001 policy_enforced'],
  ),
];

export const claims: Group = {
  file: 'claims',
  description:
    'The policies that a receipt claims, docs/spec/receipt.md section 7.5 and docs/spec/policy-registry.md, in all profiles.',
  cases: [...registry, ...everyId, ...strict],
};
