/** URLs and keys, docs/spec/log.md sections 3 and 8. */
import { BAD_LOG_KEYS, BAD_WITNESS_KEYS } from '../../bad-keys.ts';
import { flipBit } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { OFF_CURVE } from '../../ed25519.ts';
import {
  ECDSA_TYPE,
  ecdsaKey,
  ISSUER,
  keyText,
  LOG,
  LOG_TYPE,
  logKey,
  ML_DSA_TYPE,
  P256,
  W1,
  W1_PQ,
  W2,
  WITNESS_TYPE,
  witnessKey,
} from '../../keys.ts';
import { LOG_LINE, NONE, W1_LINE, witnessLine } from '../../policies.ts';
import { log, read, refused, witness } from './ask.ts';

const URL_RULE =
  'log.md, section 8: a URL begins with http:// or https://, in lowercase, and then any character but /, ? and #; slashes at its end are not part of it.';

export const urlCases: Case[] = [
  ...(
    [
      ['https://x', 'https://x'],
      ['http://x', 'http://x'],
      ['https://x/', 'https://x'],
      ['https://x///', 'https://x'],
      ['https://x/a/b/', 'https://x/a/b'],
      ['https://x/?a=b#c', 'https://x/?a=b#c'],
      ['https://x?/', 'https://x?'],
      ['https://X.EXAMPLE:8443/A', 'https://X.EXAMPLE:8443/A'],
      ['https://user:pass@x', 'https://user:pass@x'],
      ['https://[::1', 'https://[::1'],
      ['https://x:99999', 'https://x:99999'],
      ['https://%', 'https://%'],
      ['https://\\', 'https://\\'],
      ['https://\u00e9/\u{1f600}', 'https://\u00e9/\u{1f600}'],
      ['https://\u00a0', 'https://\u00a0'],
      ['https://.', 'https://.'],
      ['http://https://', 'http://https:'],
    ] as const
  ).flatMap(([url, prefix]) => [
    read(`a log at ${url}`, URL_RULE, `log ${LOG.text} ${url}\n${NONE}`, {
      logs: [[LOG.text, prefix]],
    }),
  ]),
  ...[
    'https://',
    'https:///',
    'https:///x',
    'https://?x',
    'https://#x',
    'http://',
    'HTTPS://x',
    'Http://x',
    'ftp://x',
    'x',
    '//x',
    'https:/x',
    'https:x',
    'httpss://x',
    'ws://x',
    'mailto:x',
  ].map((url) => refused(`a log at ${url}`, URL_RULE, `log ${LOG.text} ${url}\n${NONE}`)),
  read('a witness at a URL', URL_RULE, `witness w1 ${W1.text} https://x/w/\n${NONE}`, {
    witnesses: [['w1', W1.text, 'https://x/w']],
  }),
  refused('a witness at what is no URL', URL_RULE, `witness w1 ${W1.text} x\n${NONE}`),
  read(
    'two witnesses at one URL',
    URL_RULE,
    `witness w1 ${W1.text} https://x\nwitness w2 ${W2.text} https://x/\n${NONE}`,
    {
      witnesses: [
        ['w1', W1.text, 'https://x'],
        ['w2', W2.text, 'https://x'],
      ],
    },
  ),
];

const TYPES =
  'log.md, section 8: log lines take keys of type 0x01, 0x02 or 0x06, witness lines of type 0x04 or 0x06.';

const SAME =
  'log.md, section 8: two verifier keys of one underlying key are refused, also under different names or types.';

const KEYS = 'log.md, section 3: what a verifier key is.';

