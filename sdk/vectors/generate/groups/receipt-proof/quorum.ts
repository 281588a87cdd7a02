/** The quorum, and what a proof is of, docs/spec/log.md section 8 and docs/spec/receipt.md section 5. */
import { leafHash, utf8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { W1, W1_PQ, W2, W3 } from '../../keys.ts';
import { checkpoint, cosigned } from '../../notes.ts';
import { LOG_LINE, witnessLine } from '../../policies.ts';
import { judged, receipt, STRICT, T } from '../../receipts.ts';
import { facts, logged, ONE, PLAIN, PROOF_FIELD, proofOf, TWO_OF_THREE, tree } from './ask.ts';

const DISTINCT =
  'log.md, section 8: distinct witnesses count, never signatures; of several times of one witness the earliest counts.';

const twice = (...lines: string[]) => proofOf(checkpoint(tree, lines));

export const quorumCases: Case[] = [
  judged(
    'two of three by all',
    'receipt.md, section 7.4: the logged time is the smallest at which the quorum was met.',
    logged(PLAIN, T + 9, T + 5, T + 7),
    { policy: TWO_OF_THREE, facts: facts(['w1', 'w2', 'w3'], T + 7) },
  ),
  judged(
    'two of three by one witness twice',
    DISTINCT,
    twice(cosigned(W1, tree, T), cosigned(W1, tree, T + 1)),
    { policy: TWO_OF_THREE, errors: [`E-LOG-003 ${PROOF_FIELD}`], facts: facts(['w1']) },
  ),
  judged(
    'several times of one witness',
    DISTINCT,
    twice(cosigned(W1, tree, T + 50), cosigned(W1, tree, T + 2), cosigned(W2, tree, T + 1)),
    { policy: TWO_OF_THREE, facts: facts(['w1', 'w2'], T + 2) },
  ),
  judged(
    'witnesses in the order of the trust policy',
    'receipt.md, section 7.6: witnesses are names in the trust policy, in its order.',
    twice(cosigned(W3, tree, T), cosigned(W1, tree, T)),
    { policy: TWO_OF_THREE, facts: facts(['w1', 'w3'], T) },
  ),
];

const bothKinds = `${LOG_LINE}${witnessLine('ed', W1)}${witnessLine('pq', W1_PQ)}group w1 all ed pq\nquorum w1\n`;

quorumCases.push(
  judged(
    'cosignatures of both kinds',
    'log.md, section 8: a quorum over a group of both kinds needs both.',
    twice(cosigned(W1, tree, T + 1), cosigned(W1_PQ, tree, T + 2)),
    { policy: bothKinds, facts: facts(['ed', 'pq'], T + 2) },
  ),
  judged(
    'a cosignature of one kind where both are needed',
    'log.md, section 8: a quorum over a group of both kinds needs both.',
    twice(cosigned(W1_PQ, tree, T + 2)),
    { policy: bothKinds, errors: [`E-LOG-003 ${PROOF_FIELD}`], facts: facts(['pq']) },
  ),
);

export const otherCases: Case[] = [
  judged(
    'a proof in a tree that holds the entry with its proof',
    'receipt.md, section 5: a proof is not part of the entry.',
    (() => {
      const whole = logged(PLAIN, T);
      const wrong = { ...tree, root: leafHash(utf8(JSON.stringify(whole))) };
      return proofOf(checkpoint(wrong, [cosigned(W1, wrong, T)]));
    })(),
    { policy: ONE, errors: [`E-LOG-002 ${PROOF_FIELD}`] },
  ),
  judged(
    'an unknown member is part of the entry',
    'receipt.md, section 4: unknown members are signed and logged like the others.',
    logged(receipt({ x: 1 }), T),
    { policy: ONE, warnings: ['W-SCHEMA-001 x'], facts: facts(['w1'], T) },
  ),
  judged(
    'strict: a receipt that needs nothing more',
    'receipt.md, section 7.1: what tecp-strict asks for.',
    logged(receipt({ ...STRICT, chain: { seq: 0 }, environment: {} }), T),
    { profile: 'tecp-strict', policy: ONE, facts: facts(['w1'], T) },
  ),
  judged(
    'strict: all but evidence',
    'receipt.md, section 7.5: E-POLICY-003.',
    logged(receipt({ key_erasure: STRICT.key_erasure }), T),
    {
      profile: 'tecp-strict',
      policy: ONE,
      errors: ['E-POLICY-003 ext.policy_enforced.no_retention'],
      facts: facts(['w1'], T),
    },
  ),
];
