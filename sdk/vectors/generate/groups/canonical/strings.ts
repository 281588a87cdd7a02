/** Strings and UTF-8, docs/spec/receipt.md section 3, rules 1 and 3. */
import { bytes, codePoint, concat, NOT_UTF8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { malformed, written } from './ask.ts';

const ESCAPES =
  'RFC 8785, section 3.2.2.2: what must be escaped is, in the shortest way, and nothing else.';

const UNICODE =
  'receipt.md, section 3, rule 3: strings hold valid Unicode: no lone surrogates, escaped or not.';

const CONTROL = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(4, '0'));

const SHORT: Readonly<Record<string, string>> = {
  '0008': '\\b',
  '0009': '\\t',
  '000a': '\\n',
  '000c': '\\f',
  '000d': '\\r',
};

export const stringCases: Case[] = [
  written(
    'every control character by its number',
    ESCAPES,
    `"${CONTROL.map((code) => `\\u${code}`).join('')}"`,
    `"${CONTROL.map((code) => SHORT[code] ?? `\\u${code}`).join('')}"`,
  ),
  written(
    'every control character in capital digits',
    ESCAPES,
    `"${CONTROL.map((code) => `\\u${code.toUpperCase()}`).join('')}"`,
    `"${CONTROL.map((code) => SHORT[code] ?? `\\u${code}`).join('')}"`,
  ),
  written(
    'every short escape',
    ESCAPES,
    '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    '"\\"\\\\/\\b\\f\\n\\r\\t"',
  ),
  written(
    'all of printable ASCII by its number',
    ESCAPES,
    `"${Array.from({ length: 95 }, (_, i) => `\\u${(i + 32).toString(16).padStart(4, '0')}`).join('')}"`,
    JSON.stringify(Array.from({ length: 95 }, (_, i) => String.fromCharCode(i + 32)).join('')),
  ),
  written(
    'what JSON for the web would escape',
    ESCAPES,
    '"\\u003c\\u003e\\u0026\\u0027\\u2028\\u2029\\u007f\\u0080\\u00ad\\ufeff"',
    '"<>&\'\u2028\u2029\u007f\u0080\u00ad\ufeff"',
  ),
  written('the same raw', ESCAPES, '"<>&\'\u2028\u2029\u007f\u0080\u00ad\ufeff"'),
  written(
    'noncharacters',
    UNICODE,
    '"\\ufdd0\\ufffe\\uffff\u{1fffe}\u{10ffff}"',
    '"\ufdd0\ufffe\uffff\u{1fffe}\u{10ffff}"',
  ),
  written(
    'a pair of surrogates, escaped',
    UNICODE,
    '"\\ud83d\\ude00\\uD83D\\uDE00"',
    '"\u{1f600}\u{1f600}"',
  ),
  written(
    'the first and the last pair of surrogates',
    UNICODE,
    '"\\ud800\\udc00\\udbff\\udfff"',
    '"\u{10000}\u{10ffff}"',
  ),
  written(
    'pairs of surrogates in mixed capitals',
    UNICODE,
    '"\\uD83d\\uDe00\\ud83D\\udE00"',
    '"\u{1f600}\u{1f600}"',
  ),
  written(
    'a pair of surrogates beside its own characters',
    UNICODE,
    '"\u{1f600}\\ud83d\\ude00\u{1f600}"',
    '"\u{1f600}\u{1f600}\u{1f600}"',
  ),
  written(
    'what looks like an escape within a string',
    ESCAPES,
    '"\\\\u0041\\\\\\u0041"',
    '"\\\\u0041\\\\A"',
  ),
  written('the characters around the surrogates', UNICODE, '"\\ud7ff\\ue000"', '"\ud7ff\ue000"'),
  written('an escaped backslash before what looks like a surrogate', UNICODE, '"\\\\ud800"'),
  written(
    'letters with accents that are not normalised',
    'receipt.md, section 3, rule 3: no normalisation takes place.',
    '"\u00e9e\u0301\u212b\uac00\u1100\u1161"',
  ),
  written(
    'a replacement character',
    `${UNICODE} U+FFFD is one character like another.`,
    '"\ufffd"',
  ),
  ...[
    '\\ud800',
    '\\udbff',
    '\\udc00',
    '\\udfff',
    '\\udc00\\ud800',
    '\\ud800\\ud800',
    '\\udc00\\udc00',
    '\\ud800x',
    '\\ud800\\n',
    '\\ud800\\u0041',
    '\\ud800\\ue000',
    'x\\ud83d',
    '\\ud83d\\\\ude00',
    '\\ud83d\\ud83d\\ude00',
  ].map((text) => malformed(`the string "${text}"`, UNICODE, `"${text}"`)),
  malformed('a lone surrogate in a name', UNICODE, '{"\\udc00":1}'),
  malformed('a lone surrogate in an array', UNICODE, '[["\\ud800"]]'),
  ...[
    '\\a',
    '\\v',
    '\\0',
    '\\x41',
    '\\e',
    "\\'",
    '\\U0041',
    '\\u',
    '\\u0',
    '\\u004',
    '\\u004g',
    '\\u00 41',
    '\\u{41}',
    '\\u+041',
    '\\u-041',
    '\\ ',
    '\\\n',
    '\\u\uff10\uff10\uff14\uff11',
  ].map((text) =>
    malformed(
      `the escape ${JSON.stringify(text)}`,
      'RFC 8259, section 7: there are nine escapes.',
      `"${text}"`,
    ),
  ),
  ...Array.from({ length: 32 }, (_, i) => i).map((code) =>
    malformed(
      `a raw ${codePoint(code)}`,
      'RFC 8259, section 7: characters below U+0020 are escaped.',
      `"${String.fromCharCode(code)}"`,
    ),
  ),
  written(
    'a raw U+007F',
    'RFC 8259, section 7: only characters below U+0020 must be escaped.',
    '"\u007f"',
  ),
];

const UTF8 = 'receipt.md, section 3, rule 1: the text is valid UTF-8.';

export const encodingCases: Case[] = NOT_UTF8.flatMap(([which, sequence]) => [
  malformed(`${which} in a string`, UTF8, concat('"', sequence, '"')),
  malformed(`${which} after the value`, UTF8, concat('1', sequence)),
]);

encodingCases.push(
  malformed('bytes that are no UTF-8 in a name', UTF8, concat('{"', bytes(0xff), '":1}')),
  malformed('UTF-16', UTF8, Uint8Array.from(Buffer.from('[1]', 'utf16le'))),
  malformed(
    'UTF-16 with its mark',
    UTF8,
    concat(bytes(0xff, 0xfe), Uint8Array.from(Buffer.from('[1]', 'utf16le'))),
  ),
  written(
    'a byte order mark in a string',
    'receipt.md, section 3, rule 1: a mark is only one at the beginning.',
    '"\ufeff"',
  ),
  written(
    'the limits of each length of UTF-8',
    UTF8,
    '"\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}"',
  ),
);
