/** What is not canonical JSON around, between and within members, docs/spec/receipt.md section 3. */
import { bytes, concat } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { Raw } from '../../json.ts';
import { good } from '../../receipts.ts';
import { badBytes, badMember, TEXT } from './ask.ts';

const AROUND =
  'receipt.md, section 5: a receipt is its canonical bytes exactly, with nothing before or after them.';

const NO_JSON = 'receipt.md, section 7.3: what is no JSON is E-SCHEMA-003.';

export const aroundCases: Case[] = [
  badBytes('nothing', NO_JSON, ''),
  badBytes('a newline at the end', AROUND, `${TEXT}\n`),
  badBytes('two newlines at the end', AROUND, `${TEXT}\n\n`),
  badBytes('a carriage return at the end', AROUND, `${TEXT}\r`),
  badBytes('a space at the end', AROUND, `${TEXT} `),
  badBytes('a space at the beginning', AROUND, ` ${TEXT}`),
  badBytes('U+0000 at the end', AROUND, `${TEXT}\u0000`),
  badBytes('U+0000 only', NO_JSON, '\u0000'),
  badBytes(
    'a byte order mark at the beginning',
    'receipt.md, section 3, rule 1: there is no byte order mark.',
    `\ufeff${TEXT}`,
  ),
  badBytes('a byte order mark at the end', AROUND, `${TEXT}\ufeff`),
  badBytes(
    'a byte order mark of UTF-16',
    'receipt.md, section 3, rule 1: the text is UTF-8.',
    concat(bytes(0xff, 0xfe), TEXT),
  ),
  badBytes(
    'UTF-16',
    'receipt.md, section 3, rule 1: the text is UTF-8.',
    Uint8Array.from(Buffer.from(TEXT, 'utf16le')),
  ),
  badBytes('the receipt twice', AROUND, TEXT + TEXT),
  badBytes('the receipt without its last brace', NO_JSON, TEXT.slice(0, -1)),
  badBytes('the receipt with another brace', NO_JSON, `${TEXT}}`),
  badBytes(
    'a space after a colon',
    'receipt.md, section 3, rule 6: there is no white space.',
    TEXT.replace('"ts":', '"ts": '),
  ),
  badBytes(
    'a space after a comma',
    'receipt.md, section 3, rule 6: there is no white space.',
    TEXT.replace(',"ts"', ', "ts"'),
  ),
  badBytes(
    'a newline within',
    'receipt.md, section 3, rule 6: there is no white space.',
    TEXT.replace(',"ts"', ',\n"ts"'),
  ),
  badBytes('a comma after the last member', NO_JSON, TEXT.replace(/}$/, ',}')),
  badBytes('single quotes', NO_JSON, TEXT.replaceAll('"', "'")),
  badBytes('a comment', NO_JSON, TEXT.replace('{', '{/**/')),
  badBytes('a name without quotes', NO_JSON, TEXT.replace('"ts"', 'ts')),
];

const NOT_OBJECT =
  'receipt.md, section 7.3: canonical JSON that is not an object is E-SCHEMA-002, without a field.';

export const notObjectCases: Case[] = [
  ...[
    'null',
    'true',
    'false',
    '0',
    '-1',
    '9007199254740991',
    '""',
    '"x"',
    '[]',
    '[{}]',
    `[${TEXT}]`,
  ].map((text) =>
    badBytes(
      `${text.length > 20 ? 'an array of a receipt' : text} as the whole`,
      NOT_OBJECT,
      text,
      'E-SCHEMA-002',
    ),
  ),
  badBytes(
    'an empty object',
    'receipt.md, section 4: the first member that is looked for is version.',
    '{}',
    'E-SCHEMA-001 version',
  ),
  ...[
    'NaN',
    'Infinity',
    '-Infinity',
    'undefined',
    'True',
    '-0',
    '1.0',
    '1e3',
    '9007199254740992',
    '[1,]',
    '"',
    "''",
    '"\\ud800"',
  ].map((text) =>
    badBytes(
      `${text} as the whole`,
      'receipt.md, section 7.3: what is not canonical JSON is E-SCHEMA-003, object or not.',
      text,
    ),
  ),
];

