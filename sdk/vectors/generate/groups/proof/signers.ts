/** Whom a proof is signed by, docs/spec/log.md sections 3 and 8, with keys of all kinds. */
import { fill } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import {
  ecdsaKey,
  LOG,
  LOG_PQ,
  logKey,
  type NoteKey,
  OTHER_LOG,
  UNKNOWN,
  W1,
  W1_PQ,
  W3,
} from '../../keys.ts';
import {
  checkpoint,
  checkpointText,
  cosignature,
  cosigned,
  line,
  note,
  signed,
} from '../../notes.ts';
import { LOG_LINE, logLine, NONE, policyOf, witnessLine } from '../../policies.ts';
import { T } from '../../receipts.ts';
import {
  all,
  by,
  COSIGNED,
  GOOD,
  met,
  NO_QUORUM,
  opened,
  proofOf,
  refused,
  second,
  TEXT,
  TREE,
  UNMET,
  w1,
} from './ask.ts';

const UNTRUSTED =
  'verifier.md, section 5: untrusted is a proof without a signature line by a log key of the policy whose name is the origin.';

const BAD =
  'log.md, section 3: a line with the name and key ID of a known key that does not verify makes the whole note bad; known are all keys of the policy.';

const otherOrigin = { ...TREE, origin: OTHER_LOG.name };

const foreignName = logKey('key.example', 10);

const forged = (key: NoteKey, length = 64) => line(key.name, key.id, fill(length, 1));

const bothLogs = policyOf(NONE, LOG_LINE + logLine(OTHER_LOG));

const twoKeys = policyOf(NONE, LOG_LINE + logLine(second));

const bare = checkpoint(TREE);

export const signerCases: Case[] = [
  refused('a log that is not listed', UNTRUSTED, 'untrusted', GOOD, {
    policy: policyOf(NONE, logLine(OTHER_LOG)),
  }),
  refused('no log listed', UNTRUSTED, 'untrusted', GOOD, { policy: policyOf(NONE, '') }),
  refused(
    'no line by the log',
    UNTRUSTED,
    'untrusted',
    proofOf({ checkpoint: note(TEXT, ...all(T, T, T)) }),
  ),
  refused(
    'another origin, signed by the key',
    UNTRUSTED,
    'untrusted',
    proofOf({
      checkpoint: note(checkpointText(otherOrigin), signed(LOG, checkpointText(otherOrigin))),
    }),
    { policy: NO_QUORUM },
  ),
  refused(
    'a listed key whose name is not the origin',
    UNTRUSTED,
    'untrusted',
    proofOf({ checkpoint: note(TEXT, signed(foreignName, TEXT)) }),
    { policy: policyOf(NONE, logLine(foreignName)) },
  ),
  refused(
    'no line by the log, and a forged one by a witness',
    `${UNTRUSTED} It comes before bad-signature.`,
    'untrusted',
    proofOf({ checkpoint: note(TEXT, forged(W1, 72)) }),
  ),
  refused(
    'no line by the log, and a bad proof',
    `${UNTRUSTED} It comes before bad-proof.`,
    'untrusted',
    proofOf({ index: 9, checkpoint: note(TEXT, forged(UNKNOWN)) }),
  ),
  refused(
    'a forged line by the log',
    BAD,
    'bad-signature',
    proofOf({ checkpoint: note(TEXT, forged(LOG)) }),
  ),
  refused(
    'a forged line by the log beside a good one',
    BAD,
    'bad-signature',
    proofOf({ checkpoint: COSIGNED + forged(LOG) }),
  ),
  refused(
    'a forged line by a listed log of another origin',
    BAD,
    'bad-signature',
    proofOf({ checkpoint: bare + forged(OTHER_LOG) }),
    { policy: bothLogs },
  ),
  opened(
    'a good line by a listed log of another origin',
    BAD,
    proofOf({ checkpoint: bare + signed(OTHER_LOG, TEXT) }),
    { policy: bothLogs, ...met },
  ),
  opened(
    'a forged line by a log that is not listed',
    'log.md, section 3: signatures by unknown keys are ignored.',
    proofOf({ checkpoint: bare + forged(OTHER_LOG) }),
    { policy: NO_QUORUM, ...met },
  ),
  refused(
    'a forged line by a witness',
    BAD,
    'bad-signature',
    proofOf({ checkpoint: COSIGNED + forged(W1, 72) }),
  ),
  refused(
    'a forged line by a witness that the quorum does not need',
    BAD,
    'bad-signature',
    proofOf({ checkpoint: bare + forged(W3, 72) }),
    { policy: NO_QUORUM },
  ),
  refused(
    'a line by a witness at time 0',
    BAD,
    'bad-signature',
    proofOf({ checkpoint: bare + cosigned(W1, TREE, 0) }),
    { policy: NO_QUORUM },
  ),
  refused(
    'a line by a witness after the latest time',
    BAD,
    'bad-signature',
    proofOf({ checkpoint: bare + cosigned(W1, TREE, 9_007_199_254_741) }),
    { policy: NO_QUORUM },
  ),
  refused(
    'a line by a witness that is too short',
    BAD,
    'bad-signature',
    proofOf({ checkpoint: bare + line(W1.name, W1.id, cosignature(W1, TREE, T).slice(0, 71)) }),
    { policy: NO_QUORUM },
  ),
  refused(
    'a forged line and a bad proof',
    'verifier.md, section 5: bad-signature comes before bad-proof.',
    'bad-signature',
    proofOf({ index: 9, checkpoint: COSIGNED + forged(W1, 72) }),
  ),
  opened(
    'a log with two keys of which one has signed',
    'log.md, section 8: any one listed log suffices.',
    proofOf({ checkpoint: note(TEXT, signed(second, TEXT)) }),
    { policy: twoKeys, ...met },
  ),
  opened(
    'a log with two keys that have both signed',
    'log.md, section 8: any one listed log suffices.',
    proofOf({ checkpoint: note(TEXT, signed(second, TEXT), signed(LOG, TEXT)) }),
    { policy: twoKeys, ...met },
  ),
  refused(
    'a log with two keys of which one is forged',
    BAD,
    'bad-signature',
    proofOf({ checkpoint: note(TEXT, signed(second, TEXT), forged(LOG)) }),
    { policy: twoKeys },
  ),
  opened(
    'a checkpoint with an extension',
    'log.md, section 4: extension lines are parsed and signed over.',
    proofOf({
      checkpoint: note(checkpointText(TREE, 'x'), signed(LOG, checkpointText(TREE, 'x'))),
    }),
    { policy: NO_QUORUM, ...met },
  ),
];

