/**
 * Receipts that their log rightly took and a verifier by some profile refuses. Pure.
 *
 * A log takes what the widest profile allows. An auditor who asks more of those that log wants to know
 * what falls short: by its policies, or by its age when it was logged. That time is known only between two
 * checkpoints, so what may have been in time is not told of.
 */
import { judgePolicies } from '#protocol/receipt/judge-policies.ts';
import { profileRules } from '#protocol/receipt/profiles.ts';
import type { Profile, Receipt } from '#protocol/receipt/types.ts';

/** Between which times the receipt was logged, by those of quorums; Unix milliseconds. */
export interface LoggedBetween {
  /** A quorum had cosigned a tree without it. */
  readonly afterMs?: number | undefined;
  /** A quorum had cosigned a tree with it. */
  readonly byMs?: number | undefined;
}

/** The codes of docs/spec/receipt.md for what a verifier would refuse, with the member concerned. */
export function violationsOf(
  receipt: Receipt,
  profile: Profile,
  { afterMs, byMs }: LoggedBetween,
): string[] {
  const violations: string[] = [];
  const { futureSkewMs, maxAgeMs } = profileRules(profile);
  if (byMs !== undefined && receipt.ts > byMs + futureSkewMs) violations.push('E-TS-002 ts');
  if (afterMs !== undefined && receipt.ts < afterMs - maxAgeMs) violations.push('E-TS-003 ts');
  judgePolicies(receipt, profile, {
    reject: (code, _message, field) => violations.push(`${code} ${field}`),
    warn: () => undefined,
  });
  return violations;
}
