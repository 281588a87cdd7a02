/** Cosignatures by Ed25519 and their times, docs/spec/log.md section 6. */
import {
  bytes,
  concat,
  fill,
  flipBit,
  MAX_INTEGER,
  uint64,
  utf8,
  withSpareBits,
} from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { encodeMultiple, plusGroupOrder, signMixed, signWith } from '../../ed25519.ts';
import { LOG, mixedKey, seed, UNKNOWN, W1, W2, WITNESS_TYPE, witnessKey } from '../../keys.ts';
import { cosignature, cosigned, line, note, signed } from '../../notes.ts';
import {
  byLog,
  cosignedBy,
  extended,
  FORGED,
  LATEST,
  opened,
  refused,
  SECONDS,
  TEXT,
  TIME,
  TREE,
} from './ask.ts';

const COSIGNATURE = 'log.md, section 6: a cosignature is 64 bits of time and the signature.';

const ONCE = 'verifier.md, section 5: the same line twice counts once.';

const SORTED =
  'verifier.md, section 5: cosignatures are in the order of witness_keys, and for one key in the order of their times.';

const badTime = (name: string, seconds: number | bigint) =>
  refused(`a cosignature at ${name}`, TIME, 'bad-signature', cosignedBy(seconds), {
    witnesses: [W1],
  });

const onW1 = (sig: Uint8Array) => byLog(TEXT, line(W1.name, W1.id, sig));

const COSIG = cosignature(W1, TREE, SECONDS);

const STRICT =
  'log.md, section 1, rule 6: Ed25519 signatures get the strict verdict of receipt.md, section 6.2, in cosignatures, too.';

const MIXED = mixedKey('mixed.example', WITNESS_TYPE);

/** What an Ed25519 key cosigns. */
const messageAt = (seconds: number) => utf8(`cosignature/v1\ntime ${seconds}\n${TEXT}`);

/** A second signature of the same message by the same key, by another secret nonce. */
function anotherSignature(message: Uint8Array): Uint8Array {
  return signWith(12345n, encodeMultiple(12345n), seed(3), W1.publicKey, message);
}

