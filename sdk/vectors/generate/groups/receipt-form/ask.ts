/** Receipts of good and bad form, and the rules that several files are about. */
import type { Case } from '../../case.ts';
import type { LooseMembers } from '../../json.ts';
import { receipt, refused } from '../../receipts.ts';

/** The form is bad, and this is the one error. */
export function bad(name: string, why: string, changes: LooseMembers, error: string): Case {
  return refused(name, why, receipt(changes), error);
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

export const B64U =
  'receipt.md, section 2: b64u is base64url without padding, canonical: encoded again it gives the same text.';
