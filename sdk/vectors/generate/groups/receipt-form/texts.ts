/** The members that are texts and numbers: version, code_ref, ts, nonce, the hashes and policy_ids, docs/spec/receipt.md section 4. */
import { b64u, fill, MAX_INTEGER } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import type { Loose } from '../../json.ts';
import { good, judged, receipt } from '../../receipts.ts';
import { B64U, bad } from './ask.ts';

export const versionCases: Case[] = [
  'TECP-0.2',
  'tecp-0.1',
  'TECP-0.1 ',
  'TECP-0.1\n',
  'TECP-0.10',
  '',
].map((text) =>
  bad(
    `version ${JSON.stringify(text)}`,
    'receipt.md, section 4: a version that is a string but not "TECP-0.1" gives E-SCHEMA-004.',
    { version: text },
    'E-SCHEMA-004 version',
  ),
);

const CODE_REF =
  'receipt.md, section 4: code_ref is 1 to 256 printable ASCII characters, 0x20 to 0x7E.';

export const codeRefCases: Case[] = [
  good('code_ref of one character', CODE_REF, { code_ref: 'x' }),
  good('code_ref of one space', CODE_REF, { code_ref: ' ' }),
  good('code_ref of one tilde', CODE_REF, { code_ref: '~' }),
  good('code_ref with every escape it can have', CODE_REF, { code_ref: '"\\/' }),
  good('code_ref of 256 characters', CODE_REF, { code_ref: 'x'.repeat(256) }),
  ...[
    ['empty', ''],
    ['of 257 characters', 'x'.repeat(257)],
    ['with U+007F', 'a\u007f'],
    ['with U+001F', 'a\u001f'],
    ['with U+0000', 'a\u0000'],
    ['with a newline at its end', 'git:1\n'],
    ['with a carriage return at its end', 'git:1\r'],
    ['with a tab', 'git:\t1'],
    ['with U+0080', 'a\u0080'],
    ['with U+00E9', 'caf\u00e9'],
    ['with U+2028', 'a\u2028'],
    ['of 64 characters outside of the basic plane', '\u{1f600}'.repeat(64)],
  ].map(([which, text]) =>
    bad(`code_ref ${which}`, CODE_REF, { code_ref: text }, 'E-SCHEMA-002 code_ref'),
  ),
];

const TS_RULE = 'receipt.md, section 4: ts is an integer from 1 to 2^53-1, and E-TS-001 otherwise.';

export const tsCases: Case[] = [
  ...[0, -1, -MAX_INTEGER].map((value) =>
    bad(`ts ${value}`, TS_RULE, { ts: value }, 'E-TS-001 ts'),
  ),
  bad(
    'ts as a string',
    'receipt.md, section 4: ts that is not a number gives E-SCHEMA-002.',
    { ts: '1753000000000' },
    'E-SCHEMA-002 ts',
  ),
];

for (const value of [1, MAX_INTEGER]) {
  const why = `${TS_RULE} It is judged at its own time here.`;
  tsCases.push(judged(`ts ${value}`, why, receipt({ ts: value }), { now: value }));
}

const NONCE = 'receipt.md, section 4: nonce is b64u of 16 to 64 bytes.';

export const nonceCases: Case[] = [
  ...[16, 17, 18, 63, 64].map((length) =>
    good(`nonce of ${length} bytes`, NONCE, { nonce: b64u(fill(length, 255)) }),
  ),
  ...[0, 15, 65, 66].map((length) =>
    bad(`nonce of ${length} bytes`, NONCE, { nonce: b64u(fill(length, 9)) }, 'E-SCHEMA-002 nonce'),
  ),
  ...[
    ['with padding', `${b64u(fill(16, 9))}==`],
    ['with one equals sign', `${b64u(fill(16, 9))}=`],
    ['in the other alphabet', `${'/'.repeat(21)}w`],
    ['with a plus sign', `${'+'.repeat(21)}g`],
    ['with spare bits that are not zero', `${b64u(fill(16, 9)).slice(0, -1)}R`],
    ['of a length that no bytes have', `${b64u(fill(18, 9))}A`],
    ['with a newline at its end', `${b64u(fill(16, 9))}\n`],
    ['with a newline within', `${b64u(fill(16, 9)).slice(0, 11)}\n${b64u(fill(16, 9)).slice(11)}`],
    ['with a space before it', ` ${b64u(fill(16, 9))}`],
    ['with a space at its end', `${b64u(fill(16, 9))} `],
    ['with a character that is no digit', `${b64u(fill(16, 9)).slice(0, -2)}.Q`],
    ['with a fullwidth letter', `\uff21${b64u(fill(16, 9)).slice(1)}`],
    ['with a letter whose low byte is a digit', `\u0141${b64u(fill(16, 9)).slice(1)}`],
    ['with U+0000', `${b64u(fill(16, 9)).slice(0, -1)}\u0000`],
  ].map(([which, text]) => bad(`nonce ${which}`, B64U, { nonce: text }, 'E-SCHEMA-002 nonce')),
];

