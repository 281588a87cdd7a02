/** The text of a note and its signature lines, docs/spec/log.md sections 1, 3 and 10. */
import { bytes, codePoint, concat, encodeBase64, fill, NOT_UTF8, utf8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { LOG, OTHER_LOG } from '../../keys.ts';
import { note, signed } from '../../notes.ts';
import { ask, GOOD, NAMES, opened, refused, TEXT } from './ask.ts';

const malformed = (name: string, why: string, input: string | Uint8Array) =>
  refused(name, why, 'malformed', input);

const FORM =
  'log.md, section 3: the last empty line separates text and signatures, and at least one signature line follows.';

const FOO = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';

const FOO_TEXT = 'This is an example message.\n';

const FOO_LINE =
  '\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

const signing = (text: string, ...more: string[]) => note(text, signed(LOG, text), ...more);

export const textCases: Case[] = [
  {
    name: 'the known answer',
    why: 'log.md, section 3: the published key verifies the published note.',
    request: ask(note(FOO_TEXT, FOO_LINE), [FOO]),
    answer: { text: encodeBase64(utf8(FOO_TEXT)), verified: [FOO] },
  },
  opened('one signature', FORM, GOOD),
  ...(
    [
      ['a text that is an empty line', '\n'],
      ['a text with empty lines', '\n\na\n\n\nb\n\n'],
      ['a text with a line that looks like a signature', `a\n\n${signed(LOG, 'a\n')}b\n`],
      ['a text with a byte order mark', '\ufeffa\n'],
      ['a text with U+007F to U+009F', '\u007f\u0080\u0085\u009f\n'],
      ['a text with U+2028 and U+2029', 'a\u2028b\u2029c\n'],
      ['a text with characters of all lengths', '\u00e9\u20ac\u{1f600}\uffff\u{10ffff}\n'],
    ] as const
  ).map(([name, text]) =>
    opened(
      name,
      'log.md, section 3: a text holds any Unicode but the characters below U+0020 other than newline.',
      signing(text),
      text,
    ),
  ),
  malformed('nothing', FORM, ''),
  malformed('a newline', FORM, '\n'),
  malformed('two newlines', FORM, '\n\n'),
  malformed('three newlines', FORM, '\n\n\n'),
  malformed('a text without an empty line', FORM, TEXT + signed(LOG, TEXT)),
  malformed('a text without a signature', FORM, `${TEXT}\n`),
  malformed('a signature without a text', FORM, signed(LOG, TEXT)),
  malformed('a signature after one empty line at the beginning', FORM, `\n${signed(LOG, TEXT)}`),
  malformed('no newline at the end', FORM, GOOD.slice(0, -1)),
  malformed('an empty line at the end', FORM, `${GOOD}\n`),
  refused(
    'an empty line between signatures',
    `${FORM} The first signature is then part of the text.`,
    'untrusted',
    note(TEXT, signed(LOG, TEXT), '\n', signed(OTHER_LOG, TEXT)),
  ),
  malformed(
    'CRLF everywhere',
    'log.md, section 3: a carriage return is below U+0020.',
    GOOD.replaceAll('\n', '\r\n'),
  ),
  malformed(
    'CRLF at the end',
    'log.md, section 3: a carriage return is below U+0020.',
    GOOD.replace(/\n$/, '\r\n'),
  ),
  malformed('white space in the empty line', FORM, `${TEXT} \n${signed(LOG, TEXT)}`),
  ...[0, 1, 8, 9, 11, 12, 13, 14, 27, 28, 31].map((code) =>
    malformed(
      `a text with ${codePoint(code)}`,
      'log.md, section 3: a text holds no character below U+0020 other than newline.',
      signing(`a${String.fromCharCode(code)}b\n`),
    ),
  ),
  ...NOT_UTF8.map(([which, sequence]) =>
    malformed(
      `a text with ${which}`,
      'log.md, section 1: texts are valid UTF-8.',
      concat(sequence, GOOD),
    ),
  ),
  malformed(
    'a signature line with bytes that are no UTF-8',
    'log.md, section 1: texts are valid UTF-8.',
    concat(GOOD, '\u2014 ', bytes(0xe9), ' AAAAAAA=\n'),
  ),
];

const LINE =
  'log.md, section 3, and signed-note: a signature line is an em dash, a space, a name, a space, base64 and a newline.';

const SHORT = encodeBase64(fill(5, 0));

export const lineCases: Case[] = (
  [
    ['with a hyphen', `- x ${SHORT}\n`],
    ['with a horizontal bar', `\u2015 x ${SHORT}\n`],
    ['with an en dash', `\u2013 x ${SHORT}\n`],
    ['without a dash', `x ${SHORT}\n`],
    ['without a space after the dash', `\u2014x ${SHORT}\n`],
    ['with two spaces after the dash', `\u2014  x ${SHORT}\n`],
    ['with two spaces after the name', `\u2014 x  ${SHORT}\n`],
    ['with a space before the dash', ` \u2014 x ${SHORT}\n`],
    ['with a space at the end', `\u2014 x ${SHORT} \n`],
    ['with a third item', `\u2014 x ${SHORT} y\n`],
    ['with a no-break space after the dash', `\u2014\u00a0x ${SHORT}\n`],
    ['without a name', `\u2014 ${SHORT}\n`],
    ['with an empty name', `\u2014  ${SHORT}\n`],
    ['without base64', '\u2014 x\n'],
    ['with empty base64', '\u2014 x \n'],
    ['of one byte', '\u2014 x AA==\n'],
    ['of four bytes', '\u2014 x AAAAAA==\n'],
    ['without its padding', '\u2014 x AAAAAAA\n'],
    ['with too much padding', '\u2014 x AAAAAAA==\n'],
    ['with padding in the middle', '\u2014 x AAA=AAAAAAA=\n'],
    ['with padding only', '\u2014 x ====\n'],
    ['with three equals signs', '\u2014 x AAAAA===\n'],
    ['in the alphabet for URLs', '\u2014 x -_-_-_-_\n'],
    ['with a character that is no digit', '\u2014 x AAAAAA.=\n'],
    ['with a fullwidth letter', '\u2014 x \uff21AAAAAA=\n'],
    ['that is text', 'garbage\n'],
    ['that is an em dash', '\u2014\n'],
    ['that is an em dash and a space', '\u2014 \n'],
  ] as const
).map(([name, text]) => malformed(`a line ${name}`, LINE, GOOD + text));

lineCases.push(
  malformed('a bad line before a good one', LINE, note(TEXT, 'garbage\n', signed(LOG, TEXT))),
  opened(
    'a line of five bytes by an unknown key',
    `${LINE} Five bytes are the fewest.`,
    `${GOOD}\u2014 x ${SHORT}\n`,
  ),
  opened(
    'a line by an unknown key whose spare bits are not zero',
    'log.md, section 3: such spare bits are ignored in a line by an unknown key.',
    `${GOOD}\u2014 x AAAAAAB=\n\u2014 x AAAAAAAAAAAAAAB=\n\u2014 x AAAAAAAAAB==\n`,
  ),
);

/** Above U+0020, each range with its first and last character (log.md, section 3). */
const WHITE_SPACE = [
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
] as const;

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

const named = (name: string) => `${GOOD}\u2014 ${name} ${SHORT}\n`;

export const nameCases: Case[] = [
  opened('a name of 255 bytes', NAMES, named('x'.repeat(255))),
  malformed(
    'a name of 256 bytes',
    `${NAMES} The limit holds for unknown keys, too.`,
    named('x'.repeat(256)),
  ),
  opened('a name of 85 characters of three bytes', NAMES, named('\u20ac'.repeat(85))),
  malformed(
    'a name of 86 characters of three bytes',
    `${NAMES} Bytes count, not characters.`,
    named('\u20ac'.repeat(86)),
  ),
  opened('a name of 63 characters of four bytes', NAMES, named('\u{1f600}'.repeat(63))),
  malformed(
    'a name of 64 characters of four bytes',
    `${NAMES} Bytes count, not characters.`,
    named('\u{1f600}'.repeat(64)),
  ),
  malformed('a name with a plus sign', NAMES, named('a+b')),
  ...WHITE_SPACE.flatMap(([first, last]) => range(first, last)).map((code) =>
    malformed(
      `a name with ${codePoint(code)}`,
      `${NAMES} This character is white space.`,
      named(`a${String.fromCharCode(code)}b`),
    ),
  ),
  ...WHITE_SPACE.flatMap(([first, last]) => [first - 1, last + 1])
    .concat(0x7f, 0x80, 0xad, 0x180e, 0x200d, 0xfeff, 0xfffd, 0xffff)
    .map((code) =>
      opened(
        `a name with ${codePoint(code)}`,
        `${NAMES} This character is no white space.`,
        named(`a${String.fromCharCode(code)}b`),
      ),
    ),
  ...[0x00, 0x09, 0x0b, 0x0d, 0x1f].map((code) =>
    malformed(
      `a name with ${codePoint(code)}`,
      `${NAMES} This character is below U+0020.`,
      named(`a${String.fromCharCode(code)}b`),
    ),
  ),
];

const COUNT = 'log.md, section 10: a note has at most 512 signature lines.';

export const countCases: Case[] = [
  opened('512 lines', COUNT, GOOD + `\u2014 x ${SHORT}\n`.repeat(511)),
  malformed('513 lines', COUNT, GOOD + `\u2014 x ${SHORT}\n`.repeat(512)),
];
