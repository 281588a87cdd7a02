/**
 * Published vectors of signatures, as requests of docs/spec/verifier.md section 2. Where they come from is in the
 * files of test/unit/protocol/crypto/ that they are read from.
 */
import { readFileSync } from 'node:fs';
import { fromHex, utf8 } from '../bytes.ts';
import { type Case, type Group, request } from '../case.ts';

interface Published<Row> {
  readonly source: string;
  readonly licence: string;
  readonly cases: readonly Row[];
}

function read<Row>(name: string): Published<Row> {
  const path = `../../../../test/unit/protocol/crypto/${name}.vectors.json`;
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Published<Row>;
}

type Wycheproof = [
  id: number,
  key: string,
  message: string,
  signature: string,
  valid: boolean,
  comment: string,
];

/** The verdict is the one that is published, and the strict rules agree with all of them. */
function wycheproof(op: string, name: string, description: string, every = 1): Group {
  const { source, licence, cases } = read<Wycheproof>(`${name}-wycheproof`);
  return {
    file: `${name}-wycheproof`,
    description: `${description} Source: ${source}. Licence: ${licence}.`,
    cases: cases
      .filter((_, i) => i % every === 0)
      .map(([id, key, message, sig, valid, comment], i) => ({
        name: `case ${i}, tcId ${id}`,
        why: comment === '' ? 'A case without a comment.' : comment,
        request: request(op, { key: fromHex(key), message: fromHex(message), sig: fromHex(sig) }),
        answer: { valid },
      })),
  };
}

/** Valid are those without any of these flags: receipt.md section 6.2 refuses what each of them names. */
const REFUSED_FLAGS = /\b(low_order_[AR]|low_order_residue|non_canonical_[AR]|reencoded_k)\b/;

function cctv(): Group {
  const { source, licence, cases } =
    read<[key: string, signature: string, message: string, flags: string]>('ed25519-cctv');
  return {
    file: 'ed25519-cctv',
    description: `Ed25519 with points of small and mixed order, docs/spec/receipt.md section 6.2. Source: ${source}. Licence: ${licence}.`,
    cases: cases.map(
      ([key, sig, message, flags], i): Case => ({
        name: `case ${i}`,
        why: flags === '' ? 'No flags.' : `${flags.replaceAll(' ', ', ')}.`,
        request: request('ed25519', {
          key: fromHex(key),
          message: utf8(message),
          sig: fromHex(sig),
        }),
        answer: { valid: !REFUSED_FLAGS.test(flags) },
      }),
    ),
  };
}

export const published: readonly Group[] = [
  cctv(),
  wycheproof('ed25519', 'ed25519', 'Ed25519, docs/spec/receipt.md section 6.2.'),
  wycheproof(
    'ecdsa',
    'ecdsa',
    'ECDSA in strict DER with either S, docs/spec/log.md section 3: every second case of those.',
    2,
  ),
  wycheproof('ml-dsa-44', 'ml-dsa-44', 'ML-DSA-44, FIPS 204, pure, with an empty context.'),
];

const SPECCHECK_WHY = [
  'A and R of small order, S = 0: rule 2.',
  'A of small order: rule 2.',
  'R of small order: rule 2.',
  'A and R of mixed order, and the equation holds without the cofactor: valid by rule 4.',
  'A and R of mixed order, and the equation holds only with the cofactor: rule 4.',
  'A of mixed order and R of prime order, and the equation holds only with the cofactor: rule 4.',
  'S above L: rule 3.',
  'S far above L: rule 3.',
  'R is not canonical, and of small order: rule 1.',
  'R is not canonical, and reduced before it is hashed: rule 1.',
  'A is not canonical, and of small order: rule 1.',
  'A is not canonical, and reduced before it is hashed: rule 1.',
];

export function speccheckCases(): Case[] {
  const { cases } = read<[key: string, message: string, signature: string]>('ed25519-speccheck');
  return cases.map(([key, message, sig], i) => ({
    name: `"Taming the many EdDSAs", case ${i}`,
    why: `receipt.md, section 6.2: ${SPECCHECK_WHY[i]} (novifinancial/ed25519-speccheck, Apache-2.0, cases.json at commit d2b2ba588feb.)`,
    request: request('ed25519', {
      key: fromHex(key),
      message: fromHex(message),
      sig: fromHex(sig),
    }),
    answer: { valid: i === 3 },
  }));
}
