/** Which list may follow which, docs/spec/shards.md section 2. */
import { fill } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { logKey } from '../../keys.ts';
import {
  byOperator,
  EXPIRES,
  FIRST,
  LIST,
  type List,
  listText,
  NOW,
  opened,
  ROOT,
  refused,
  SECOND,
  type Shard,
} from './ask.ts';

const FOLLOWS =
  'shards.md, section 2, rule 3: a list that does not follow the one that was seen before is refused.';

const THIRD: Shard = {
  key: logKey('log.example/2027', 11).text,
  url: 'https://log.example/2027',
  began: 1_753_500_000,
};
const before = listText(LIST);
const next: List = { ...LIST, version: 4 };

const follows = (name: string, list: List, write: Shard, seen = before) =>
  opened(name, FOLLOWS, list, { write, before: seen });

const stale = (name: string, list: List, seen = before) =>
  refused(name, FOLLOWS, { error: 'stale' }, byOperator(listText(list)), { before: seen });

const frozen: Shard = { ...SECOND, final: [9, ROOT] };

export const followingCases: Case[] = [
  follows('the same list again', LIST, SECOND),
  follows('a later version', next, SECOND),
  follows('a version that skips some', { ...LIST, version: 9 }, SECOND),
  follows('a list with a shard more', { ...next, shards: [FIRST, SECOND, THIRD] }, THIRD),
  follows('a rotation', { ...next, shards: [FIRST, frozen, THIRD] }, THIRD),
  follows(
    'another URL of a shard',
    { ...next, shards: [{ ...FIRST, url: 'https://archive.example' }, SECOND] },
    SECOND,
  ),
  follows('an end that came forward', { ...next, expires: EXPIRES - 1 }, SECOND),
  follows('the one before has expired', next, SECOND, listText({ ...LIST, issued: 1, expires: 2 })),
  stale('an older version', { ...LIST, version: 2 }),
  stale('another list of the same version', { ...LIST, expires: EXPIRES + 1 }),
  stale('a shard less', { ...next, shards: [SECOND] }),
  stale('another key of a shard', {
    ...next,
    shards: [{ ...FIRST, key: logKey('log.example/2025', 11).text }, SECOND],
  }),
  stale('another beginning of a shard', { ...next, shards: [{ ...FIRST, began: 1 }, SECOND] }),
  stale('a shard that thawed', {
    ...next,
    shards: [{ key: FIRST.key, url: FIRST.url, began: FIRST.began }, SECOND],
  }),
  stale('another size at the end of a shard', {
    ...next,
    shards: [{ ...FIRST, final: [71_244, ROOT] }, SECOND],
  }),
  stale('another root at the end of a shard', {
    ...next,
    shards: [{ ...FIRST, final: [71_243, fill(32, 6)] }, SECOND],
  }),
  refused(
    'an older version that has expired',
    'shards.md, section 2, rules 2 and 3.',
    { error: 'stale' },
    byOperator(listText({ ...LIST, version: 2 })),
    { before, now: 2 * NOW },
  ),
];
