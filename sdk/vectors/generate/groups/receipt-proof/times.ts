/** The logged time, and times at each boundary of each profile judged by it, docs/spec/receipt.md section 7.4, step 3. */
import { MAX_INTEGER } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { DAY, judged, LIMITS, MINUTE, receipt, SECOND, STRICT, T, TS } from '../../receipts.ts';
import { FULL, facts, logged, ONE, PLAIN, PROOF_FIELD } from './ask.ts';

const LOGGED =
  'receipt.md, section 7.4, step 3: the reference is the logged time; both limits are inclusive.';

const AHEAD =
  'receipt.md, section 7.4, step 3: a logged time above now + future skew draws W-TS-001; the limit is inclusive.';

export const timeCases: Case[] = LIMITS.flatMap(({ profile, skew, age }) => {
  // Long after: by the clock the receipt would be too old.
  const now = TS + 400 * DAY;
  const at = (name: string, ts: number, errors: string[]) =>
    judged(`${profile}: ${name}`, LOGGED, logged(receipt({ ...STRICT, ts }), T), {
      profile,
      policy: ONE,
      now,
      errors,
      facts: facts(['w1'], T),
    });
  const seen = (name: string, clock: number, warnings: string[]) =>
    judged(`${profile}: ${name}`, AHEAD, logged(FULL, T), {
      profile,
      policy: ONE,
      now: clock,
      warnings,
      facts: facts(['w1'], T),
    });
  return [
    at('ts as far after the logged time as may be', TS + skew, []),
    at('ts a millisecond too far after the logged time', TS + skew + 1, ['E-TS-002 ts']),
    at('ts as long before the logged time as may be', TS - age, []),
    at('ts a millisecond too long before the logged time', TS - age - 1, ['E-TS-003 ts']),
    seen('a logged time as far ahead as may be', TS - skew, []),
    seen('a logged time a millisecond too far ahead', TS - skew - 1, [`W-TS-001 ${PROOF_FIELD}`]),
  ];
});

const LATEST = 9_007_199_254_740;

timeCases.push(
  judged(
    'the latest logged time',
    'receipt.md, section 7.4: a logged time is at most 9007199254740000, and exact.',
    logged(receipt({ ts: LATEST * SECOND }), LATEST),
    { policy: ONE, now: MAX_INTEGER, facts: facts(['w1'], LATEST) },
  ),
  judged(
    'the earliest logged time',
    'receipt.md, section 7.4: a logged time is at least 1000; the oldest age lies before the beginning of time.',
    logged(receipt({ ts: 1 }), 1),
    { policy: ONE, now: 0, facts: facts(['w1'], 1) },
  ),
  judged('a logged time far ahead of now at 0', AHEAD, logged(PLAIN, T), {
    policy: ONE,
    now: 0,
    warnings: [`W-TS-001 ${PROOF_FIELD}`],
    facts: facts(['w1'], T),
  }),
  judged(
    'ts after the logged time and W-TS-001',
    AHEAD,
    logged(receipt({ ts: TS + 5 * MINUTE + 1 }), T),
    {
      policy: ONE,
      now: 0,
      errors: ['E-TS-002 ts'],
      warnings: [`W-TS-001 ${PROOF_FIELD}`],
      facts: facts(['w1'], T),
    },
  ),
);