const ORDER =
  'receipt.md, section 3, rule 6: members are sorted by the UTF-16 code units of their names, at every depth.';

const ONCE = 'receipt.md, section 3, rule 5: no member occurs twice in an object.';

export const nameCases: Case[] = [
  badBytes(
    'two members in another order',
    ORDER,
    TEXT.replace(/("ts":\d+),("version":"[^"]*")/, '$2,$1'),
  ),
  badMember('members of ext in another order', ORDER, { ext: new Raw('{"b":1,"a":2}') }),
  badMember('members ordered by UTF-8 bytes', `${ORDER} U+10000 comes before U+E000.`, {
    ext: new Raw('{"\ue000":1,"\u{10000}":2}'),
  }),
  good('members ordered by UTF-16', `${ORDER} U+10000 comes before U+E000.`, {
    ext: { '\ue000': 1, '\u{10000}': 2, '\ud7ff': 3 },
  }),
  badMember('members ordered as numbers', `${ORDER} "10" comes before "9".`, {
    ext: new Raw('{"9":1,"10":2}'),
  }),
  badMember('members ordered without case', ORDER, { ext: new Raw('{"a":1,"B":2}') }),
  badMember('a longer name before a shorter one', ORDER, { ext: new Raw('{"aa":1,"a":2}') }),
  badMember('members ordered by locale', ORDER, { ext: new Raw('{"\u00e9":1,"z":2}') }),
  good(
    'names that are equal once normalised',
    'receipt.md, section 3, rule 3: no normalisation takes place.',
    {
      ext: { '\u00e9': 1, 'e\u0301': 2 },
    },
  ),
  badBytes('ts twice', ONCE, TEXT.replace(/("ts":\d+)/, '$1,$1')),
  badBytes('ts twice, with two values', ONCE, TEXT.replace(/("ts":\d+)/, '"ts":1,$1')),
  badMember('a member of ext twice', ONCE, { ext: new Raw('{"a":1,"a":1}') }),
  badMember('a member of ext twice, once escaped', ONCE, { ext: new Raw('{"a":1,"\\u0061":1}') }),
  badMember('__proto__ twice', ONCE, { ext: new Raw('{"__proto__":{},"__proto__":{}}') }),
  badMember('the empty name twice', ONCE, { ext: new Raw('{"":1,"":1}') }),
  good('names of prototypes in ext', 'receipt.md, section 4: ext is an object of anything.', {
    ext: { ['__proto__']: { a: 1 }, constructor: 2, prototype: 3 },
  }),
];

const NUMBERS =
  'receipt.md, section 3, rule 2: numbers are integers within 2^53-1 in size, written as digits; there is no -0.';

export const numberCases: Case[] = [
  ...[
    '1753000000000.0',
    '1.753e12',
    '1753000000000e0',
    '17530000000000E-1',
    '+1753000000000',
    '01753000000000',
    '-0',
    '0.5',
    '-1.5',
    '1.',
    '.5',
    '-',
    '--1',
    '0x10',
    '1_000',
    'NaN',
    'Infinity',
    '-Infinity',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740992',
    '18446744073709551615',
    '18446744073709551616',
    '9223372036854775807',
    '-9223372036854775808',
    '123456789012345678901234567890',
    '1e400',
    '1e-400',
    '1E3',
    '00',
    '-01',
    '\u0661',
    '\uff11',
  ].map((text) => badMember(`ts written as ${text}`, NUMBERS, { ts: new Raw(text) })),
  ...['1.0', '-0', '-0.0', '0e0', '0.0', '1e0'].map((text) =>
    badMember(`chain.seq written as ${text}`, NUMBERS, { chain: { seq: new Raw(text) } }),
  ),
  ...['9007199254740992', '-9007199254740992', '1e2', '100000000000000000000'].map((text) =>
    badMember(`${text} in ext`, NUMBERS, { ext: { a: new Raw(text) } }),
  ),
  good('the largest and the smallest integer in ext', NUMBERS, {
    ext: { a: 9007199254740991, b: -9007199254740991, c: 0 },
  }),
];
