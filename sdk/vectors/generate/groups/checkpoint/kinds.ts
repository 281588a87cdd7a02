/** ECDSA and ML-DSA-44, of logs and of witnesses, docs/spec/log.md sections 3 and 6. */
import { concat, fill, uint64, utf8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { LOG, mlDsaKey, W1 } from '../../keys.ts';
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
  MAX,
  opened,
  P256,
  refused,
  SECONDS,
  TEXT,
  TIME,
  TREE,
} from './ask.ts';

const PQ_WITNESS = mlDsaKey('w1.example', 6);

const PQ_LOG = mlDsaKey(LOG.name, 6);

const PQ =
  'log.md, sections 3 and 6: ML-DSA-44 signs the tree with the name of the key, not the text.';

const PQ_TIME =
  'log.md, section 3: a log\u2019s own cosignature may have any time up to 2^53-1, or 0 for none.';

const byPq = (seconds: number | bigint, tree = TREE) =>
  note(checkpointText(tree), cosigned(PQ_LOG, tree, seconds));

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
    keys: [PQ_LOG],
    verified: [PQ_LOG],
  }),
  opened('a log with an ML-DSA-44 key and the time 2^53-1', PQ_TIME, byPq(MAX), {
    keys: [PQ_LOG],
    verified: [PQ_LOG],
  }),
  refused(
    'a log with an ML-DSA-44 key and the time 2^53',
    PQ_TIME,
    'bad-signature',
    byPq(2n ** 53n),
    { keys: [PQ_LOG] },
  ),
  opened(
    'extensions that an ML-DSA-44 line does not cover',
    'log.md, section 4: ML-DSA-44 cosignatures do not cover extension lines.',
    note(extended('x'), cosigned(PQ_LOG, TREE, 0)),
    { extensions: ['x'], keys: [PQ_LOG], verified: [PQ_LOG] },
  ),
  refused(
    'an ML-DSA-44 line of another size',
    PQ,
    'bad-signature',
    note(TEXT, cosigned(PQ_LOG, { ...TREE, size: 6 }, 0)),
    { keys: [PQ_LOG] },
  ),
  refused(
    'an ML-DSA-44 line of another name',
    PQ,
    'bad-signature',
    note(
      TEXT,
      line(
        PQ_LOG.name,
        PQ_LOG.id,
        concat(uint64(0), PQ_LOG.sign(treeMessage(PQ_WITNESS, TREE, 0))),
      ),
    ),
    { keys: [PQ_LOG] },
  ),
  refused(
    'an ML-DSA-44 line with a byte less',
    PQ,
    'bad-signature',
    note(TEXT, line(PQ_LOG.name, PQ_LOG.id, cosignature(PQ_LOG, TREE, 0).slice(0, -1))),
    { keys: [PQ_LOG] },
  ),
  refused(
    'an ML-DSA-44 line of five bytes',
    PQ,
    'bad-signature',
    note(TEXT, line(PQ_LOG.name, PQ_LOG.id, fill(5, 0))),
    { keys: [PQ_LOG] },
  ),
  opened('a witness with an ML-DSA-44 key', PQ, byLog(TEXT, cosigned(PQ_WITNESS, TREE, SECONDS)), {
    witnesses: [PQ_WITNESS],
    cosignatures: [[PQ_WITNESS, SECONDS]],
  }),
  opened(
    'a witness with keys of both kinds',
    PQ,
    byLog(TEXT, cosigned(W1, TREE, SECONDS), cosigned(PQ_WITNESS, TREE, SECONDS)),
    {
      witnesses: [PQ_WITNESS, W1],
      cosignatures: [
        [PQ_WITNESS, SECONDS],
        [W1, SECONDS],
      ],
    },
  ),
  opened(
    'an ML-DSA-44 cosignature with extensions',
    'log.md, section 4: ML-DSA-44 cosignatures do not cover extension lines.',
    byLog(extended('x'), cosigned(PQ_WITNESS, TREE, SECONDS)),
    { extensions: ['x'], witnesses: [PQ_WITNESS], cosignatures: [[PQ_WITNESS, SECONDS]] },
  ),
  refused('an ML-DSA-44 cosignature at time 0', TIME, 'bad-signature', cosignedBy(0, PQ_WITNESS), {
    witnesses: [PQ_WITNESS],
  }),
  refused(
    'an ML-DSA-44 cosignature after the latest time',
    TIME,
    'bad-signature',
    cosignedBy(LATEST + 1, PQ_WITNESS),
    { witnesses: [PQ_WITNESS] },
  ),
  refused(
    'an ML-DSA-44 cosignature by the way of Ed25519',
    PQ,
    'bad-signature',
    byLog(
      TEXT,
      line(
        PQ_WITNESS.name,
        PQ_WITNESS.id,
        concat(uint64(SECONDS), PQ_WITNESS.sign(utf8(`cosignature/v1\ntime ${SECONDS}\n${TEXT}`))),
      ),
    ),
    { witnesses: [PQ_WITNESS] },
  ),
  refused(
    'a key that is a log\u2019s and a witness\u2019s, and no time',
    'log.md, section 3: which role a key of type 0x06 has is where it is listed; it is listed as both.',
    'bad-signature',
    byPq(0),
    { keys: [PQ_LOG], witnesses: [PQ_LOG] },
  ),
  opened(
    'a key that is a log\u2019s and a witness\u2019s, and a time',
    'log.md, section 3: which role a key of type 0x06 has is where it is listed; it is listed as both.',
    byPq(SECONDS),
    { keys: [PQ_LOG], verified: [PQ_LOG], witnesses: [PQ_LOG], cosignatures: [[PQ_LOG, SECONDS]] },
  ),
];
