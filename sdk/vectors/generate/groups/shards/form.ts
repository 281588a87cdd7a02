/** The text of a list, docs/spec/shards.md section 1. */
import { concat, encodeBase64, fill, MAX_INTEGER, NOT_UTF8, withSpareBits } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { keyText, LOG, LOG_PQ, LOG_TYPE, logKey, P256, W1 } from '../../keys.ts';
import {
  byOperator,
  EXPIRES,
  FIRST,
  ISSUED,
  LIST,
  type List,
  listText,
  opened,
  ROOT,
  refused,
  SECOND,
  type Shard,
  shardText,
  TEXT,
} from './ask.ts';

const LINES =
  'shards.md, section 1, rule 1: each line is a keyword, a space and a value, and ends in a newline; there are no others.';
const NUMBERS =
  'shards.md, section 1, rule 2: integers are decimal, at most 2^53-1, and a version is at least 1.';
const TIMES = 'shards.md, section 1, rule 2: a list expires after it was issued.';
const SHARDS =
  'shards.md, section 1, rule 3: a shard has the key of a log; shards stand in the order in which they began, and no two have one origin or one URL.';
const URLS =
  'shards.md, section 1, rule 3: a URL is http:// or https:// and then characters of U+0021 to U+007E without ?, #, @ and backslash, of which neither the first nor the last is a slash.';
const STATES = 'shards.md, section 1, rule 4: open, or frozen with a size and a root in base64.';
const LIMITS = 'shards.md, section 1, rule 5: there are 1 to 256 shards in at most 524,288 bytes.';

const malformed = (name: string, why: string, text: string) =>
  refused(name, why, { error: 'malformed' }, byOperator(text));

const changed = (name: string, why: string, from: string, to: string) => {
  if (!TEXT.includes(from)) throw new Error(`the list has no ${from}`);
  return malformed(name, why, TEXT.replace(from, to));
};

const one = (shard: Partial<Shard>): List => ({ ...LIST, shards: [{ ...SECOND, ...shard }] });
const read = (name: string, why: string, list: List, write = list.shards.at(-1)) =>
  opened(name, why, list, write === undefined ? {} : { write });

const url = (text: string) => read(`the URL ${text}`, URLS, one({ url: text }));
const noUrl = (text: string) =>
  malformed(`the URL ${JSON.stringify(text)}`, URLS, listText(one({ url: text })));

const many = (count: number, path = ''): List => ({
  ...LIST,
  shards: Array.from({ length: count }, (_, i) => ({
    key: logKey(`log.example/${i}`, 2).text,
    url: `https://log.example/${path}${i}`,
    began: i,
  })),
});

/** Of exactly so many bytes, by a longer path of the first of its shards. */
function sized(bytes: number): List {
  const list = many(200, 'x'.repeat(2400));
  const [first, ...rest] = list.shards;
  const missing = bytes - listText(list).length;
  return { ...list, shards: [{ ...first!, url: `${first!.url}${'y'.repeat(missing)}` }, ...rest] };
}

