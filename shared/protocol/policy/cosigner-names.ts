/**
 * How people are told who cosigned: by operator rather than by key.
 *
 * An operator with keys of both kinds is a group `all` in the policy. When all of such a group's
 * members cosigned, the group's name stands for them.
 */
import type { Policy } from './model.ts';

/** Names to show, in the policy's order, for the witnesses of these names in the policy. */
export function cosignerNames(policy: Policy, cosigned: readonly string[]): string[] {
  const present = new Set(cosigned);
  const groupOf = new Map<string, string>();
  for (const { name, threshold, members } of policy.groups) {
    const isOperator = name !== policy.quorum && threshold === members.length;
    if (!isOperator || !members.every((member) => present.has(member))) continue;
    for (const member of members) groupOf.set(member, name);
  }
  return [...new Set(cosigned.map((name) => groupOf.get(name) ?? name))];
}
