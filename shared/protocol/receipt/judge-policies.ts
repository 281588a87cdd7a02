/**
 * The policy part of a verdict (docs/spec/receipt.md section 7.5).
 *
 * Profiles other than strict only remark on unknown ids. Strict demands known and sufficient
 * policies, key erasure, and an entry of `ext.policy_enforced` for each policy.
 */
import { isJsonObject } from '../json/canonical.ts';
import type { ReceiptErrorCode, ReceiptWarningCode } from './codes.ts';
import { PROFILES } from './profiles.ts';
import { knownPolicy } from './registry.ts';
import type { Profile, Receipt } from './types.ts';

export interface PolicyFindings {
  reject(code: ReceiptErrorCode, message: string, field: string): void;
  warn(code: ReceiptWarningCode, message: string, field: string): void;
}

/** True when `ext.policy_enforced` has something to say about the policy. */
function hasEvidence({ ext }: Receipt, id: string): boolean {
  const enforced = ext?.policy_enforced;
  if (!isJsonObject(enforced) || !Object.hasOwn(enforced, id)) return false;
  return enforced[id] !== null && enforced[id] !== false;
}

function demandEvidence(receipt: Receipt, findings: PolicyFindings): void {
  if (receipt.key_erasure === undefined) {
    findings.reject('E-POLICY-003', 'key erasure is required', 'key_erasure');
  }
  for (const id of receipt.policy_ids) {
    if (hasEvidence(receipt, id)) continue;
    const field = `ext.policy_enforced.${id}`;
    findings.reject('E-POLICY-003', 'evidence of enforcement is required', field);
  }
}

export function judgePolicies(receipt: Receipt, profile: Profile, findings: PolicyFindings): void {
  const { requiresEnforcement } = PROFILES[profile];
  for (const id of receipt.policy_ids) {
    if (knownPolicy(id) !== undefined) continue;
    const message = `"${id}" is not in the policy registry`;
    if (requiresEnforcement) findings.reject('E-POLICY-001', message, 'policy_ids');
    else findings.warn('W-POLICY-001', message, 'policy_ids');
  }
  if (receipt.key_erasure?.scheme === 'sw-sim') {
    findings.warn('W-POLICY-002', 'sw-sim proves no erasure', 'key_erasure.scheme');
  }
  if (!requiresEnforcement) return;
  if (!receipt.policy_ids.some((id) => knownPolicy(id)?.meetsStrict)) {
    findings.reject('E-POLICY-002', 'no policy that the profile asks for', 'policy_ids');
  }
  demandEvidence(receipt, findings);
}
