/**
 * Error and warning codes of receipts (docs/spec/receipt.md section 8), with one line each.
 *
 * Codes are stable and are what callers, tests and other implementations compare. A `ReceiptError`
 * is the first thing wrong with a receipt's form; a verdict lists everything wrong with its content.
 */
import { EntryError } from '../errors.ts';

export const RECEIPT_ERRORS = {
  'E-SIZE-001': 'too large',
  'E-SCHEMA-001': 'a member is missing',
  'E-SCHEMA-002': 'a member has the wrong type or format',
  'E-SCHEMA-003': 'not canonical JSON',
  'E-SCHEMA-004': 'unknown version',
  'E-SIG-001': 'malformed signature or key',
  'E-SIG-002': 'signature does not verify',
  'E-SIG-003': 'key is not trusted',
  'E-LOG-001': 'a proof is required but absent',
  'E-LOG-002': 'proof does not verify',
  'E-LOG-003': 'witness quorum not met',
  'E-LOG-004': 'log is not trusted',
  'E-TS-001': 'not a valid time',
  'E-TS-002': 'in the future',
  'E-TS-003': 'expired',
  'E-POLICY-001': 'unknown policy',
  'E-POLICY-002': 'policy set too weak for the profile',
  'E-POLICY-003': 'enforcement evidence missing',
} as const;

export const RECEIPT_WARNINGS = {
  'W-SCHEMA-001': 'unknown member',
  'W-LOG-001': 'proof not checked: no trust policy given',
  'W-TS-001': 'logged time is in the future',
  'W-TS-002': 'submitted later than the default profile allows',
  'W-POLICY-001': 'unknown policy',
  'W-POLICY-002': 'key erasure is only simulated',
} as const;

export type ReceiptErrorCode = keyof typeof RECEIPT_ERRORS;
export type ReceiptWarningCode = keyof typeof RECEIPT_WARNINGS;

export class ReceiptError extends EntryError<ReceiptErrorCode> {
  override readonly name = 'ReceiptError';
}
