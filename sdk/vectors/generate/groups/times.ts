/**
 * Times without a proof, docs/spec/receipt.md sections 7.1 and 7.4, at each boundary of each profile.
 */
import { MAX_INTEGER } from '../bytes.ts';
import type { Case, Group } from '../case.ts';
import { DAY, judged, LIMITS, MINUTE, receipt, TS } from '../receipts.ts';

const BY_DEFAULT = { ...LIMITS[1], profile: undefined };
const RECEIPT = receipt();
/** What else is wrong by tecp-strict with a receipt that has no proof and no evidence. */
const strictly = (time: readonly string[]) => [
  'E-LOG-001 log_inclusion',
  ...time,
  'E-POLICY-003 key_erasure',
  'E-POLICY-003 ext.policy_enforced.no_retention',
];

function at(
  name: string,
  why: string,
  ts: number,
  now: number,
  profile: string | undefined,
  error?: string,
): Case {
  const members = ts === TS ? RECEIPT : receipt({ ts });
  const time = error === undefined ? [] : [`${error} ts`];
  const errors = profile === 'tecp-strict' ? strictly(time) : time;
  return judged(name, why, members, { profile, now, errors });
}

const RULE = 'receipt.md, sections 7.1 and 7.4: both limits are inclusive.';
const cases: Case[] = [...LIMITS, BY_DEFAULT].flatMap(({ profile, skew, age }) => {
  const by = profile ?? 'no profile';
  return [
    at(`${by}: as far in the future as may be`, RULE, TS, TS - skew, profile),
    at(`${by}: a millisecond too far in the future`, RULE, TS, TS - skew - 1, profile, 'E-TS-002'),
    at(`${by}: now`, RULE, TS, TS, profile),
    at(`${by}: as old as may be`, RULE, TS, TS + age, profile),
    at(`${by}: a millisecond too old`, RULE, TS, TS + age + 1, profile, 'E-TS-003'),
  ];
});
cases.push(
  at(
    'now at 0',
    'receipt.md, section 7.2: now is an integer from 0.',
    TS,
    0,
    undefined,
    'E-TS-002',
  ),
  at(
    'now at 2^53-1',
    'receipt.md, section 7.2: now is an integer up to 2^53-1.',
    TS,
    MAX_INTEGER,
    undefined,
    'E-TS-003',
  ),
  at(
    'ts 1 and now 0',
    'receipt.md, section 7.4: the oldest age lies before the beginning of time, and is no error.',
    1,
    0,
    undefined,
  ),
  at('ts 300000 and now 0', RULE, 5 * MINUTE, 0, undefined),
  at('ts 300001 and now 0', RULE, 5 * MINUTE + 1, 0, undefined, 'E-TS-002'),
  at(
    'ts and now at 2^53-1',
    'receipt.md, section 7.4: now and the skew together are above 2^53-1, and exact all the same.',
    MAX_INTEGER,
    MAX_INTEGER,
    undefined,
  ),
  at(
    'ts at 2^53-1 as far in the future as may be',
    RULE,
    MAX_INTEGER,
    MAX_INTEGER - 5 * MINUTE,
    undefined,
  ),
  at(
    'ts at 2^53-1 a millisecond too far in the future',
    RULE,
    MAX_INTEGER,
    MAX_INTEGER - 5 * MINUTE - 1,
    undefined,
    'E-TS-002',
  ),
  at('ts a day before 2^53-1', RULE, MAX_INTEGER - DAY, MAX_INTEGER, undefined),
  at(
    'ts a day and a millisecond before 2^53-1',
    RULE,
    MAX_INTEGER - DAY - 1,
    MAX_INTEGER,
    undefined,
    'E-TS-003',
  ),
);

export const times: Group = {
  file: 'times',
  description:
    'Times without a proof, docs/spec/receipt.md sections 7.1 and 7.4, at each boundary of each profile. With a proof: receipt-proof.vectors.json.',
  cases,
};
