/** The quorum and its time, docs/spec/log.md section 8. */
import type { Case } from '../../case.ts';
import { UNKNOWN, W1, witnessKey } from '../../keys.ts';
import { cosigned } from '../../notes.ts';
import { LOG_LINE, policyOf, witnessLine } from '../../policies.ts';
import { T } from '../../receipts.ts';
import { by, GOOD, met, NO_QUORUM, opened, TREE, UNMET, w1, w2, w3 } from './ask.ts';

const QUORUM =
  'log.md, section 8: distinct witnesses count, never signatures; the quorum time is the smallest t such that the cosignatures with time at most t satisfy the quorum.';

const EARLIEST = 'log.md, section 8: of several times of one witness the earliest counts.';

const nested = policyOf('group a all w1 w2\ngroup b any a w3\nquorum b\n');

const deep = policyOf('group a any w1 w2\ngroup b all a w3\nquorum b\n');

const DEEPEST = policyOf(
  `${Array.from({ length: 32 }, (_, i) => `group g${i} 1 ${i === 0 ? 'w1' : `g${i - 1}`}\n`).join('')}quorum g31\n`,
);

const NAMESAKE = witnessKey(W1.name, 10);

const NAMESAKES = `${LOG_LINE}${witnessLine('a', W1)}${witnessLine('b', NAMESAKE)}group g all a b\nquorum g\n`;

export const quorumCases: Case[] = [
  opened(
    'two of three by three',
    `${QUORUM} The second smallest of three.`,
    by(w1(T + 1), w2(T + 3), w3(T + 2)),
  ),
  opened('two of three by two', QUORUM, by(w3(T + 7), w1(T + 9)), {
    witnesses: ['w1', 'w3'],
    logged: T + 9,
  }),
  opened('two of three by one', `${QUORUM} An unmet quorum gives no time.`, by(w1(T)), {
    witnesses: ['w1'],
    ...UNMET,
  }),
  opened('two of three by nobody', QUORUM, by(), { witnesses: [], ...UNMET }),
  opened('two of three by one witness twice', QUORUM, by(w1(T), w1(T + 1)), {
    witnesses: ['w1'],
    ...UNMET,
  }),
  opened('two of three by one witness and the same line again', QUORUM, by(w1(T), w1(T)), {
    witnesses: ['w1'],
    ...UNMET,
  }),
  opened(
    'two of three by one witness and an unknown one',
    'log.md, section 3: signatures by unknown keys are ignored.',
    by(w1(T), cosigned(UNKNOWN, TREE, T)),
    { witnesses: ['w1'], ...UNMET },
  ),
  opened('several times of one witness', EARLIEST, by(w1(T + 9), w1(T + 5), w2(T + 1), w1(T + 7)), {
    witnesses: ['w1', 'w2'],
    logged: T + 5,
  }),
  opened(
    'witnesses in another order than the lines',
    'verifier.md, section 5: witnesses are in the order of the policy.',
    by(w3(T), w2(T), w1(T)),
    { logged: T },
  ),
  opened('three of three', QUORUM, GOOD, {
    policy: policyOf('group g all w1 w2 w3\nquorum g\n'),
    logged: T + 3,
  }),
  opened('any of three', QUORUM, GOOD, {
    policy: policyOf('group g any w1 w2 w3\nquorum g\n'),
    logged: T + 1,
  }),
  opened('a quorum of one witness', QUORUM, GOOD, {
    policy: policyOf('quorum w2\n'),
    logged: T + 3,
  }),
  opened('a quorum of a witness that did not cosign', QUORUM, by(w1(T), w3(T)), {
    policy: policyOf('quorum w2\n'),
    witnesses: ['w1', 'w3'],
    ...UNMET,
  }),
  opened('no quorum', `${QUORUM} For quorum none there is no such time.`, GOOD, {
    policy: NO_QUORUM,
    logged: null,
  }),
  opened(
    'no quorum and no cosignatures',
    `${QUORUM} For quorum none there is no such time.`,
    by(),
    { policy: NO_QUORUM, ...met },
  ),
  opened('a group in a group, met by the group', QUORUM, by(w1(T + 1), w2(T + 4)), {
    policy: nested,
    witnesses: ['w1', 'w2'],
    logged: T + 4,
  }),
  opened('a group in a group, met by the other', QUORUM, by(w1(T + 1), w3(T + 6)), {
    policy: nested,
    witnesses: ['w1', 'w3'],
    logged: T + 6,
  }),
  opened(
    'a group in a group, met by both, the group first',
    QUORUM,
    by(w1(T + 1), w2(T + 4), w3(T + 6)),
    { policy: nested, logged: T + 4 },
  ),
  opened(
    'a group in a group, met by both, the other first',
    QUORUM,
    by(w1(T + 1), w2(T + 4), w3(T + 2)),
    { policy: nested, logged: T + 2 },
  ),
  opened('a group in a group, unmet', QUORUM, by(w2(T)), {
    policy: nested,
    witnesses: ['w2'],
    ...UNMET,
  }),
  opened('a group that needs a group and a witness', QUORUM, by(w1(T + 8), w2(T + 5), w3(T + 3)), {
    policy: deep,
    logged: T + 5,
  }),
  opened(
    'a group that needs a group and a witness, without the witness',
    QUORUM,
    by(w1(T), w2(T)),
    { policy: deep, witnesses: ['w1', 'w2'], ...UNMET },
  ),
  opened(
    'the earliest and the latest time',
    'log.md, section 6: a time is 1 to 9007199254740 seconds, and a logged time an exact number of milliseconds.',
    by(w1(1), w2(9_007_199_254_740)),
    { witnesses: ['w1', 'w2'], logged: 9_007_199_254_740 },
  ),
  opened('times that sort as numbers', QUORUM, by(w1(10), w2(9), w3(100)), { logged: 10 }),
  opened(
    'a quorum 32 groups deep',
    'log.md, section 8: groups nest at most 32 deep, and a reader takes them.',
    by(w1(T), w2(T + 1)),
    { policy: DEEPEST, witnesses: ['w1', 'w2'], logged: T },
  ),
  opened(
    'two witnesses with keys of one name',
    'log.md, section 3: a key is known by its name and its ID.',
    by(w1(T + 1), cosigned(NAMESAKE, TREE, T)),
    { policy: NAMESAKES, witnesses: ['a', 'b'], logged: T + 1 },
  ),
  opened(
    'one of two witnesses with keys of one name',
    'log.md, section 3: a key is known by its name and its ID.',
    by(cosigned(NAMESAKE, TREE, T)),
    { policy: NAMESAKES, witnesses: ['b'], ...UNMET },
  ),
  opened('a witness that no group has', QUORUM, by(w1(T), w2(T + 1), w3(T - 5)), {
    policy: policyOf('group g all w1 w2\nquorum g\n'),
    logged: T + 1,
  }),
];
