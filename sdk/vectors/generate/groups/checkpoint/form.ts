/** The text of a checkpoint and its extension lines, docs/spec/log.md sections 1, 4 and 10. */
import { encodeBase64, fill, MAX_INTEGER } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { LOG } from '../../keys.ts';
import { checkpointText, note, signed } from '../../notes.ts';
import { treeRoot } from '../../trees.ts';
import { byLog, extended, opened, ROOT, refused, TEXT, TREE } from './ask.ts';

const sized = (name: string, why: string, size: number, root: Uint8Array): Case => {
  const tree = { ...TREE, size, root };
  return opened(name, why, byLog(checkpointText(tree)), { tree });
};

const FORM =
  'log.md, section 4: origin, size and base64 of the root, then extension lines, each with a newline.';

const NUMBER =
  'log.md, section 1: integers are decimal without sign and without leading zeros, at most 2^53-1.';

const BASE64 =
  'log.md, section 1: base64 has the standard alphabet, padding, and spare bits of zero.';

const malformed = (name: string, why: string, text: string) =>
  refused(name, why, 'malformed', byLog(text));

export const formCases: Case[] = [
  opened('a checkpoint', FORM, byLog(TEXT)),
  sized('size 0', FORM, 0, treeRoot(0)),
  sized(
    'size 0 with another root than that of the empty tree',
    'log.md, section 4: the root at size 0 is not compared where it is parsed.',
    0,
    fill(32, 9),
  ),
  sized('size 1', FORM, 1, treeRoot(1)),
  sized('size 2^53-1', NUMBER, MAX_INTEGER, fill(32, 255)),
  ...[
    '00',
    '05',
    '+5',
    '-5',
    '-0',
    '',
    ' 5',
    '5 ',
    '5.0',
    '5e0',
    '0x5',
    'five',
    '9007199254740992',
    '9007199254740993',
    '10000000000000000',
    '18446744073709551615',
    '99999999999999999999',
    '\u0665',
    '\uff15',
    '5\u00a0',
    '1_000',
    '1,000',
  ].map((size) =>
    malformed(`size ${JSON.stringify(size)}`, NUMBER, `${LOG.name}\n${size}\n${ROOT}\n`),
  ),
  ...(
    [
      ['of 31 bytes', encodeBase64(fill(31, 1))],
      ['of 33 bytes', encodeBase64(fill(33, 1))],
      ['of no bytes', ''],
      ['without padding', ROOT.slice(0, -1)],
      ['with padding too much', `${ROOT}=`],
      ['with spare bits that are not zero', `${encodeBase64(fill(32, 0)).slice(0, -2)}B=`],
      [
        'in the alphabet for URLs',
        encodeBase64(fill(32, 0xfb)).replaceAll('+', '-').replaceAll('/', '_'),
      ],
      ['with a space at the end', `${ROOT} `],
      ['in hex', '05'.repeat(32)],
    ] as const
  ).map(([which, root]) => malformed(`a root ${which}`, BASE64, `${LOG.name}\n5\n${root}\n`)),
  malformed('only an origin', FORM, `${LOG.name}\n`),
  malformed('only an origin and a size', FORM, `${LOG.name}\n5\n`),
  malformed(
    'an empty origin',
    'log.md, section 4: an origin has at least one character.',
    `\n5\n${ROOT}\n`,
  ),
  malformed('an empty line after the origin', FORM, `${LOG.name}\n\n5\n${ROOT}\n`),
  malformed(
    'an empty line as an extension',
    'log.md, section 4: an extension line has at least one character.',
    `${TEXT}\n`,
  ),
  malformed(
    'an empty line between extensions',
    'log.md, section 4: an extension line has at least one character.',
    `${TEXT}a\n\nb\n`,
  ),
  refused('no note', 'verifier.md, section 5: malformed is what is not a note.', 'malformed', TEXT),
  refused(
    'a note that is no checkpoint',
    'verifier.md, section 5: malformed is what is not a checkpoint.',
    'malformed',
    byLog('some text\n'),
  ),
];

const EXTENSIONS = 'log.md, sections 4 and 10: at most 64 extension lines, parsed and signed over.';

const many = (count: number) => Array.from({ length: count }, (_, i) => `e${i}`);

const odd = ['a b', ' ', '\u2014 x AAAAAAA=', '\u007f\u0085\u2028\ufeff', '\u{1f600}'];

export const extensionCases: Case[] = [
  opened('one extension', EXTENSIONS, byLog(extended('x')), { extensions: ['x'] }),
  opened('extensions of all kinds', EXTENSIONS, byLog(extended(...odd)), { extensions: odd }),
  opened('the same extension twice', EXTENSIONS, byLog(extended('x', 'x')), {
    extensions: ['x', 'x'],
  }),
  opened('64 extensions', EXTENSIONS, byLog(extended(...many(64))), { extensions: many(64) }),
  malformed('65 extensions', EXTENSIONS, extended(...many(65))),
  refused(
    'an extension that is not signed',
    EXTENSIONS,
    'bad-signature',
    note(extended('x'), signed(LOG, TEXT)),
  ),
];