export const keyCases: Case[] = [
  read('a log with an ECDSA key', TYPES, log(P256.text), { logs: [[P256.text]] }),
  read('a log with a key of P-384', TYPES, log(ecdsaKey('x', 'P-384', 5).text), {
    logs: [[ecdsaKey('x', 'P-384', 5).text]],
  }),
  read('a log with a key of P-521', TYPES, log(ecdsaKey('x', 'P-521', 5).text), {
    logs: [[ecdsaKey('x', 'P-521', 5).text]],
  }),
  read('a log with an ML-DSA-44 key', TYPES, log(W1_PQ.text), { logs: [[W1_PQ.text]] }),
  read(
    'a witness with keys of both kinds',
    'log.md, section 8: such an operator is two witness lines and a group.',
    `${witnessLine('w1-ed', W1)}${witnessLine('w1-pq', W1_PQ)}group w1 all w1-ed w1-pq\nquorum w1\n`,
    {
      witnesses: [
        ['w1-ed', W1.text],
        ['w1-pq', W1_PQ.text],
      ],
      groups: [['w1', 2, 'w1-ed', 'w1-pq']],
      quorum: 'w1',
    },
  ),
  read(
    'two logs of one origin',
    'log.md, section 8: any one listed log suffices.',
    `${LOG_LINE}log ${logKey(LOG.name, 10).text}\n${NONE}`,
    { logs: [[LOG.text], [logKey(LOG.name, 10).text]] },
  ),
  read(
    'a log and a witness of one name',
    'log.md, section 3: the key IDs tell them apart.',
    `${LOG_LINE}witness w ${witnessKey(LOG.name, 3).text}\n${NONE}`,
    { logs: [[LOG.text]], witnesses: [['w', witnessKey(LOG.name, 3).text]] },
  ),
  read(
    'a key that is no point of the curve',
    'log.md, section 3: a key passes the byte checks, and whether it is on the curve is left to its signatures.',
    log(keyText('x', LOG_TYPE, OFF_CURVE)),
    { logs: [[keyText('x', LOG_TYPE, OFF_CURVE)]] },
  ),
  read(
    'a witness\u2019s key that is no point of the curve',
    'log.md, section 3: a key passes the byte checks, and whether it is on the curve is left to its signatures.',
    witness(keyText('x', WITNESS_TYPE, OFF_CURVE)),
    { witnesses: [['w1', keyText('x', WITNESS_TYPE, OFF_CURVE)]] },
  ),
  read(
    'an ECDSA key that is no point of the curve',
    'log.md, section 3: the DER is looked at, and whether the point is on the curve is left to its signatures.',
    log(keyText('x', ECDSA_TYPE, flipBit(P256.publicKey, 91 * 8 - 1))),
    { logs: [[keyText('x', ECDSA_TYPE, flipBit(P256.publicKey, 91 * 8 - 1))]] },
  ),
  read('a key with the name in 255 bytes', KEYS, log(logKey('\u20ac'.repeat(85), 10).text), {
    logs: [[logKey('\u20ac'.repeat(85), 10).text]],
  }),
  read('a key with a byte order mark in its name', KEYS, log(logKey('a\ufeffb', 10).text), {
    logs: [[logKey('a\ufeffb', 10).text]],
  }),
  ...(
    [
      ['a log with a key of a witness', TYPES, log(W1.text)],
      ['a witness with a key of a log', TYPES, witness(LOG.text)],
      ['a witness with an ECDSA key', TYPES, witness(P256.text)],
      ['a witness with a key of type 0x07', TYPES, witness(keyText('x', 7, ISSUER.publicKey))],
      ['the same log twice', SAME, `${LOG_LINE}${LOG_LINE}${NONE}`],
      ['the same log twice, with a URL', SAME, `${LOG_LINE}log ${LOG.text} https://x\n${NONE}`],
      ['the same key under two names', SAME, `${LOG_LINE}log ${logKey('x', 2).text}\n${NONE}`],
      [
        'the same key as that of a log and of a witness',
        SAME,
        `${LOG_LINE}witness w ${witnessKey('x', 2).text}\n${NONE}`,
      ],
      [
        'the same key as that of a witness and of a log',
        SAME,
        `witness w ${witnessKey('x', 2).text}\n${LOG_LINE}${NONE}`,
      ],
      [
        'the same key as that of two witnesses',
        SAME,
        `${W1_LINE}witness w2 ${witnessKey('x', 3).text}\n${NONE}`,
      ],
      [
        'the same ECDSA key under two names',
        SAME,
        `log ${P256.text}\nlog ${keyText('x', ECDSA_TYPE, P256.publicKey)}\n${NONE}`,
      ],
      [
        'the same ML-DSA-44 key as that of a log and of a witness',
        SAME,
        `log ${W1_PQ.text}\nwitness w ${keyText('x', ML_DSA_TYPE, W1_PQ.publicKey)}\n${NONE}`,
      ],
    ] as const
  ).map(([name, why, text]) => refused(name, why, text)),
  ...BAD_LOG_KEYS.map(([which, why, text]) => refused(`a log with ${which}`, why, log(text))),
  ...BAD_WITNESS_KEYS.map(([which, why, text]) =>
    refused(`a witness with ${which}`, why, witness(text)),
  ),
];
