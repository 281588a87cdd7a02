/** Lines, white space, comments and characters, docs/spec/log.md section 8. */
import { codePoint, concat, NOT_UTF8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { LOG, W1 } from '../../keys.ts';
import { LOG_LINE, NONE, W1_LINE, W2_LINE, W3_LINE } from '../../policies.ts';
import { COMMENT, read, refused, SYNTAX, W1_OF, W2_OF, W3_OF } from './ask.ts';

const SPACE =
  'log.md, section 8: items are separated by spaces and tabs, of which there may be several, also at the beginning and the end of a line.';

const CONTROL =
  'log.md, section 8: control characters of ASCII but tab and newline are refused, in comments, too.';

export const lineCases: Case[] = [
  read('the least', SYNTAX, NONE),
  read(
    'a log, three witnesses, a group and a quorum',
    SYNTAX,
    `${LOG_LINE}${W1_LINE}${W2_LINE}${W3_LINE}group g 2 w1 w2 w3\nquorum g\n`,
    {
      logs: [[LOG.text]],
      witnesses: [W1_OF, W2_OF, W3_OF],
      groups: [['g', 2, 'w1', 'w2', 'w3']],
      quorum: 'g',
    },
  ),
  read('tabs and spaces', SPACE, ` \t log \t ${LOG.text} \t\n\tquorum\tnone\t\n`, {
    logs: [[LOG.text]],
  }),
  read(
    'empty lines and comments',
    COMMENT,
    `\n#\n# a comment\n#log x\n  # another\n\t#\n \t \n${NONE}\n#quorum none\n`,
  ),
  read(
    'a comment with any Unicode',
    COMMENT,
    `# \u0080\u0085\u009f\u00a0\u2028\u2029\ufeff\u{1f600}\n${NONE}`,
  ),
  read(
    'a comment with what is a line elsewhere',
    `${COMMENT} Only a newline ends a line.`,
    `# a\u2028quorum none\u2029quorum none\u0085quorum none\n${NONE}`,
  ),
  read(
    'lines after the quorum',
    `${SYNTAX} Their order is free, but that names are defined before they are used.`,
    `${NONE}${LOG_LINE}${W1_LINE}`,
    { logs: [[LOG.text]], witnesses: [W1_OF] },
  ),
  read('a log after a witness', SYNTAX, `${W1_LINE}${LOG_LINE}${NONE}`, {
    logs: [[LOG.text]],
    witnesses: [W1_OF],
  }),
  refused('nothing', SYNTAX, ''),
  refused('a newline', SYNTAX, '\n'),
  refused('a comment only', SYNTAX, '# quorum none\n'),
  refused('no quorum', SYNTAX, `${LOG_LINE}${W1_LINE}`),
  refused(
    'no newline at the end',
    'log.md, section 8: the last line ends in a newline.',
    'quorum none',
  ),
  refused(
    'no newline after a comment at the end',
    'log.md, section 8: the last line ends in a newline.',
    `${NONE}# x`,
  ),
  refused(
    'a space after the last newline',
    'log.md, section 8: the last line ends in a newline.',
    `${NONE} `,
  ),
  refused('two quorums', SYNTAX, NONE + NONE),
  refused('an unknown keyword', SYNTAX, `key x\n${NONE}`),
  refused('a keyword in capitals', SYNTAX, `Quorum none\n`),
  refused('a keyword with a colon', SYNTAX, 'quorum: none\n'),
  refused(
    'a comment after items',
    `${COMMENT} Elsewhere a # is part of an item.`,
    'quorum none # x\n',
  ),
  refused('a quorum without a name', SYNTAX, 'quorum\n'),
  refused('a quorum with two names', SYNTAX, `${W1_LINE}${W2_LINE}quorum w1 w2\n`),
  refused('a log without a key', SYNTAX, `log\n${NONE}`),
  refused('a log with three items', SYNTAX, `log ${LOG.text} https://x x\n${NONE}`),
  refused('a witness without anything', SYNTAX, `witness\n${NONE}`),
  refused('a witness without a key', SYNTAX, `witness w1\n${NONE}`),
  refused('a witness with four items', SYNTAX, `witness w1 ${W1.text} https://x x\n${NONE}`),
  refused('a witness without a name', SYNTAX, `witness ${W1.text}\n${NONE}`),
  refused('CRLF', CONTROL, `quorum none\r\n`),
  refused('a carriage return in the middle of a line', CONTROL, `quorum\rnone\n`),
  refused('a comment with CRLF', CONTROL, `# x\r\n${NONE}`),
  ...[0, 1, 8, 11, 12, 14, 27, 28, 31, 127].map((code) =>
    refused(
      `a comment with ${codePoint(code)}`,
      CONTROL,
      `# a${String.fromCharCode(code)}b\n${NONE}`,
    ),
  ),
  refused('items separated by U+00A0', SPACE, `quorum\u00a0none\n`),
  refused('items separated by U+3000', SPACE, `quorum\u3000none\n`),
  refused('items separated by a vertical tab', CONTROL, `quorum\vnone\n`),
  refused('U+00A0 before a comment', `${COMMENT} U+00A0 separates nothing.`, `\u00a0# x\n${NONE}`),
  refused(
    'a line of U+00A0',
    `${COMMENT} U+00A0 separates nothing, and is an item.`,
    `\u00a0\n${NONE}`,
  ),
  refused('a line of U+0085', `${COMMENT} U+0085 ends no line, and is an item.`, `\u0085\n${NONE}`),
  refused(
    'a byte order mark',
    'log.md, section 1: no byte order mark is removed, and so the first item is no keyword.',
    `\ufeff${NONE}`,
  ),
  ...NOT_UTF8.map(([which, sequence]) =>
    refused(
      `a comment with ${which}`,
      'log.md, section 1: texts are valid UTF-8.',
      concat('# ', sequence, `\n${NONE}`),
    ),
  ),
];
