/** Sizes of notes, checkpoints and proofs, docs/spec/log.md section 10. */
import { encodeBase64, fill, utf8 } from '../../bytes.ts';
import { type Case, type JsonMembers, request } from '../../case.ts';
import { LOG, W1 } from '../../keys.ts';
import { checkpoint, checkpointText, cosigned, note, proofText, signed } from '../../notes.ts';
import { LOG_LINE, W1_LINE } from '../../policies.ts';
import { T, TS } from '../../receipts.ts';
import { MALFORMED, TREE } from './ask.ts';

const NOTE_SIZE = 'log.md, section 10: a note is at most 983,040 bytes of UTF-8.';

const NOTE_LIMIT = 983_040;

/** A text that makes the note with one signature of the log this long. */
function noteOf(size: number, unit: string): string {
  const overhead = utf8(note('\n', signed(LOG, '\n'))).length;
  const each = utf8(unit).length;
  const missing = size - overhead;
  const content = unit.repeat(Math.floor(missing / each)) + 'x'.repeat(missing % each);
  return `${content}\n`;
}

function openedNote(name: string, content: string): Case {
  return {
    name: `note: ${name}`,
    why: NOTE_SIZE,
    request: request('note', { note: utf8(note(content, signed(LOG, content))), keys: [LOG.text] }),
    answer: { text: encodeBase64(utf8(content)), verified: [LOG.text] },
  };
}

function badNote(name: string, content: string): Case {
  const { why, request: asked } = openedNote(name, content);
  return { name: `note: ${name}`, why, request: asked, answer: MALFORMED };
}

const LONG_LINE = `\u2014 x ${encodeBase64(fill(600_000, 1))}\n`;

export const noteCases: Case[] = [
  openedNote('983,040 bytes', noteOf(NOTE_LIMIT, 'x')),
  badNote('983,041 bytes', noteOf(NOTE_LIMIT + 1, 'x')),
  openedNote('983,040 bytes in characters of three', noteOf(NOTE_LIMIT, '\u20ac')),
  badNote('983,041 bytes in characters of three', noteOf(NOTE_LIMIT + 1, '\u20ac')),
  openedNote('983,040 bytes in characters of four', noteOf(NOTE_LIMIT, '\u{1f600}')),
  badNote('983,041 bytes in characters of four', noteOf(NOTE_LIMIT + 1, '\u{1f600}')),
  openedNote('400,000 empty lines', '\n'.repeat(400_000)),
  {
    name: 'note: a signature of 600,000 bytes by an unknown key',
    why: 'log.md, section 3: signatures by unknown keys are ignored, of any length.',
    request: request('note', {
      note: utf8(note('a\n', signed(LOG, 'a\n'), LONG_LINE)),
      keys: [LOG.text],
    }),
    answer: { text: encodeBase64(utf8('a\n')), verified: [LOG.text] },
  },
  {
    name: 'note: 200,000 lines of signatures',
    why: 'log.md, section 10: a note has at most 512 signature lines.',
    request: request('note', {
      note: utf8(note('a\n', signed(LOG, 'a\n'), '\u2014\n'.repeat(200_000))),
      keys: [LOG.text],
    }),
    answer: MALFORMED,
  },
];

const TEXT_SIZE = 'log.md, section 10: the text of a checkpoint is at most 16,384 bytes of UTF-8.';

const TEXT_LIMIT = 16_384;

function checkpointOf(name: string, size: number, unit: string): Case {
  const each = utf8(unit).length;
  const missing = size - utf8(checkpointText(TREE)).length - 1;
  const extension = unit.repeat(Math.floor(missing / each)) + 'x'.repeat(missing % each);
  const content = checkpointText(TREE, extension);
  const answer =
    size > TEXT_LIMIT
      ? MALFORMED
      : {
          origin: LOG.name,
          size: 1,
          root: encodeBase64(TREE.root),
          extensions: [extension],
          verified: [LOG.text],
          cosignatures: [],
        };
  const members = {
    note: utf8(note(content, signed(LOG, content))),
    origin: LOG.name,
    keys: [LOG.text],
  };
  return {
    name: `checkpoint: ${name}`,
    why: TEXT_SIZE,
    request: request('checkpoint', members),
    answer,
  };
}

export const checkpointCases: Case[] = [
  checkpointOf('a text of 16,384 bytes', TEXT_LIMIT, 'x'),
  checkpointOf('a text of 16,385 bytes', TEXT_LIMIT + 1, 'x'),
  checkpointOf('a text of 16,384 bytes in characters of three', TEXT_LIMIT, '\u20ac'),
  checkpointOf('a text of 16,385 bytes in characters of three', TEXT_LIMIT + 1, '\u20ac'),
];

const EXTRA = 'log.md, section 10: extra is at most 65,536 bytes.';

const POLICY = `${LOG_LINE}${W1_LINE}quorum w1\n`;

const COSIGNED = checkpoint(TREE, [cosigned(W1, TREE, T)]);

const proofAnswer = {
  origin: LOG.name,
  index: 0,
  tree_size: 1,
  witnesses: ['w1'],
  quorum_met: true,
  logged_at: TS,
};

const proof = (name: string, why: string, content: string, answer: JsonMembers): Case => ({
  name: `proof: ${name}`,
  why,
  request: request('proof', { proof: utf8(content), leaf: TREE.root, policy: utf8(POLICY) }),
  answer,
});

/** A proof with the longest extra, and a checkpoint that a line by an unknown key makes this long. */
function longProof(size: number): string {
  const name = (size - utf8(COSIGNED).length - utf8('\u2014  \n').length) % 4;
  const head = `${COSIGNED}\u2014 ${'x'.repeat(4 + name)} `;
  const long = `${head}${'A'.repeat(size - utf8(head).length - 1)}\n`;
  return proofText({ index: 0, hashes: [], checkpoint: long, extra: fill(65_536, 7) });
}

export const proofCases: Case[] = [
  proof(
    'extra of 65,536 bytes',
    EXTRA,
    proofText({ index: 0, hashes: [], checkpoint: COSIGNED, extra: fill(65_536, 7) }),
    proofAnswer,
  ),
  proof(
    'extra of 65,537 bytes',
    EXTRA,
    proofText({ index: 0, hashes: [], checkpoint: COSIGNED, extra: fill(65_537, 7) }),
    MALFORMED,
  ),
  proof(
    'extra of 65,536 bytes and a note of 983,040',
    'log.md, section 10: an offline proof is at most 1,081,344 bytes of UTF-8, more than its parts together.',
    longProof(NOTE_LIMIT),
    proofAnswer,
  ),
  proof('a note of 983,041 bytes', NOTE_SIZE, longProof(NOTE_LIMIT + 1), MALFORMED),
  proof(
    '1,100,000 hashes of nothing',
    'log.md, section 10: an offline proof has at most 63 hashes.',
    `c2sp.org/tlog-proof@v1\nindex 0${'\n'.repeat(1_000_000)}`,
    MALFORMED,
  ),
];