const ecdsa = ecdsaKey(LOG.name, 'P-256', 5);

const bothKinds = `${LOG_LINE}${witnessLine('w1-ed', W1)}${witnessLine('w1-pq', W1_PQ)}group w1 all w1-ed w1-pq\nquorum w1\n`;

const KINDS =
  'log.md, section 8: a quorum over groups of both kinds of keys needs both signatures.';

export const kindCases: Case[] = [
  opened('cosignatures of both kinds', KINDS, by(w1(T + 1), cosigned(W1_PQ, TREE, T + 2)), {
    policy: bothKinds,
    witnesses: ['w1-ed', 'w1-pq'],
    logged: T + 2,
  }),
  opened('a cosignature of one kind where both are needed', KINDS, by(w1(T + 1)), {
    policy: bothKinds,
    witnesses: ['w1-ed'],
    ...UNMET,
  }),
  refused(
    'a forged cosignature by ML-DSA-44',
    BAD,
    'bad-signature',
    by(w1(T), cosigned(W1_PQ, { ...TREE, size: 6 }, T)),
    { policy: bothKinds },
  ),
  opened(
    'a log with an ML-DSA-44 key',
    'log.md, section 3: a key of type 0x06 may be a log\u2019s, with a time or without.',
    proofOf({ checkpoint: note(TEXT, cosigned(LOG_PQ, TREE, 0)) }),
    { policy: logLine(LOG_PQ) + NONE, ...met },
  ),
  opened(
    'a log with an ECDSA key',
    'log.md, section 3: a key of type 0x02 is one of a log of others.',
    proofOf({ checkpoint: note(TEXT, signed(ecdsa, TEXT)) }),
    { policy: logLine(ecdsa) + NONE, ...met },
  ),
  refused(
    'a witness\u2019s key of type 0x06 with the name of the log',
    'log.md, section 3: which role a key of type 0x06 has is where it is listed.',
    'untrusted',
    proofOf({ checkpoint: note(TEXT, cosigned(LOG_PQ, TREE, T)) }),
    { policy: `${witnessLine('w', LOG_PQ)}quorum w\n` },
  ),
];
