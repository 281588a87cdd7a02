/** Names, groups and how deep they nest, docs/spec/log.md section 8. */
import type { Case } from '../../case.ts';
import { LOG, W1, W2 } from '../../keys.ts';
import { LOG_LINE, NONE, W1_LINE, W2_LINE, W3_LINE } from '../../policies.ts';
import { COMMENT, type Policy, read, refused, SYNTAX, W1_OF, W2_OF, W3_OF } from './ask.ts';

const OPAQUE = 'log.md, section 8: names are opaque, and none is the one that is predefined.';

const NAMES =
  'log.md, section 8: names are defined before they are used; witnesses and groups share one name space.';

const oddNames = [
  'quorum',
  'group',
  'witness',
  'log',
  'any',
  'all',
  'NONE',
  '#w',
  'w+1',
  '1',
  '__proto__',
  'constructor',
  'a\u00a0b',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\u{1f600}',
  '\u00e9',
  'e\u0301',
  'x'.repeat(1000),
];

export const nameCases: Case[] = [
  ...oddNames.map((name) =>
    read(
      `a witness named ${name.length > 20 ? 'in 1,000 characters' : JSON.stringify(name)}`,
      OPAQUE,
      `witness ${name} ${W1.text}\nquorum ${name}\n`,
      { witnesses: [[name, W1.text]], quorum: name },
    ),
  ),
  ...['quorum', 'all', '__proto__', '\u00a0'].map((name) =>
    read(
      `a group named ${JSON.stringify(name)}`,
      OPAQUE,
      `${W1_LINE}group ${name} any w1\nquorum ${name}\n`,
      { witnesses: [W1_OF], groups: [[name, 1, 'w1']], quorum: name },
    ),
  ),
  read('a quorum of a witness', NAMES, `${W1_LINE}quorum w1\n`, {
    witnesses: [W1_OF],
    quorum: 'w1',
  }),
  read(
    'names that are equal once normalised',
    OPAQUE,
    `witness \u00e9 ${W1.text}\nwitness e\u0301 ${W2.text}\ngroup g all \u00e9 e\u0301\nquorum g\n`,
    {
      witnesses: [
        ['\u00e9', W1.text],
        ['e\u0301', W2.text],
      ],
      groups: [['g', 2, '\u00e9', 'e\u0301']],
      quorum: 'g',
    },
  ),
  refused('a witness named none', OPAQUE, `witness none ${W1.text}\nquorum none\n`),
  refused('a group named none', OPAQUE, `${W1_LINE}group none any w1\nquorum none\n`),
  refused('none as a member', OPAQUE, `${W1_LINE}group g any w1 none\nquorum g\n`),
  refused('a quorum that is not defined', NAMES, `${W1_LINE}quorum w2\n`),
  refused('a quorum that is defined later', NAMES, `quorum w1\n${W1_LINE}`),
  refused('a quorum of a log', NAMES, `${LOG_LINE}quorum ${LOG.name}\n`),
  refused('a quorum by the name of a key', NAMES, `${W1_LINE}quorum ${W1.name}\n`),
  refused('a quorum in other capitals', NAMES, `${W1_LINE}quorum W1\n`),
  refused('a member that is not defined', NAMES, `${W1_LINE}group g any w1 w2\nquorum g\n`),
  refused(
    'a comment after members',
    `${COMMENT} Elsewhere a # is part of an item.`,
    `${W1_LINE}group g any w1 # w2\nquorum g\n`,
  ),
  refused(
    'a name that is the same once normalised',
    OPAQUE,
    `witness \u00e9 ${W1.text}\nquorum e\u0301\n`,
  ),
  refused(
    'a member that is defined later',
    NAMES,
    `${W1_LINE}group g any w1 w2\n${W2_LINE}quorum g\n`,
  ),
  refused('a group that is its own member', NAMES, `${W1_LINE}group g any w1 g\nquorum g\n`),
  refused('two witnesses of one name', NAMES, `${W1_LINE}witness w1 ${W2.text}\n${NONE}`),
  refused(
    'a witness and a group of one name',
    NAMES,
    `${W1_LINE}${W2_LINE}group w2 any w1\n${NONE}`,
  ),
  refused(
    'a group and a witness of one name',
    NAMES,
    `${W1_LINE}group w2 any w1\n${W2_LINE}${NONE}`,
  ),
  refused(
    'two groups of one name',
    NAMES,
    `${W1_LINE}${W2_LINE}group g any w1\ngroup g any w2\n${NONE}`,
  ),
  refused('the same witness twice', NAMES, W1_LINE + W1_LINE + NONE),
];