export const hashCases: Case[] = ['input_hash', 'output_hash'].flatMap((member) => [
  ...[0, 31, 33, 64].map((length) =>
    bad(
      `${member} of ${length} bytes`,
      'receipt.md, section 4: a hash is b64u of 32 bytes.',
      { [member]: b64u(fill(length, 5)) },
      `E-SCHEMA-002 ${member}`,
    ),
  ),
  bad(
    `${member} with padding`,
    B64U,
    { [member]: `${b64u(fill(32, 5))}=` },
    `E-SCHEMA-002 ${member}`,
  ),
  bad(
    `${member} with spare bits that are not zero`,
    B64U,
    { [member]: `${b64u(fill(32, 5)).slice(0, -1)}V` },
    `E-SCHEMA-002 ${member}`,
  ),
  bad(
    `${member} in hex`,
    'receipt.md, section 4: a hash is b64u of 32 bytes; 64 digits are 48.',
    { [member]: '05'.repeat(32) },
    `E-SCHEMA-002 ${member}`,
  ),
  good(`${member} of 32 zeros`, 'receipt.md, section 4: a hash is b64u of any 32 bytes.', {
    [member]: b64u(fill(32, 0)),
  }),
  good(
    `${member} with both digits that base64 has not`,
    'receipt.md, section 2: b64u has - and _.',
    {
      [member]: b64u(fill(32, 0xfb)),
    },
  ),
]);

const IDS =
  'receipt.md, section 4: policy_ids has 0 to 64 strings [a-z0-9][a-z0-9_]{0,63}, strictly ascending by byte.';

const ids = (count: number) =>
  Array.from({ length: count }, (_, i) => `p${String(i).padStart(2, '0')}`);

const unknown = (count: number) => Array.from({ length: count }, () => 'W-POLICY-001 policy_ids');

export const policyIdCases: Case[] = [
  good('policy_ids empty', IDS, { policy_ids: [] }),
  good('policy_ids of 64 ids', IDS, { policy_ids: ids(64) }, unknown(64)),
  good('policy_ids with an id of 64 characters', IDS, { policy_ids: ['a'.repeat(64)] }, unknown(1)),
  good('policy_ids with an id of one digit', IDS, { policy_ids: ['0'] }, unknown(1)),
  good(
    'policy_ids with a digit before an underscore before a letter',
    `${IDS} 0x39 is below 0x5F, and that below 0x61.`,
    { policy_ids: ['a', 'a0', 'a_', 'aa'] },
    unknown(4),
  ),
  ...(
    [
      ['of 65 ids', ids(65)],
      ['of 65 empty ids', Array.from({ length: 65 }, () => '')],
      ['with an empty id', ['']],
      ['with an id of 65 characters', ['a'.repeat(65)]],
      ['with a capital letter', ['No_retention']],
      ['with an underscore first', ['_a']],
      ['with a hyphen', ['no-retention']],
      ['with a space', ['no retention']],
      ['with a newline at the end of an id', ['no_retention\n']],
      ['with a letter outside of ASCII', ['r\u00e9tention']],
      ['with a digit of another script', ['ttl_\u0661s']],
      ['with a small letter of another script', ['\u0430']],
      ['with the Kelvin sign', ['\u212a']],
      ['with a number', [5]],
      ['with null', [null]],
      ['with an array', [['no_retention']]],
      ['with the same id twice', ['no_retention', 'no_retention']],
      ['in descending order', ['no_retention', 'eu_region']],
      ['with the third id below the second', ['a', 'c', 'b']],
      ['with the longer id first', ['aa', 'a']],
    ] as readonly [string, Loose][]
  ).map(([which, value]) =>
    bad(`policy_ids ${which}`, IDS, { policy_ids: value }, 'E-SCHEMA-002 policy_ids'),
  ),
];
