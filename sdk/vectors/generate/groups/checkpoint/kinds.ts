/** ECDSA and ML-DSA-44, of logs and of witnesses, docs/spec/log.md sections 3 and 6. */
import { concat, fill, MAX_INTEGER, uint64, utf8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { keyId, keyText, LOG_PQ, ML_DSA_TYPE, P256, W1, W1_PQ } from '../../keys.ts';
import {
  checkpointText,
  cosignature,
  cosigned,
  line,
  note,
  signed,
  treeMessage,
} from '../../notes.ts';
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

const PQ =
  'log.md, sections 3 and 6: ML-DSA-44 signs the tree with the name of the key, not the text.';

const PQ_TIME =
  'log.md, section 3: a log\u2019s own cosignature may have any time up to 2^53-1, or 0 for none.';

const byPq = (seconds: number | bigint, tree = TREE) =>
  note(checkpointText(tree), cosigned(LOG_PQ, tree, seconds));

const NO_KEY = fill(1312, 1);

export const kindCases: Case[] = [
  opened(
    'a log with an ECDSA key',
    'log.md, section 3: ECDSA over the SHA-256 of the text, in strict DER.',
    note(TEXT, signed(P256, TEXT)),
    { keys: [P256], verified: [P256] },
  ),
  refused('a forged ECDSA line', FORGED, 'bad-signature', note(TEXT, signed(P256, 'x\n')), {
    keys: [P256],
  }),
  opened('a log with an ML-DSA-44 key and no time', PQ_TIME, byPq(0), {
    keys: [LOG_PQ],
    verified: [LOG_PQ],
  }),
  opened('a log with an ML-DSA-44 key and the time 2^53-1', PQ_TIME, byPq(MAX_INTEGER), {
    keys: [LOG_PQ],
    verified: [LOG_PQ],
  }),
  refused(
    'a log with an ML-DSA-44 key and the time 2^53',
    PQ_TIME,
    'bad-signature',
    byPq(2n ** 53n),
    { keys: [LOG_PQ] },
  ),
  opened(
    'extensions that an ML-DSA-44 line does not cover',
    'log.md, section 4: ML-DSA-44 cosignatures do not cover extension lines.',
    note(extended('x'), cosigned(LOG_PQ, TREE, 0)),
    { extensions: ['x'], keys: [LOG_PQ], verified: [LOG_PQ] },
  ),
  refused(
    'an ML-DSA-44 line of another size',
    PQ,
    'bad-signature',
    note(TEXT, cosigned(LOG_PQ, { ...TREE, size: 6 }, 0)),
    { keys: [LOG_PQ] },
  ),
  refused(
    'an ML-DSA-44 line of another name',
    PQ,
    'bad-signature',
    note(
      TEXT,
      line(LOG_PQ.name, LOG_PQ.id, concat(uint64(0), LOG_PQ.sign(treeMessage(W1_PQ, TREE, 0)))),
    ),
    { keys: [LOG_PQ] },
  ),
  refused(
    'an ML-DSA-44 line with a byte less',
    PQ,
    'bad-signature',
    note(TEXT, line(LOG_PQ.name, LOG_PQ.id, cosignature(LOG_PQ, TREE, 0).slice(0, -1))),
    { keys: [LOG_PQ] },
  ),
  refused(
    'an ML-DSA-44 line of five bytes',
    PQ,
    'bad-signature',
    note(TEXT, line(LOG_PQ.name, LOG_PQ.id, fill(5, 0))),
    { keys: [LOG_PQ] },
  ),
  refused(
    'an ML-DSA-44 line by a key of any other bytes',
    'log.md, section 3: a key of 1,312 bytes is read, whatever they are, and nothing verifies by it.',
    'bad-signature',
    note(TEXT, line('x', keyId('x', ML_DSA_TYPE, NO_KEY), cosignature(LOG_PQ, TREE, 0))),
    { keys: [keyText('x', ML_DSA_TYPE, NO_KEY)] },
  ),
  opened('a witness with an ML-DSA-44 key', PQ, byLog(TEXT, cosigned(W1_PQ, TREE, SECONDS)), {
    witnesses: [W1_PQ],
    cosignatures: [[W1_PQ, SECONDS]],
  }),
  opened(
    'a witness with keys of both kinds',
    PQ,
    byLog(TEXT, cosigned(W1, TREE, SECONDS), cosigned(W1_PQ, TREE, SECONDS)),
    {
      witnesses: [W1_PQ, W1],
      cosignatures: [
        [W1_PQ, SECONDS],
        [W1, SECONDS],
      ],
    },
  ),
  opened(
    'an ML-DSA-44 cosignature with extensions',
    'log.md, section 4: ML-DSA-44 cosignatures do not cover extension lines.',
    byLog(extended('x'), cosigned(W1_PQ, TREE, SECONDS)),
    { extensions: ['x'], witnesses: [W1_PQ], cosignatures: [[W1_PQ, SECONDS]] },
  ),
  refused('an ML-DSA-44 cosignature at time 0', TIME, 'bad-signature', cosignedBy(0, W1_PQ), {
    witnesses: [W1_PQ],
  }),
  opened('an ML-DSA-44 cosignature at the latest time', TIME, cosignedBy(LATEST, W1_PQ), {
    witnesses: [W1_PQ],
    cosignatures: [[W1_PQ, LATEST]],
  }),
  refused(
    'an ML-DSA-44 cosignature after the latest time',
    TIME,
    'bad-signature',
    cosignedBy(LATEST + 1, W1_PQ),
    { witnesses: [W1_PQ] },
  ),
  refused(
    'an ML-DSA-44 cosignature by the way of Ed25519',
    PQ,
    'bad-signature',
    byLog(
      TEXT,
      line(
        W1_PQ.name,
        W1_PQ.id,
        concat(uint64(SECONDS), W1_PQ.sign(utf8(`cosignature/v1\ntime ${SECONDS}\n${TEXT}`))),
      ),
    ),
    { witnesses: [W1_PQ] },
  ),
  refused(
    'a key that is a log\u2019s and a witness\u2019s, and no time',
    'log.md, section 3: which role a key of type 0x06 has is where it is listed; it is listed as both.',
    'bad-signature',
    byPq(0),
    { keys: [LOG_PQ], witnesses: [LOG_PQ] },
  ),
  opened(
    'a key that is a log\u2019s and a witness\u2019s, and a time',
    'log.md, section 3: which role a key of type 0x06 has is where it is listed; it is listed as both.',
    byPq(SECONDS),
    { keys: [LOG_PQ], verified: [LOG_PQ], witnesses: [LOG_PQ], cosignatures: [[LOG_PQ, SECONDS]] },
  ),
];
