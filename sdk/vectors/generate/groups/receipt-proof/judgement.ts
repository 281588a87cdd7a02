/** The log judgement, docs/spec/receipt.md section 7.4, step 2. */
import { fill, fromBase64, leafHash, nodeHash, utf8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import type { LooseMembers } from '../../json.ts';
import { LOG, OTHER_LOG, UNKNOWN, W1, W2, W3 } from '../../keys.ts';
import {
  checkpoint,
  checkpointText,
  cosigned,
  line,
  note,
  proofText,
  signed,
} from '../../notes.ts';
import { LOG_LINE, logLine, NONE } from '../../policies.ts';
import { judged, receipt, receiptLeaf, T } from '../../receipts.ts';
import {
  attach,
  FULL,
  facts,
  logged,
  NO_QUORUM,
  ONE,
  PLAIN,
  PROOF_FIELD,
  proofOf,
  TWO_OF_THREE,
  tree,
  treeOf,
} from './ask.ts';

/** Section 9 of receipt.md, byte for byte. */
function workedExample(): Case {
  const members = receipt({
    policy_ids: ['eu_region', 'no_retention'],
    key_erasure: { scheme: 'hw-hsm', evidence: 'slot 7, counter 41' },
    ext: { policy_enforced: { eu_region: { region: 'eu-west-1' }, no_retention: 'tmpfs' } },
  });
  const neighbour = fromBase64('XMEaBUuY4owrTcXRKI1RS43TGAk9OQQOjHvGA758TLo=');
  const tree = { origin: LOG.name, size: 2, root: nodeHash(neighbour, receiptLeaf(members)) };
  const lines = [cosigned(W1, tree, T + 1), cosigned(W2, tree, T + 3), cosigned(W3, tree, T + 2)];
  const proven = attach(
    members,
    proofText({ index: 1, hashes: [neighbour], checkpoint: checkpoint(tree, lines) }),
  );
  return judged(
    'the worked example',
    'receipt.md, section 9: judged a year later by tecp-strict.',
    proven,
    {
      profile: 'tecp-strict',
      now: 1_784_536_000_000,
      policy: TWO_OF_THREE,
      facts: { ...facts(['w1', 'w2', 'w3'], T + 2), index: 1, tree_size: 2 },
    },
  );
}

const ABSENT =
  'receipt.md, section 7.4, step 2.1: no log_inclusion is E-LOG-001 in tecp-strict, and nothing otherwise.';

const NO_POLICY =
  'receipt.md, section 7.4, step 2.2: without a trust policy it is E-LOG-004 in tecp-strict, otherwise W-LOG-001; the proof is then ignored.';

const profiles = ['tecp-lite', 'tecp-v0.1', 'tecp-strict'];

export const givenCases: Case[] = [
  workedExample(),
  ...profiles.flatMap((profile) => {
    const isStrict = profile === 'tecp-strict';
    return [
      judged(`${profile}: no proof`, ABSENT, FULL, {
        profile,
        policy: ONE,
        errors: isStrict ? ['E-LOG-001 log_inclusion'] : [],
      }),
      judged(`${profile}: no trust policy`, NO_POLICY, logged(FULL, T), {
        profile,
        ...(isStrict
          ? { errors: [`E-LOG-004 ${PROOF_FIELD}`] }
          : { warnings: [`W-LOG-001 ${PROOF_FIELD}`] }),
      }),
      judged(`${profile}: no trust policy and a proof that is none`, NO_POLICY, attach(FULL, 'x'), {
        profile,
        ...(isStrict
          ? { errors: [`E-LOG-004 ${PROOF_FIELD}`] }
          : { warnings: [`W-LOG-001 ${PROOF_FIELD}`] }),
      }),
      judged(
        `${profile}: a proof with its quorum`,
        'receipt.md, section 7.4: the logged time is that of the quorum.',
        logged(FULL, T + 1),
        { profile, policy: ONE, facts: facts(['w1'], T + 1) },
      ),
      judged(
        `${profile}: a proof with quorum none`,
        'receipt.md, section 7.4, step 2.6: in tecp-strict quorum none is E-LOG-003, as it gives no time.',
        logged(FULL),
        {
          profile,
          policy: NO_QUORUM,
          errors: isStrict ? [`E-LOG-003 ${PROOF_FIELD}`] : [],
          facts: facts([]),
        },
      ),
      judged(
        `${profile}: a proof whose quorum is not met`,
        'receipt.md, section 7.4, step 2.6: E-LOG-003, and the facts are there but the logged time.',
        logged(FULL, T, undefined, undefined),
        {
          profile,
          policy: TWO_OF_THREE,
          errors: [`E-LOG-003 ${PROOF_FIELD}`],
          facts: facts(['w1']),
        },
      ),
      judged(
        `${profile}: a proof that is none`,
        'receipt.md, section 7.4, step 2.3: E-LOG-002.',
        attach(FULL, ''),
        { profile, policy: ONE, errors: [`E-LOG-002 ${PROOF_FIELD}`] },
      ),
    ];
  }),
];

const text = checkpointText(tree);

const good = checkpoint(tree, [cosigned(W1, tree, T)]);

const forged = (key = W1, length = 72) => line(key.name, key.id, fill(length, 1));

const otherTree = { ...tree, root: leafHash(utf8('x')) };

const OTHER_ONLY = logLine(OTHER_LOG) + NONE;

const BOTH_LOGS = LOG_LINE + OTHER_ONLY;

const BAD_PROOF = 'receipt.md, section 7.4, steps 2.3 and 2.5: E-LOG-002, and no facts of the log.';

const UNTRUSTED =
  'receipt.md, section 7.4, step 2.4: no signature by a log key of the trust policy whose name is the origin is E-LOG-004.';

const refused = (name: string, why: string, code: string, members: LooseMembers, policy = ONE) =>
  judged(name, why, members, { policy, errors: [`${code} ${PROOF_FIELD}`] });

export const badCases: Case[] = [
  refused('a proof with an empty line at its end', BAD_PROOF, 'E-LOG-002', proofOf(`${good}\n`)),
  refused(
    'a proof without the newline at its end',
    BAD_PROOF,
    'E-LOG-002',
    proofOf(good.slice(0, -1)),
  ),
  refused('a proof with CRLF', BAD_PROOF, 'E-LOG-002', proofOf(good.replaceAll('\n', '\r\n'))),
  refused(
    'a proof with a byte order mark',
    BAD_PROOF,
    'E-LOG-002',
    attach(PLAIN, `\ufeff${proofText({ index: 0, hashes: [], checkpoint: good })}`),
  ),
  refused('a proof with the index 00', BAD_PROOF, 'E-LOG-002', proofOf(good, '00')),
  refused('a proof with U+0000', BAD_PROOF, 'E-LOG-002', proofOf(`${good}\u0000`)),
  refused('an index that is the size', BAD_PROOF, 'E-LOG-002', proofOf(good, 1)),
  refused('a hash too many', BAD_PROOF, 'E-LOG-002', proofOf(good, 0, [fill(32, 1)])),
  refused(
    'the proof of another receipt',
    BAD_PROOF,
    'E-LOG-002',
    proofOf(checkpoint(otherTree, [cosigned(W1, otherTree, T)])),
  ),
  refused(
    'the proof of the signed bytes',
    `${BAD_PROOF} The leaf is the hash of the entry bytes, sig included.`,
    'E-LOG-002',
    (() => {
      const { sig: _sig, ...unsigned } = PLAIN;
      const unsignedTree = treeOf(unsigned);
      return proofOf(checkpoint(unsignedTree, [cosigned(W1, unsignedTree, T)]));
    })(),
  ),
  refused('a forged line by the log', BAD_PROOF, 'E-LOG-002', proofOf(note(text, forged(LOG, 64)))),
  refused('a forged line by a witness', BAD_PROOF, 'E-LOG-002', proofOf(good + forged())),
  refused(
    'a forged line by a listed log of another origin',
    `${BAD_PROOF} Any key of the trust policy is known.`,
    'E-LOG-002',
    proofOf(good + forged(OTHER_LOG, 64)),
    BOTH_LOGS,
  ),
  refused(
    'a cosignature at time 0',
    BAD_PROOF,
    'E-LOG-002',
    proofOf(checkpoint(tree, [cosigned(W1, tree, 0)])),
  ),
  refused('a log that is not listed', UNTRUSTED, 'E-LOG-004', proofOf(good), OTHER_ONLY),
  refused('no log listed', UNTRUSTED, 'E-LOG-004', proofOf(good), NONE),
  refused(
    'a line by a listed log whose name is not the origin',
    UNTRUSTED,
    'E-LOG-004',
    proofOf(note(text, signed(OTHER_LOG, text))),
    BOTH_LOGS,
  ),
  refused('no line by the log', UNTRUSTED, 'E-LOG-004', proofOf(note(text, cosigned(W1, tree, T)))),
  refused(
    'no line by the log and a forged one by a witness',
    `${UNTRUSTED} It comes before E-LOG-002.`,
    'E-LOG-004',
    proofOf(note(text, forged())),
  ),
  refused(
    'a malformed proof by a log that is not listed',
    'receipt.md, section 7.4, step 2: a malformed proof is E-LOG-002, whoever signed it.',
    'E-LOG-002',
    proofOf(good, '00'),
    NONE,
  ),
  refused(
    'an index that is the size and an unmet quorum',
    'receipt.md, section 7.4, step 2: a bad proof comes before the quorum, and there are no facts.',
    'E-LOG-002',
    proofOf(good, 1),
    TWO_OF_THREE,
  ),
  refused(
    'a forged line by a witness and an unmet quorum',
    'receipt.md, section 7.4, step 2: a bad line comes before the quorum, and there are no facts.',
    'E-LOG-002',
    proofOf(good + forged(W2)),
    TWO_OF_THREE,
  ),
  judged(
    'strict: an index that is the size and quorum none',
    'receipt.md, section 7.4, step 2: a bad proof comes before the quorum, and there are no facts.',
    attach(FULL, proofText({ index: 1, hashes: [], checkpoint: checkpoint(treeOf(FULL)) })),
    { profile: 'tecp-strict', policy: NO_QUORUM, errors: [`E-LOG-002 ${PROOF_FIELD}`] },
  ),
  judged(
    'a forged line by nobody who is listed',
    'log.md, section 3: signatures by unknown keys are ignored.',
    proofOf(good + forged(UNKNOWN)),
    { policy: ONE, facts: facts(['w1'], T) },
  ),
];