const K =
  'log.md, section 8: k is decimal without sign and leading zeros, from 1 to the number of members.';

const ONCE = 'log.md, section 8: a name is a member of at most one group.';

const three = `${W1_LINE}${W2_LINE}${W3_LINE}`;

const threeOf = [W1_OF, W2_OF, W3_OF];

export const groupCases: Case[] = [
  ...(
    [
      ['all', 3],
      ['any', 1],
      ['1', 1],
      ['2', 2],
      ['3', 3],
    ] as const
  ).map(([rule, threshold]) =>
    read(
      `a group of ${rule}`,
      `${K} all is the number of members, and any 1.`,
      `${three}group g ${rule} w1 w2 w3\nquorum g\n`,
      { witnesses: threeOf, groups: [['g', threshold, 'w1', 'w2', 'w3']], quorum: 'g' },
    ),
  ),
  ...[
    '0',
    '4',
    '-1',
    '+1',
    '01',
    '1.0',
    '1e0',
    'ALL',
    'Any',
    'none',
    '',
    '\u0661',
    '\uff11',
    '4294967297',
    '000001',
    '1\u00a0',
    '1,',
    '18446744073709551617',
    '99999999999999999999999999',
    '0x1',
    '1/2',
    '50%',
  ].map((rule) =>
    refused(
      `a group of ${JSON.stringify(rule)}`,
      K,
      `${three}group g ${rule} w1 w2 w3\nquorum g\n`,
    ),
  ),
  read('a group of one', K, `${W1_LINE}group g all w1\nquorum g\n`, {
    witnesses: [W1_OF],
    groups: [['g', 1, 'w1']],
    quorum: 'g',
  }),
  read(
    'members in another order',
    'verifier.md, section 5: members are in the order of the file.',
    `${three}group g any w3 w1 w2\nquorum g\n`,
    { witnesses: threeOf, groups: [['g', 1, 'w3', 'w1', 'w2']], quorum: 'g' },
  ),
  read(
    'groups of groups and witnesses',
    NAMES,
    `${three}group a all w1 w2\ngroup b 1 a w3\nquorum b\n`,
    {
      witnesses: threeOf,
      groups: [
        ['a', 2, 'w1', 'w2'],
        ['b', 1, 'a', 'w3'],
      ],
      quorum: 'b',
    },
  ),
  read('a group that no quorum uses', SYNTAX, `${three}group a all w1 w2\nquorum w3\n`, {
    witnesses: threeOf,
    groups: [['a', 2, 'w1', 'w2']],
    quorum: 'w3',
  }),
  read(
    'a quorum of a group that is a member',
    NAMES,
    `${three}group a all w1 w2\ngroup b 1 a w3\nquorum a\n`,
    {
      witnesses: threeOf,
      groups: [
        ['a', 2, 'w1', 'w2'],
        ['b', 1, 'a', 'w3'],
      ],
      quorum: 'a',
    },
  ),
  refused('a group without anything', SYNTAX, `${W1_LINE}group\n${NONE}`),
  refused('a group without members', SYNTAX, `${W1_LINE}group g all\n${NONE}`),
  refused('a group without a rule', SYNTAX, `${W1_LINE}group g w1\n${NONE}`),
  refused('a member twice in a group', ONCE, `${W1_LINE}group g 2 w1 w1\nquorum g\n`),
  refused(
    'a member of two groups',
    ONCE,
    `${three}group a any w1 w2\ngroup b any w1 w3\nquorum b\n`,
  ),
  refused(
    'a group in two groups',
    ONCE,
    `${three}group a any w1\ngroup b any a w2\ngroup c any a w3\nquorum c\n`,
  ),
];

const DEPTH =
  'log.md, section 8: groups nest at most 32 deep, a group whose members are all witnesses counted as 1.';

/** Groups that each hold the one before. */
function nested(depth: number): Policy & { text: string } {
  const all = Array.from(
    { length: depth },
    (_, i) => [`g${i + 1}`, 1, i === 0 ? 'w1' : `g${i}`] as const,
  );
  const text = `${W1_LINE}${all.map(([name, , member]) => `group ${name} all ${member}\n`).join('')}quorum g${depth}\n`;
  return { text, witnesses: [W1_OF], groups: all, quorum: `g${depth}` };
}

export const depthCases: Case[] = [
  read('32 groups in one another', DEPTH, nested(32).text, nested(32)),
  refused('33 groups in one another', DEPTH, nested(33).text),
  refused(
    '33 groups in one another that no quorum uses',
    DEPTH,
    nested(33).text.replace(/quorum .*/, 'quorum w1'),
  ),
  refused('256 groups in one another', DEPTH, nested(256).text),
];