export const cosignatureCases: Case[] = [
  opened('a cosignature', COSIGNATURE, cosignedBy(SECONDS), {
    witnesses: [W1],
    cosignatures: [[W1, SECONDS]],
  }),
  opened(
    'a cosignature by nobody who is asked for',
    'log.md, section 3: signatures by unknown keys are ignored.',
    cosignedBy(SECONDS),
    { witnesses: [W2] },
  ),
  opened(
    'cosignatures, and nobody is asked for',
    'verifier.md, section 2: witness_keys is optional.',
    cosignedBy(SECONDS),
  ),
  opened(
    'no cosignatures, and an empty list',
    'verifier.md, section 2: witness_keys is optional.',
    byLog(TEXT),
    { witnesses: [] },
  ),
  opened(
    'a forged cosignature by nobody who is asked for',
    'log.md, section 3: signatures by unknown keys are ignored.',
    byLog(TEXT, line(UNKNOWN.name, UNKNOWN.id, fill(72, 1))),
    { witnesses: [W1] },
  ),
  opened(
    'two witnesses in the other order',
    SORTED,
    byLog(TEXT, cosigned(W1, TREE, SECONDS), cosigned(W2, TREE, SECONDS - 1)),
    {
      witnesses: [W2, W1],
      cosignatures: [
        [W2, SECONDS - 1],
        [W1, SECONDS],
      ],
    },
  ),
  opened('keys that are given twice', SORTED, cosignedBy(SECONDS), {
    keys: [LOG, LOG],
    verified: [LOG, LOG],
    witnesses: [W1, W1],
    cosignatures: [
      [W1, SECONDS],
      [W1, SECONDS],
    ],
  }),
  opened(
    'cosignatures before the line of the log',
    SORTED,
    note(TEXT, cosigned(W1, TREE, SECONDS), signed(LOG, TEXT)),
    { witnesses: [W1], cosignatures: [[W1, SECONDS]] },
  ),
  opened(
    'several cosignatures of one witness',
    SORTED,
    byLog(
      TEXT,
      cosigned(W1, TREE, SECONDS + 9),
      cosigned(W2, TREE, SECONDS),
      cosigned(W1, TREE, SECONDS),
      cosigned(W1, TREE, SECONDS + 5),
    ),
    {
      witnesses: [W1, W2],
      cosignatures: [
        [W1, SECONDS],
        [W1, SECONDS + 5],
        [W1, SECONDS + 9],
        [W2, SECONDS],
      ],
    },
  ),
  opened(
    'times that sort as numbers',
    SORTED,
    byLog(
      TEXT,
      cosigned(W1, TREE, 10),
      cosigned(W1, TREE, 9),
      cosigned(W1, TREE, 2 ** 33),
      cosigned(W1, TREE, 2 ** 31),
    ),
    {
      witnesses: [W1],
      cosignatures: [
        [W1, 9],
        [W1, 10],
        [W1, 2 ** 31],
        [W1, 2 ** 33],
      ],
    },
  ),
  opened(
    'the same line twice',
    ONCE,
    byLog(TEXT, cosigned(W1, TREE, SECONDS), cosigned(W1, TREE, SECONDS)),
    { witnesses: [W1], cosignatures: [[W1, SECONDS]] },
  ),
  opened(
    'two lines of one time',
    `${ONCE} These are two lines.`,
    byLog(
      TEXT,
      cosigned(W1, TREE, SECONDS),
      line(W1.name, W1.id, concat(uint64(SECONDS), anotherSignature(messageAt(SECONDS)))),
    ),
    {
      witnesses: [W1],
      cosignatures: [
        [W1, SECONDS],
        [W1, SECONDS],
      ],
    },
  ),
  opened('time 1', TIME, cosignedBy(1), { witnesses: [W1], cosignatures: [[W1, 1]] }),
  opened('the latest time', TIME, cosignedBy(LATEST), {
    witnesses: [W1],
    cosignatures: [[W1, LATEST]],
  }),
  badTime('time 0', 0),
  badTime('a second after the latest time', LATEST + 1),
  badTime('2^53-1', MAX_INTEGER),
  badTime('2^53', 2n ** 53n),
  badTime('2^63', 2n ** 63n),
  badTime('2^64-1', 2n ** 64n - 1n),
  refused(
    'a cosignature with another time than was signed',
    FORGED,
    'bad-signature',
    onW1(concat(uint64(SECONDS + 1), COSIG.subarray(8))),
    { witnesses: [W1] },
  ),
  refused(
    'a cosignature with a bit turned over',
    FORGED,
    'bad-signature',
    onW1(flipBit(COSIG, 100)),
    { witnesses: [W1] },
  ),
  refused(
    'a cosignature of another checkpoint',
    FORGED,
    'bad-signature',
    onW1(cosignature(W1, { ...TREE, size: 6 }, SECONDS)),
    { witnesses: [W1] },
  ),
  refused(
    'a cosignature of the text alone',
    FORGED,
    'bad-signature',
    onW1(concat(uint64(SECONDS), W1.sign(utf8(TEXT)))),
    { witnesses: [W1] },
  ),
  refused('a cosignature without a time', FORGED, 'bad-signature', onW1(W1.sign(utf8(TEXT))), {
    witnesses: [W1],
  }),
  refused('a cosignature of 71 bytes', FORGED, 'bad-signature', onW1(COSIG.slice(0, 71)), {
    witnesses: [W1],
  }),
  refused('a cosignature of 73 bytes', FORGED, 'bad-signature', onW1(concat(COSIG, bytes(0))), {
    witnesses: [W1],
  }),
  refused('a cosignature of one byte', FORGED, 'bad-signature', onW1(bytes(0)), {
    witnesses: [W1],
  }),
  refused(
    'a good cosignature and a forged one',
    FORGED,
    'bad-signature',
    byLog(TEXT, cosigned(W1, TREE, SECONDS), line(W1.name, W1.id, fill(72, 1))),
    { witnesses: [W1] },
  ),
  refused(
    'a cosignature whose spare bits are not zero',
    'log.md, section 3: spare bits that are not zero make a line by a known key bad.',
    'bad-signature',
    byLog(TEXT, withSpareBits(cosigned(W1, TREE, SECONDS))),
    { witnesses: [W1] },
  ),
  refused(
    'a cosignature with S + L, by which the equation holds',
    STRICT,
    'bad-signature',
    onW1(concat(COSIG.subarray(0, 8), plusGroupOrder(COSIG.subarray(8)))),
    { witnesses: [W1] },
  ),
  opened(
    'a cosignature by a key of mixed order that holds by the equation',
    STRICT,
    byLog(TEXT, cosigned(MIXED, TREE, SECONDS)),
    { witnesses: [MIXED], cosignatures: [[MIXED, SECONDS]] },
  ),
  refused(
    'a cosignature by a key of mixed order that holds only with the cofactor',
    STRICT,
    'bad-signature',
    byLog(
      TEXT,
      line(MIXED.name, MIXED.id, concat(uint64(SECONDS), signMixed(messageAt(SECONDS), false))),
    ),
    { witnesses: [MIXED] },
  ),
  opened(
    'a cosignature with extensions',
    'log.md, section 6: an Ed25519 cosignature is over the text as it is.',
    byLog(extended('x'), cosigned(W1, TREE, SECONDS, extended('x'))),
    { extensions: ['x'], witnesses: [W1], cosignatures: [[W1, SECONDS]] },
  ),
  refused(
    'a cosignature without the extensions',
    'log.md, section 6: an Ed25519 cosignature is over the text as it is.',
    'bad-signature',
    byLog(extended('x'), cosigned(W1, TREE, SECONDS)),
    { witnesses: [W1] },
  ),
  opened(
    'a witness with the name of the log',
    'log.md, section 3: the key IDs tell them apart.',
    byLog(TEXT, cosigned(witnessKey(LOG.name, 3), TREE, SECONDS)),
    { witnesses: [witnessKey(LOG.name, 3)], cosignatures: [[witnessKey(LOG.name, 3), SECONDS]] },
  ),
];
