/** Which of two faults is reported, docs/spec/receipt.md section 4. */
import type { Case } from '../../case.ts';
import type { Loose } from '../../json.ts';
import { FIELDS } from '../../receipts.ts';
import { bad, REQUIRED } from './ask.ts';

const IN_ORDER =
  'receipt.md, section 4: members are checked in the order of the table, member by member.';

/** A fault in each member, so that any two can be had together. */
const FAULTS: readonly (readonly [string, Loose, string])[] = [
  ['version', 'TECP-9', 'E-SCHEMA-004 version'],
  ['code_ref', '', 'E-SCHEMA-002 code_ref'],
  ['ts', 0, 'E-TS-001 ts'],
  ['nonce', 'x', 'E-SCHEMA-002 nonce'],
  ['input_hash', 'x', 'E-SCHEMA-002 input_hash'],
  ['output_hash', 'x', 'E-SCHEMA-002 output_hash'],
  ['policy_ids', ['B'], 'E-SCHEMA-002 policy_ids'],
  ['pubkey', 'x', 'E-SIG-001 pubkey'],
  ['sig', 'x', 'E-SIG-001 sig'],
  ['key_erasure', {}, 'E-SCHEMA-001 key_erasure.scheme'],
  ['environment', { x: 1 }, 'E-SCHEMA-002 environment.x'],
  ['chain', { seq: 1 }, 'E-SCHEMA-001 chain.prev'],
  ['ext', 1, 'E-SCHEMA-002 ext'],
  ['log_inclusion', {}, 'E-SCHEMA-001 log_inclusion.proof'],
];

export const orderCases: Case[] = FAULTS.slice(0, -1).flatMap(([name, value, error], i) => {
  const [next, nextValue] = FAULTS[i + 1]!;
  const absent = (REQUIRED as readonly string[]).includes(next)
    ? [
        bad(
          `${name} bad and no ${next}`,
          `${IN_ORDER} A bad form comes before a later absence.`,
          { [name]: value, [next]: undefined },
          error,
        ),
      ]
    : [];
  return [
    bad(`${name} and ${next} bad`, IN_ORDER, { [name]: value, [next]: nextValue }, error),
    ...absent,
  ];
});

orderCases.push(
  bad(
    'everything bad',
    IN_ORDER,
    Object.fromEntries(FAULTS.map(([name, value]) => [name, value])),
    'E-SCHEMA-004 version',
  ),
  bad(
    'nothing but an unknown member',
    IN_ORDER,
    {
      ...Object.fromEntries(Object.keys(FIELDS).map((name) => [name, undefined])),
      sig: undefined,
      x: 1,
    },
    'E-SCHEMA-001 version',
  ),
  bad(
    'no version and a bad code_ref',
    IN_ORDER,
    { version: undefined, code_ref: 1 },
    'E-SCHEMA-001 version',
  ),
  bad(
    'an unknown member and a bad ext',
    'receipt.md, section 7.3: a bad form gives one error and no warnings.',
    { x: 1, ext: 1 },
    'E-SCHEMA-002 ext',
  ),
  bad(
    'a bad chain and sw-sim',
    'receipt.md, section 7.3: a bad form gives one error and no warnings.',
    { key_erasure: { scheme: 'sw-sim', evidence: '' }, chain: {} },
    'E-SCHEMA-001 chain.seq',
  ),
);
