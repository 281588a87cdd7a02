/** Several things wrong at once, docs/spec/receipt.md sections 7.4 and 7.6. */
import { MAX_INTEGER } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { OTHER_LOG } from '../../keys.ts';
import { logLine, NONE } from '../../policies.ts';
import { DAY, HOUR, judged, receipt, T, TS } from '../../receipts.ts';
import { attach, facts, logged, NO_QUORUM, ONE, PLAIN, PROOF_FIELD, TWO_OF_THREE } from './ask.ts';

const sigForged = receipt({ code_ref: 'x', sig: PLAIN.sig });

const OUTSIDE =
  'receipt.md, section 7.4: all steps are carried out; the errors come in the order of signature, log, time and policies.';

export const togetherCases: Case[] = [
  judged(
    'a forged signature and a good proof',
    `${OUTSIDE} Facts do not depend on valid.`,
    logged(sigForged, T),
    { policy: ONE, errors: ['E-SIG-002 sig'], facts: facts(['w1'], T) },
  ),
  judged('a key that is not trusted and a good proof', OUTSIDE, logged(PLAIN, T), {
    policy: ONE,
    trusted_keys: [],
    errors: ['E-SIG-003 pubkey'],
    facts: facts(['w1'], T),
  }),
  judged(
    'everything wrong by tecp-strict',
    OUTSIDE,
    attach(
      receipt({
        policy_ids: ['abc'],
        code_ref: 'x',
        sig: PLAIN.sig,
        key_erasure: { scheme: 'sw-sim', evidence: '' },
        y: 1,
        x: 2,
      }),
      '',
    ),
    {
      profile: 'tecp-strict',
      policy: ONE,
      now: TS + 2 * HOUR,
      trusted_keys: [],
      errors: [
        'E-SIG-002 sig',
        'E-SIG-003 pubkey',
        `E-LOG-002 ${PROOF_FIELD}`,
        'E-TS-003 ts',
        'E-POLICY-001 policy_ids',
        'E-POLICY-002 policy_ids',
        'E-POLICY-003 ext.policy_enforced.abc',
      ],
      warnings: ['W-SCHEMA-001 x', 'W-SCHEMA-001 y', 'W-POLICY-002 key_erasure.scheme'],
    },
  ),
  judged(
    'every kind of warning with a proof',
    'receipt.md, section 7.6: the order of warnings.',
    logged(
      receipt({
        policy_ids: ['abc', 'xyz'],
        key_erasure: { scheme: 'sw-sim', evidence: '' },
        b: 1,
        a: 2,
      }),
      T + 301,
    ),
    {
      policy: ONE,
      facts: facts(['w1'], T + 301),
      warnings: [
        'W-SCHEMA-001 a',
        'W-SCHEMA-001 b',
        `W-TS-001 ${PROOF_FIELD}`,
        'W-POLICY-001 policy_ids',
        'W-POLICY-001 policy_ids',
        'W-POLICY-002 key_erasure.scheme',
      ],
    },
  ),
  judged(
    'a proof that is bad, and a time that is too old',
    `${OUTSIDE} Without a logged time the reference is now.`,
    attach(PLAIN, ''),
    { policy: ONE, now: TS + DAY + 1, errors: [`E-LOG-002 ${PROOF_FIELD}`, 'E-TS-003 ts'] },
  ),
  judged(
    'a quorum that is not met, and a time that is too old',
    `${OUTSIDE} Without a logged time the reference is now.`,
    logged(PLAIN, T),
    {
      policy: TWO_OF_THREE,
      now: TS + DAY + 1,
      errors: [`E-LOG-003 ${PROOF_FIELD}`, 'E-TS-003 ts'],
      facts: facts(['w1']),
    },
  ),
  judged(
    'quorum none, and a time that is too old',
    `${OUTSIDE} Without a logged time the reference is now.`,
    logged(PLAIN),
    { policy: NO_QUORUM, now: TS + DAY + 1, errors: ['E-TS-003 ts'], facts: facts([]) },
  ),
  judged(
    'a good proof makes a receipt valid for ever',
    'receipt.md, section 7.4: age is judged at the logged time.',
    logged(PLAIN, T),
    { policy: ONE, now: MAX_INTEGER, facts: facts(['w1'], T) },
  ),
  judged(
    'a proof under another trust policy',
    `${OUTSIDE} The proof is not looked at beyond its log.`,
    logged(PLAIN, T),
    { policy: logLine(OTHER_LOG) + NONE, errors: [`E-LOG-004 ${PROOF_FIELD}`] },
  ),
];
