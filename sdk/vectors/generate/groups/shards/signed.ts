/** By whom a list is signed, and for how long, docs/spec/shards.md sections 1 and 2. */
import type { Case } from '../../case.ts';
import { LOG, logKey, P256, W1 } from '../../keys.ts';
import { note, signed } from '../../notes.ts';
import {
  byOperator,
  EXPIRES,
  FIRST,
  LIST,
  listText,
  NOW,
  OPERATOR,
  opened,
  refused,
  SECOND,
  TEXT,
} from './ask.ts';

const KEYS =
  'shards.md, section 2, rule 1: the note is opened by the operator\u2019s key, of type 0x01.';
const OWN = 'shards.md, section 1: the key that signs a list has not the name of a shard.';
const END =
  'shards.md, section 2, rule 2: a list is refused from the second on at which it expires.';
const ORDER = 'verifier.md, section 6: errors are looked for in the order in which they are named.';

const bad = (error: string) => ({ error });

const twice = signed(OPERATOR, TEXT);

export const signedCases: Case[] = [
  opened('with a signature by somebody else', KEYS, LIST, {
    write: SECOND,
    input: byOperator(TEXT, signed(LOG, TEXT)),
  }),
  opened('with one signature twice', KEYS, LIST, { write: SECOND, input: byOperator(TEXT, twice) }),
  refused('by nobody who is known', KEYS, bad('untrusted'), note(TEXT, signed(LOG, TEXT))),
  refused(
    'by another key of the operator\u2019s name',
    KEYS,
    bad('untrusted'),
    note(TEXT, signed(logKey(OPERATOR.name, 11), TEXT)),
  ),
  refused(
    'changed after it was signed',
    KEYS,
    bad('bad-signature'),
    byOperator(TEXT).replace('version 3', 'version 4'),
  ),
  refused('no note', KEYS, bad('malformed'), TEXT),
  refused(
    'a checkpoint of the operator\u2019s key',
    OWN,
    bad('malformed'),
    byOperator('operator.example\n0\nx\n'),
  ),
  refused('a key of a witness', KEYS, bad('bad-key'), byOperator(TEXT), { key: W1 }),
  refused('an ECDSA key', KEYS, bad('bad-key'), note(TEXT, signed(P256, TEXT)), { key: P256 }),
  refused('what is no key', KEYS, bad('bad-key'), byOperator(TEXT), { key: 'operator.example' }),
  refused('the key of a shard', OWN, bad('bad-key'), note(TEXT, signed(LOG, TEXT)), { key: LOG }),
  refused(
    'another key with the name of a shard',
    OWN,
    bad('bad-key'),
    note(TEXT, signed(logKey(LOG.name, 12), TEXT)),
    { key: logKey(LOG.name, 12) },
  ),
  opened('in the last millisecond', END, LIST, { write: SECOND, now: 1000 * EXPIRES - 1 }),
  refused('when it expires', END, bad('stale'), byOperator(TEXT), { now: 1000 * EXPIRES }),
  refused('long after it has expired', END, bad('stale'), byOperator(TEXT), { now: 100 * NOW }),
  opened(
    'before it was issued',
    'shards.md, section 2, rule 2: only the end of a list is looked at, as clocks differ.',
    LIST,
    { write: SECOND, now: 0 },
  ),
  refused('a bad key for what is no note', ORDER, bad('bad-key'), 'x', { key: W1 }),
  refused(
    'a bad text that nobody has signed',
    ORDER,
    bad('untrusted'),
    note('some text\n', signed(LOG, 'some text\n')),
  ),
  refused(
    'a bad text that was changed',
    ORDER,
    bad('bad-signature'),
    byOperator(TEXT).replace('@v1', '@v2'),
  ),
  refused(
    'an own shard in a list that has expired',
    ORDER,
    bad('bad-key'),
    byOperator(listText({ ...LIST, shards: [{ ...FIRST, key: OPERATOR.text }] })),
    { now: 1000 * EXPIRES },
  ),
  refused(
    'a list in the place of the one before',
    ORDER,
    { error: 'bad-option', field: 'before' },
    'x',
    {
      before: byOperator(TEXT),
    },
  ),
];