export const formCases: Case[] = [
  read('a list of two', LINES, LIST),
  read('a list of one', LIMITS, one({})),
  opened('a list of which all are frozen', STATES, { ...LIST, shards: [FIRST] }, {}),
  opened(
    'an open shard before a frozen one',
    'shards.md, section 2, rule 4: one writes to the last that is open.',
    { ...LIST, shards: [{ ...SECOND, began: 1 }, FIRST] },
    { write: SECOND },
  ),
  opened(
    'two that are open',
    'shards.md, section 2, rule 4: one writes to the last that is open.',
    {
      ...LIST,
      shards: [
        { ...SECOND, began: 1 },
        { ...FIRST, began: 1, final: undefined as never },
      ],
    },
    { write: FIRST },
  ),
  read('the largest numbers', NUMBERS, {
    version: MAX_INTEGER,
    issued: 0,
    expires: MAX_INTEGER,
    shards: [
      { ...FIRST, began: 0, final: [MAX_INTEGER, ROOT] },
      { ...SECOND, began: MAX_INTEGER },
    ],
  }),
  opened('a log that ended empty', STATES, one({ final: [0, fill(32, 0)] }), {}),
  read('a shard with an ECDSA key', SHARDS, one({ key: P256.text })),
  read('a shard with an ML-DSA-44 key', SHARDS, one({ key: LOG_PQ.text })),
  read('one key under two names', SHARDS, {
    ...LIST,
    shards: [
      { ...FIRST, key: logKey('a', 2).text },
      { ...SECOND, key: logKey('b', 2).text },
    ],
  }),
  ...[
    'http://log.example',
    'https://log.example:8443/a/b%20c',
    'http://127.0.0.1:8400',
    'http://[::1]:8400/log',
    'https://x//y',
    'https://!$&()*+,;=~|^`{}"<>',
  ].map(url),
  ...[
    '',
    'log.example',
    'ftp://log.example',
    'HTTPS://log.example',
    'https:/log.example',
    'https://',
    'https:///log.example',
    'https://log.example/',
    'https://log.example?x',
    'https://log.example#x',
    'https://user:password@log.example',
    'https://log.example/@',
    'https://log.example\\x',
    'https://log.example/a b',
    'https://log.example/\u007f',
    'https://log.example/\u00e9',
    ' https://log.example',
    'https://log.example ',
    'https://log.example\t',
  ].map(noUrl),
  malformed('an empty line', LINES, '\n'),
  changed('another header', LINES, '@v1', '@v2'),
  changed('a header in capitals', LINES, 'tecp-', 'TECP-'),
  malformed('an empty line at the end', LINES, `${TEXT}\n`),
  changed('an empty line between shards', LINES, 'open\n', 'open\n\n'),
  malformed('an unknown line', LINES, `${TEXT}note x\n`),
  malformed('an unknown line in front', LINES, TEXT.replace('version', 'serial 1\nversion')),
  malformed('a comment', LINES, `${TEXT}# x\n`),
  changed('two spaces', LINES, 'version 3', 'version  3'),
  changed('a space at the end', LINES, 'version 3', 'version 3 '),
  changed('a keyword in capitals', LINES, 'version 3', 'Version 3'),
  changed(
    'lines in another order',
    LINES,
    `issued ${ISSUED}\nexpires ${EXPIRES}`,
    `expires ${EXPIRES}\nissued ${ISSUED}`,
  ),
  changed('no version', LINES, 'version 3\n', ''),
  changed('two versions', LINES, 'version 3\n', 'version 3\nversion 3\n'),
  malformed('half a shard', LINES, TEXT.slice(0, TEXT.lastIndexOf('state'))),
  malformed('no shard', LIMITS, TEXT.slice(0, TEXT.indexOf('shard '))),
  ...['0', '00', '03', '+3', '-3', '3.0', '3e0', '', 'x', '9007199254740992', '\u0663'].map((n) =>
    changed(`the version ${JSON.stringify(n)}`, NUMBERS, 'version 3', `version ${n}`),
  ),
  changed(
    'a time of its beginning with a zero in front',
    NUMBERS,
    `began ${SECOND.began}`,
    `began 0${SECOND.began}`,
  ),
  changed('a size beyond 2^53-1', NUMBERS, 'frozen 71243', 'frozen 9007199254740992'),
  changed('an end at its beginning', TIMES, `expires ${EXPIRES}`, `expires ${ISSUED}`),
  changed('an end before its beginning', TIMES, `expires ${EXPIRES}`, `expires ${ISSUED - 1}`),
  malformed('shards that are not in order', SHARDS, listText({ ...LIST, shards: [SECOND, FIRST] })),
  malformed('one shard twice', SHARDS, TEXT + shardText(SECOND)),
  malformed(
    'one origin with two keys',
    SHARDS,
    listText({ ...LIST, shards: [FIRST, { ...SECOND, key: logKey(LOG.name, 10).text }] }),
  ),
  malformed(
    'one URL twice',
    SHARDS,
    listText({ ...LIST, shards: [FIRST, { ...SECOND, url: FIRST.url }] }),
  ),
  malformed('the key of a witness', SHARDS, listText(one({ key: W1.text }))),
  malformed(
    'a key whose ID is that of another',
    SHARDS,
    listText(one({ key: keyText('x', LOG_TYPE, LOG.publicKey, LOG.id) })),
  ),
  malformed(
    'a key with a space in its name',
    SHARDS,
    listText(one({ key: LOG.text.replace('/', ' ') })),
  ),
  ...[
    '',
    'closed',
    'Open',
    'open 1',
    'frozen',
    'frozen 1',
    'frozen 1 ',
    `frozen  1 ${encodeBase64(ROOT)}`,
  ].map((state) =>
    changed(`the state ${JSON.stringify(state)}`, STATES, 'state open', `state ${state}`),
  ),
  ...(
    [
      ['of 31 bytes', encodeBase64(fill(31, 5))],
      ['of 33 bytes', encodeBase64(fill(33, 5))],
      ['without padding', encodeBase64(ROOT).slice(0, -1)],
      ['with spare bits that are not zero', withSpareBits(encodeBase64(ROOT))],
      ['with something after it', `${encodeBase64(ROOT)} x`],
    ] as const
  ).map(([which, root]) => changed(`a root ${which}`, STATES, encodeBase64(ROOT), root)),
  read('256 shards', LIMITS, many(256)),
  malformed('257 shards', LIMITS, listText(many(257))),
  ...NOT_UTF8.slice(0, 3).map(([which, sequence]) =>
    refused(
      `a list with ${which}`,
      'log.md, section 1: texts are valid UTF-8.',
      { error: 'malformed' },
      concat(TEXT, sequence, '\n\n'),
    ),
  ),
];

/** Both sides of the limit of bytes. */
export const sizeCases: Case[] = [
  read('a list of 524,288 bytes', LIMITS, sized(524_288)),
  malformed('a list of 524,289 bytes', LIMITS, listText(sized(524_289))),
];
