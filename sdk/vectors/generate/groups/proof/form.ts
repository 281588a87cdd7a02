/** The text of an offline proof, docs/spec/log.md section 9. */
import { bytes, concat, encodeBase64, fill } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { LOG, W1 } from '../../keys.ts';
import {
  checkpoint,
  cosigned,
  note,
  PROOF_HEADER,
  proofText,
  signed,
  type Tree,
} from '../../notes.ts';
import { NONE, policyOf } from '../../policies.ts';
import { T } from '../../receipts.ts';
import { leafAt } from '../../trees.ts';
import {
  ask,
  COSIGNED,
  FORM,
  GOOD,
  HASHES,
  LEAF,
  opened,
  proofOf,
  refused,
  TEXT,
  TREE,
} from './ask.ts';

const malformed = (name: string, why: string, proof: string | Uint8Array) =>
  refused(name, why, 'malformed', proof);

const headed = (...lines: string[]) => `${lines.join('\n')}\n\n${COSIGNED}`;

const hashLines = HASHES.map(encodeBase64);

const small: Tree = { ...TREE, size: 1, root: leafAt(0) };

export const formCases: Case[] = [
  opened('a proof', FORM, GOOD),
  opened(
    'a proof without hashes',
    FORM,
    proofText({ index: 0, hashes: [], checkpoint: checkpoint(small, [cosigned(W1, small, T)]) }),
    {
      leaf: leafAt(0),
      index: 0,
      size: 1,
      policy: policyOf('quorum w1\n'),
      witnesses: ['w1'],
      logged: T,
    },
  ),
  opened(
    'a proof with extra',
    `${FORM} extra is authenticated by nothing.`,
    proofOf({ extra: bytes(0) }),
  ),
  opened('a proof with extra of 3,000 bytes', FORM, proofOf({ extra: fill(3000, 255) })),
  malformed('nothing', FORM, ''),
  malformed('the checkpoint alone', FORM, COSIGNED),
  malformed(
    'without its checkpoint',
    FORM,
    headed(PROOF_HEADER, 'index 2', ...hashLines).slice(0, -COSIGNED.length),
  ),
  malformed('without the empty line', FORM, GOOD.replace('\n\n', '\n')),
  malformed('with two empty lines', FORM, GOOD.replace('\n\n', '\n\n\n')),
  malformed('without a header', FORM, headed('index 2', ...hashLines)),
  malformed(
    'with another version',
    FORM,
    headed('c2sp.org/tlog-proof@v2', 'index 2', ...hashLines),
  ),
  malformed(
    'with a header in capitals',
    FORM,
    headed('C2SP.org/tlog-proof@v1', 'index 2', ...hashLines),
  ),
  malformed(
    'with a space after the header',
    FORM,
    headed(`${PROOF_HEADER} `, 'index 2', ...hashLines),
  ),
  malformed('with a byte order mark', FORM, `\ufeff${GOOD}`),
  malformed('with an empty line at the beginning', FORM, `\n${GOOD}`),
  malformed('without an index', FORM, headed(PROOF_HEADER, ...hashLines)),
  malformed('with two indices', FORM, headed(PROOF_HEADER, 'index 2', 'index 2', ...hashLines)),
  malformed('with the index after the hashes', FORM, headed(PROOF_HEADER, ...hashLines, 'index 2')),
  malformed(
    'with extra after the index',
    FORM,
    headed(PROOF_HEADER, 'index 2', 'extra AA==', ...hashLines),
  ),
  malformed(
    'with two extras',
    FORM,
    headed(PROOF_HEADER, 'extra AA==', 'extra AA==', 'index 2', ...hashLines),
  ),
  malformed(
    'with an empty extra',
    'log.md, section 9: extra is not empty.',
    headed(PROOF_HEADER, 'extra ', 'index 2', ...hashLines),
  ),
  malformed(
    'with extra and no space',
    FORM,
    headed(PROOF_HEADER, 'extra', 'index 2', ...hashLines),
  ),
  malformed(
    'with extra that is not base64',
    FORM,
    headed(PROOF_HEADER, 'extra AA', 'index 2', ...hashLines),
  ),
  malformed(
    'with extra whose spare bits are not zero',
    FORM,
    headed(PROOF_HEADER, 'extra AB==', 'index 2', ...hashLines),
  ),
  malformed(
    'with extra and two spaces',
    FORM,
    headed(PROOF_HEADER, 'extra  AA==', 'index 2', ...hashLines),
  ),
  ...[
    '02',
    '+2',
    '-2',
    '',
    ' 2',
    '2 ',
    '2.0',
    '0x2',
    '9007199254740992',
    '18446744073709551616',
    '\u0662',
    '2\u0085',
    '2\u00a0',
    '2\u2028',
    '2\u0000',
    '2\v',
    '2\t',
  ].map((index) =>
    malformed(
      `with the index ${JSON.stringify(index)}`,
      'log.md, section 1: integers are decimal without sign and without leading zeros, at most 2^53-1.',
      headed(PROOF_HEADER, `index ${index}`, ...hashLines),
    ),
  ),
  malformed('with index: 2', FORM, headed(PROOF_HEADER, 'index: 2', ...hashLines)),
  ...(
    [
      ['of 31 bytes', encodeBase64(fill(31, 1))],
      ['of 33 bytes', encodeBase64(fill(33, 1))],
      ['without padding', hashLines[0]!.slice(0, -1)],
      ['with spare bits that are not zero', `${encodeBase64(fill(32, 0)).slice(0, -2)}B=`],
      ['with a space at the end', `${hashLines[0]} `],
      ['in hex', '05'.repeat(32)],
    ] as const
  ).map(([which, hash]) =>
    malformed(
      `with a hash ${which}`,
      FORM,
      headed(PROOF_HEADER, 'index 2', hash, ...hashLines.slice(1)),
    ),
  ),
  malformed(
    'with CRLF',
    'log.md, section 3: a carriage return is below U+0020.',
    GOOD.replaceAll('\n', '\r\n'),
  ),
  malformed(
    'with CRLF before the checkpoint',
    FORM,
    headed(PROOF_HEADER, 'index 2', ...hashLines)
      .slice(0, -COSIGNED.length)
      .replaceAll('\n', '\r\n') + COSIGNED,
  ),
  malformed(
    'with bytes that are no UTF-8',
    'log.md, section 1: texts are valid UTF-8.',
    concat(GOOD, bytes(0xff)),
  ),
  malformed('without the newline at its end', FORM, GOOD.slice(0, -1)),
  malformed('with an empty line at its end', FORM, `${GOOD}\n`),
  malformed(
    'with a note that is no checkpoint',
    'verifier.md, section 5: malformed is a proof whose checkpoint is none.',
    proofOf({ checkpoint: note('text\n', signed(LOG, 'text\n')) }),
  ),
  malformed(
    'with a checkpoint that is no note',
    'verifier.md, section 5: malformed is a proof whose checkpoint is none.',
    proofOf({ checkpoint: TEXT }),
  ),
  malformed(
    'with a bad line in the checkpoint',
    'verifier.md, section 5: malformed is a proof whose checkpoint is none.',
    `${GOOD}garbage\n`,
  ),
  malformed(
    'with 64 hashes',
    'log.md, section 10: an offline proof has at most 63 hashes.',
    proofOf({ hashes: Array.from({ length: 64 }, () => LEAF) }),
  ),
  refused(
    'with 63 hashes',
    'log.md, section 10: an offline proof has at most 63 hashes; these do not fit the tree.',
    'bad-proof',
    proofOf({ hashes: Array.from({ length: 63 }, () => LEAF) }),
  ),
  refused(
    'with the index 02 and a log that is not listed',
    'verifier.md, section 5: malformed comes before untrusted.',
    'malformed',
    proofOf({ index: '02' }),
    { policy: NONE },
  ),
  {
    name: 'with a policy that is none',
    why: 'verifier.md, section 5: bad-option comes first.',
    request: ask('', { policy: 'quorum x\n' }),
    answer: { error: 'bad-option', field: 'policy' },
  },
];
