/** The members that are objects, docs/spec/receipt.md section 4. */
import { b64u, fill, MAX_INTEGER } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import type { Loose } from '../../json.ts';
import { good } from '../../receipts.ts';
import { bad } from './ask.ts';

const ERASURE =
  'receipt.md, section 4: key_erasure is {scheme, evidence}, both required; scheme is one of four.';

export const erasureCases: Case[] = [
  ...['counter+seal@tee', 'hw-hsm', 'sw-secure'].map((scheme) =>
    good(`key_erasure by ${scheme}`, ERASURE, { key_erasure: { scheme, evidence: '' } }),
  ),
  good(
    'key_erasure by sw-sim',
    'receipt.md, section 7.5: the scheme sw-sim draws a warning.',
    { key_erasure: { scheme: 'sw-sim', evidence: 'none' } },
    ['W-POLICY-002 key_erasure.scheme'],
  ),
  good('key_erasure with any text as evidence', ERASURE, {
    key_erasure: { scheme: 'hw-hsm', evidence: 'a\u0000"\u2028\u{1f600}' },
  }),
  ...(
    [
      ['without scheme', { evidence: '' }, 'E-SCHEMA-001 key_erasure.scheme'],
      ['without evidence', { scheme: 'hw-hsm' }, 'E-SCHEMA-001 key_erasure.evidence'],
      ['without either', {}, 'E-SCHEMA-001 key_erasure.scheme'],
      ['without evidence, with a bad scheme', { scheme: 'x' }, 'E-SCHEMA-001 key_erasure.evidence'],
      [
        'without scheme, with a surplus member',
        { a: 1, evidence: '' },
        'E-SCHEMA-001 key_erasure.scheme',
      ],
      [
        'with a surplus member',
        { scheme: 'hw-hsm', evidence: '', z: 1 },
        'E-SCHEMA-002 key_erasure.z',
      ],
      [
        'with a surplus member and a bad scheme',
        { scheme: 'x', evidence: '', z: 1 },
        'E-SCHEMA-002 key_erasure.z',
      ],
      [
        'with two surplus members',
        { scheme: 'hw-hsm', evidence: '', z: 1, b: 2 },
        'E-SCHEMA-002 key_erasure.b',
      ],
      [
        'with surplus members beyond ASCII',
        { scheme: 'hw-hsm', evidence: '', '\uff5a': 1, '\u{10000}': 2 },
        'E-SCHEMA-002 key_erasure.\u{10000}',
      ],
      [
        'with a surplus member without a name',
        { scheme: 'hw-hsm', evidence: '', '': 1 },
        'E-SCHEMA-002 key_erasure.',
      ],
      ['with an unknown scheme', { scheme: 'sw', evidence: '' }, 'E-SCHEMA-002 key_erasure.scheme'],
      [
        'with a scheme in capitals',
        { scheme: 'HW-HSM', evidence: '' },
        'E-SCHEMA-002 key_erasure.scheme',
      ],
      [
        'with a scheme and a newline',
        { scheme: 'hw-hsm\n', evidence: '' },
        'E-SCHEMA-002 key_erasure.scheme',
      ],
      ['with null as scheme', { scheme: null, evidence: '' }, 'E-SCHEMA-002 key_erasure.scheme'],
      [
        'with an array as scheme',
        { scheme: ['hw-hsm'], evidence: '' },
        'E-SCHEMA-002 key_erasure.scheme',
      ],
      [
        'with null as evidence',
        { scheme: 'hw-hsm', evidence: null },
        'E-SCHEMA-002 key_erasure.evidence',
      ],
      [
        'with an object as evidence',
        { scheme: 'hw-hsm', evidence: {} },
        'E-SCHEMA-002 key_erasure.evidence',
      ],
      [
        'with a bad scheme and bad evidence',
        { scheme: 1, evidence: 1 },
        'E-SCHEMA-002 key_erasure.scheme',
      ],
    ] as readonly [string, Loose, string][]
  ).map(([which, value, error]) =>
    bad(
      `key_erasure ${which}`,
      `${ERASURE} The order is that of the four steps.`,
      { key_erasure: value },
      error,
    ),
  ),
];

const ENVIRONMENT =
  'receipt.md, section 4: environment is {region, provider}, both optional strings.';

export const environmentCases: Case[] = [
  good('environment empty', ENVIRONMENT, { environment: {} }),
  good('environment with both', ENVIRONMENT, {
    environment: { region: 'eu-west-1', provider: 'x' },
  }),
  good('environment with empty strings', ENVIRONMENT, {
    environment: { region: '', provider: '' },
  }),
  ...(
    [
      ['with null as region', { region: null }, 'E-SCHEMA-002 environment.region'],
      ['with a number as provider', { provider: 1 }, 'E-SCHEMA-002 environment.provider'],
      ['with both bad', { provider: 1, region: 1 }, 'E-SCHEMA-002 environment.region'],
      ['with a surplus member', { zone: 'a' }, 'E-SCHEMA-002 environment.zone'],
      [
        'with a surplus member and a bad region',
        { region: 1, zone: 'a' },
        'E-SCHEMA-002 environment.zone',
      ],
      [
        'with members of prototypes',
        { constructor: 'a', toString: 'b' },
        'E-SCHEMA-002 environment.constructor',
      ],
    ] as readonly [string, Loose, string][]
  ).map(([which, value, error]) =>
    bad(
      `environment ${which}`,
      `${ENVIRONMENT} The form of region comes before that of provider.`,
      { environment: value },
      error,
    ),
  ),
];

