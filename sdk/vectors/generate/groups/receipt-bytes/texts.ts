/** Strings and UTF-8, docs/spec/receipt.md section 3. */
import { concat, NOT_UTF8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { Raw } from '../../json.ts';
import { good } from '../../receipts.ts';
import { badBytes, badMember, ext, TEXT } from './ask.ts';

const ESCAPES =
  'receipt.md, section 3, rule 6: escapes are those of RFC 8785: \\b \\t \\n \\f \\r \\" \\\\ and \\u00xx in lowercase, and no others.';

const UNICODE =
  'receipt.md, section 3, rule 3: strings hold valid Unicode: no lone surrogates, escaped or not.';

export const stringCases: Case[] = [
  good('every control character', ESCAPES, {
    ext: { a: Array.from({ length: 32 }, (_, i) => String.fromCharCode(i)).join('') },
  }),
  good('characters that need no escape', ESCAPES, {
    ext: { a: '/<>&\u007f\u0080\u009f\u2028\u2029\ufeff\ufffe\uffff\u{10ffff}' },
  }),
  ...[
    ['an escaped slash', '\\/'],
    ['an escaped letter', '\\u0061'],
    ['an escaped quote by its number', '\\u0022'],
    ['an escaped backslash by its number', '\\u005c'],
    ['an escaped newline by its number', '\\u000a'],
    ['an escaped backspace by its number', '\\u0008'],
    ['an escape with capital digits', '\\u001F'],
    ['an escaped delete', '\\u007f'],
    ['an escaped e with an accent', '\\u00e9'],
    ['an escaped U+2028', '\\u2028'],
    ['an escaped less-than', '\\u003c'],
    ['an escaped ampersand', '\\u0026'],
    ['an escaped pair of surrogates', '\\ud83d\\ude00'],
    ['an escaped byte order mark', '\\ufeff'],
    ['an escape that JSON has not: \\a', '\\a'],
    ['an escape that JSON has not: \\x41', '\\x41'],
    ['an escape that JSON has not: \\0', '\\0'],
    ['an escape that JSON has not: \\v', '\\v'],
    ["an escape that JSON has not: \\'", "\\'"],
    ['an escape of three digits', '\\u041'],
    ['an escape in braces', '\\u{41}'],
    ['a capital U', '\\U0041'],
  ].map(([which, text]) => badMember(which!, ESCAPES, ext(text!))),
  ...['\\ud800', '\\udc00', '\\ude00\\ud83d', '\\ud800\\ud800', '\\ud83dx', '\\uD83D\\u0041'].map(
    (text) => badMember(`the escape ${text}`, UNICODE, ext(text)),
  ),
  badMember('a lone surrogate as a name', UNICODE, { ext: new Raw('{"\\ud800":1}') }),
  ...[
    ['a raw newline', '\n'],
    ['a raw tab', '\t'],
    ['a raw U+0000', '\u0000'],
    ['a raw U+001F', '\u001f'],
  ].map(([which, text]) => badMember(`${which} in a string`, ESCAPES, ext(text!))),
];

/** The receipt with bytes in the place of a character of `code_ref`. */
function withBytes(sequence: Uint8Array): Uint8Array {
  const at = TEXT.indexOf('git:');
  return concat(TEXT.slice(0, at), sequence, TEXT.slice(at + 1));
}

const UTF8 = 'receipt.md, section 3, rule 1: the text is valid UTF-8.';

export const encodingCases: Case[] = NOT_UTF8.map(([which, sequence]) =>
  badBytes(which, UTF8, withBytes(sequence)),
);
