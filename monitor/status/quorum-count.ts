/** How much of a quorum is there, in numbers for people: "1 of 3 have cosigned, 2 are needed". Pure. */
import { isQuorumMet, NO_QUORUM, type Policy } from '#protocol/policy/policy.ts';

export interface QuorumCount {
  readonly needed: number;
  /** Members of the quorum's group, each a witness or a group of them, that stand behind it. */
  readonly have: number;
  readonly of: number;
  /** Names of the members that do not. */
  readonly missing: readonly string[];
}

/** Undefined for `quorum none`. `names` are those of witnesses in the policy. */
export function countQuorum(policy: Policy, names: ReadonlySet<string>): QuorumCount | undefined {
  const { quorum, groups } = policy;
  if (quorum === NO_QUORUM) return undefined;
  const group = groups.find(({ name }) => name === quorum);
  const { threshold, members } = group ?? { threshold: 1, members: [quorum] };
  const missing = members.filter((name) => !isQuorumMet({ ...policy, quorum: name }, names));
  const of = members.length;
  return { needed: threshold, have: of - missing.length, of, missing };
}