const PREV = b64u(fill(32, 6));

const CHAIN =
  'receipt.md, section 4: chain is {seq, prev}: prev is b64u of 32 bytes, required above 0 and forbidden at 0.';

export const chainCases: Case[] = [
  good('chain at 0', CHAIN, { chain: { seq: 0 } }),
  good('chain at 1', CHAIN, { chain: { seq: 1, prev: PREV } }),
  good('chain at 2^53 - 1', CHAIN, { chain: { seq: MAX_INTEGER, prev: PREV } }),
  ...(
    [
      ['empty', {}, 'E-SCHEMA-001 chain.seq'],
      ['without seq, with prev', { prev: PREV }, 'E-SCHEMA-001 chain.seq'],
      ['without seq, with a surplus member', { a: 1 }, 'E-SCHEMA-001 chain.seq'],
      ['with a surplus member', { seq: 0, next: PREV }, 'E-SCHEMA-002 chain.next'],
      ['with a surplus member and a bad seq', { seq: -1, next: PREV }, 'E-SCHEMA-002 chain.next'],
      ['with a surplus member, without prev', { seq: 1, next: PREV }, 'E-SCHEMA-002 chain.next'],
      ['at -1', { seq: -1 }, 'E-SCHEMA-002 chain.seq'],
      ['at -1 with prev', { seq: -1, prev: PREV }, 'E-SCHEMA-002 chain.seq'],
      ['with a string as seq', { seq: '1', prev: PREV }, 'E-SCHEMA-002 chain.seq'],
      ['with true as seq', { seq: true, prev: PREV }, 'E-SCHEMA-002 chain.seq'],
      ['with false as seq', { seq: false }, 'E-SCHEMA-002 chain.seq'],
      ['with null as seq', { seq: null }, 'E-SCHEMA-002 chain.seq'],
      ['at 1 without prev', { seq: 1 }, 'E-SCHEMA-001 chain.prev'],
      ['at 0 with prev', { seq: 0, prev: PREV }, 'E-SCHEMA-002 chain.prev'],
      ['at 0 with null as prev', { seq: 0, prev: null }, 'E-SCHEMA-002 chain.prev'],
      ['at 1 with null as prev', { seq: 1, prev: null }, 'E-SCHEMA-002 chain.prev'],
      [
        'at 1 with prev of 31 bytes',
        { seq: 1, prev: b64u(fill(31, 6)) },
        'E-SCHEMA-002 chain.prev',
      ],
      [
        'at 1 with prev of 33 bytes',
        { seq: 1, prev: b64u(fill(33, 6)) },
        'E-SCHEMA-002 chain.prev',
      ],
      ['at 1 with padding in prev', { seq: 1, prev: `${PREV}=` }, 'E-SCHEMA-002 chain.prev'],
      ['at 1 with prev in hex', { seq: 1, prev: '06'.repeat(32) }, 'E-SCHEMA-002 chain.prev'],
    ] as readonly [string, Loose, string][]
  ).map(([which, value, error]) => bad(`chain ${which}`, CHAIN, { chain: value }, error)),
];

const EXT = 'receipt.md, section 4: ext is an object of anything.';

export const extCases: Case[] = [
  good('ext empty', EXT, { ext: {} }),
  good('ext of anything', EXT, {
    ext: { '': [null, true, -5, 'x', {}, []], a: { b: { c: [[[]]] } } },
  }),
  good(
    'ext with a policy_enforced that is no object',
    'receipt.md, section 7.5: evidence is only looked for in tecp-strict.',
    { ext: { policy_enforced: [1] } },
  ),
];

const INCLUSION = 'receipt.md, section 4: log_inclusion is {proof}, a string.';

export const inclusionCases: Case[] = [
  good(
    'log_inclusion of any string',
    `${INCLUSION} Section 7.4: without a trust policy it is not looked at.`,
    { log_inclusion: { proof: '' } },
    ['W-LOG-001 log_inclusion.proof'],
  ),
  ...(
    [
      ['empty', {}, 'E-SCHEMA-001 log_inclusion.proof'],
      ['with a surplus member only', { a: 1 }, 'E-SCHEMA-001 log_inclusion.proof'],
      ['with a surplus member', { proof: '', a: 1 }, 'E-SCHEMA-002 log_inclusion.a'],
      ['with a surplus member and a bad proof', { proof: 1, a: 1 }, 'E-SCHEMA-002 log_inclusion.a'],
      ['with null as proof', { proof: null }, 'E-SCHEMA-002 log_inclusion.proof'],
      ['with an object as proof', { proof: {} }, 'E-SCHEMA-002 log_inclusion.proof'],
    ] as readonly [string, Loose, string][]
  ).map(([which, value, error]) =>
    bad(`log_inclusion ${which}`, INCLUSION, { log_inclusion: value }, error),
  ),
];
