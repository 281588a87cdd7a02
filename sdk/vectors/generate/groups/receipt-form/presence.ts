/** Which members there are, and their types, docs/spec/receipt.md section 4. */
import type { Case } from '../../case.ts';
import type { Loose } from '../../json.ts';
import { good } from '../../receipts.ts';
import { bad, REQUIRED } from './ask.ts';

const OPTIONAL = ['key_erasure', 'environment', 'chain', 'ext', 'log_inclusion'] as const;

const WRONG_TYPES: readonly [string, Loose][] = [
  ['null', null],
  ['true', true],
  ['a number', 5],
  ['a string', 'x'],
  ['an array', []],
  ['an object', {}],
];

/** The kind of value that the member has, so that all others are of a wrong type. */
const KINDS: Readonly<Record<string, string>> = {
  ts: 'a number',
  policy_ids: 'an array',
  key_erasure: 'an object',
  environment: 'an object',
  chain: 'an object',
  ext: 'an object',
  log_inclusion: 'an object',
};

export const presentCases: Case[] = [
  good(
    'all that is required',
    'receipt.md, section 4: nine members are required, and no others.',
    {},
  ),
  ...REQUIRED.map((name) =>
    bad(
      `no ${name}`,
      'receipt.md, section 4: a required member that is absent gives E-SCHEMA-001.',
      { [name]: undefined },
      `E-SCHEMA-001 ${name}`,
    ),
  ),
  ...[...REQUIRED, ...OPTIONAL].flatMap((name) =>
    WRONG_TYPES.filter(([kind]) => kind !== (KINDS[name] ?? 'a string')).map(([kind, value]) =>
      bad(
        `${name} is ${kind}`,
        'receipt.md, section 4: a value of the wrong type gives E-SCHEMA-002; null is one, not an absent member.',
        { [name]: value },
        `E-SCHEMA-002 ${name}`,
      ),
    ),
  ),
];

const UNKNOWN =
  'receipt.md, section 4: unknown members are allowed, signed, and each reported by W-SCHEMA-001, by UTF-16 code units.';

export const unknownMemberCases: Case[] = [
  good('one unknown member', UNKNOWN, { note: 'x' }, ['W-SCHEMA-001 note']),
  good('an unknown member that is null', UNKNOWN, { note: null }, ['W-SCHEMA-001 note']),
  good('an unknown member without a name', UNKNOWN, { '': 1 }, ['W-SCHEMA-001 ']),
  good(
    'unknown members beyond ASCII',
    UNKNOWN,
    { '\uffff': 1, '\u{10000}': 2, '\u{10ffff}': 3, '\ue000': 4, '\ud7ff': 5, z: 6, Z: 7 },
    ['Z', 'z', '\ud7ff', '\u{10000}', '\u{10ffff}', '\ue000', '\uffff'].map(
      (name) => `W-SCHEMA-001 ${name}`,
    ),
  ),
  good('unknown members that are numbers', `${UNKNOWN} "10" comes before "9".`, { 9: 1, 10: 2 }, [
    'W-SCHEMA-001 10',
    'W-SCHEMA-001 9',
  ]),
  good(
    'unknown members with names of prototypes',
    UNKNOWN,
    { ['__proto__']: { ts: 5 }, constructor: 1, hasOwnProperty: 2, toString: 3, valueOf: 4 },
    ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf'].map(
      (name) => `W-SCHEMA-001 ${name}`,
    ),
  ),
  good(
    'unknown members that look like known ones',
    UNKNOWN,
    { Ts: 1, 'ts ': 2, 'chain.seq': 3, 'ts\u0000': 4, 't\u0455': 5 },
    ['Ts', 'chain.seq', 'ts\u0000', 'ts ', 't\u0455'].map((name) => `W-SCHEMA-001 ${name}`),
  ),
  good(
    'unknown members that need escapes',
    UNKNOWN,
    { 'a"b': 1, 'a\\b': 2, 'a\nb': 3, 'a\u0001b': 4 },
    ['a\u0001b', 'a\nb', 'a"b', 'a\\b'].map((name) => `W-SCHEMA-001 ${name}`),
  ),
];
