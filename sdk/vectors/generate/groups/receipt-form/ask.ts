/** Receipts of good and bad form, and the rules that several files are about. */
import type { Case } from '../../case.ts';
import type { LooseMembers } from '../../json.ts';
import { badForm, receipt, verdict, verify } from '../../receipts.ts';

/** The form is good, and so is the receipt. */
export function good(
  name: string,
  why: string,
  changes: LooseMembers,
  warnings: string[] = [],
): Case {
  const members = receipt(changes);
  return { name, why, request: verify(members), answer: verdict(members, { warnings }) };
}

/** The form is bad, and this is the one error. */
export function bad(name: string, why: string, changes: LooseMembers, error: string): Case {
  return { name, why, request: verify(receipt(changes)), answer: badForm(error) };
}

export const REQUIRED = [
  'version',
  'code_ref',
  'ts',
  'nonce',
  'input_hash',
  'output_hash',
  'policy_ids',
  'pubkey',
  'sig',
] as const;

export const MAX = Number.MAX_SAFE_INTEGER;

export const B64U =
  'Section 2: b64u is base64url without padding, canonical: encoded again it gives the same text.';

export const R = '5866666666666666666666666666666666666666666666666666666666666666';
