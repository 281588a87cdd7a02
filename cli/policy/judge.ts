/**
 * What a policy asks for, in words and numbers, and where it asks for too little. Pure.
 *
 * Names are members of at most one group (docs/spec/log.md, section 8), so the quorum is a tree and
 * both numbers below are exact. An operator, a group `all` over keys of one name, counts as one.
 */
import { NO_QUORUM, type Policy, type PolicyGroup } from '#protocol/policy/policy.ts';

export interface Weakness {
  readonly code: 'no-log' | 'no-quorum' | 'two-quorums' | 'one-witness' | 'uncounted' | 'twice';
  readonly message: string;
}

export interface PolicyJudgement {
  /** Who has to cosign: `2 of (a, b, c)`. */
  readonly rule: string;
  /** Operators that may all be away at once, whichever they are; absent for `quorum none`. */
  readonly may_be_away?: number;
  /** The fewest operators who must help a log to show two cosigned faces; absent likewise. */
  readonly must_help?: number;
  readonly weaknesses: readonly Weakness[];
}

export function judgePolicy(policy: Policy): PolicyJudgement {
  if (policy.quorum === NO_QUORUM) {
    const message = 'no witness is asked: the log alone can show everybody a different tree';
    return {
      rule: 'nobody',
      weaknesses: [...logWeaknesses(policy), { code: 'no-quorum', message }],
    };
  }
  const quorum = new QuorumTree(policy);
  return {
    rule: quorum.rule(policy.quorum),
    may_be_away:
      quorum.cost(policy.quorum, ({ threshold, members }) => {
        return members.length - threshold + 1;
      }) - 1,
    must_help: quorum.cost(policy.quorum, ({ threshold, members }) => {
      return Math.max(0, 2 * threshold - members.length);
    }),
    weaknesses: [...logWeaknesses(policy), ...quorumWeaknesses(policy, quorum)],
  };
}

/** Reads the groups of one policy. */
class QuorumTree {
  readonly #groups: ReadonlyMap<string, PolicyGroup>;
  readonly #keyNames: ReadonlyMap<string, string>;

  constructor({ groups, witnesses }: Policy) {
    this.#groups = new Map(groups.map((group) => [group.name, group]));
    this.#keyNames = new Map(witnesses.map(({ name, key }) => [name, key.name]));
  }

  rule(name: string): string {
    const group = this.#groups.get(name);
    if (group === undefined) return name;
    const { threshold, members } = group;
    if (this.#isOperator(group)) return `${name} (with ${members.length} keys)`;
    const count = threshold === members.length ? 'all' : String(threshold);
    return `${count} of (${members.map((member) => this.rule(member)).join(', ')})`;
  }

  /** The sum of what the cheapest members cost, as many of each group as `needed` says. */
  cost(name: string, needed: (group: PolicyGroup) => number): number {
    const group = this.#groups.get(name);
    if (group === undefined || this.#isOperator(group)) return 1;
    return group.members
      .map((member) => this.cost(member, needed))
      .sort((a, b) => a - b)
      .slice(0, needed(group))
      .reduce((sum, cost) => sum + cost, 0);
  }

  /** What counts as one under a name, each with the witnesses in it. */
  operators(name: string): string[][] {
    const group = this.#groups.get(name);
    if (group === undefined) return [[name]];
    if (this.#isOperator(group)) return [[...group.members]];
    return group.members.flatMap((member) => this.operators(member));
  }

  #isOperator({ threshold, members }: PolicyGroup): boolean {
    const names = new Set(members.map((member) => this.#keyNames.get(member)));
    return threshold === members.length && names.size === 1 && !names.has(undefined);
  }
}

function logWeaknesses({ logs }: Policy): Weakness[] {
  if (logs.length > 0) return [];
  return [{ code: 'no-log', message: 'no log is listed, so nothing verifies by this policy' }];
}

function quorumWeaknesses(policy: Policy, quorum: QuorumTree): Weakness[] {
  const operators = quorum.operators(policy.quorum);
  const found: Weakness[] = [];
  const minimum = quorum.cost(policy.quorum, ({ threshold, members }) => {
    return Math.max(0, 2 * threshold - members.length);
  });
  if (operators.length === 1) {
    found.push({ code: 'one-witness', message: 'everything hangs on one witness' });
  } else if (minimum === 0) {
    const message =
      'there are two quorums without a common witness: the log can show two faces though all ' +
      'witnesses are honest';
    found.push({ code: 'two-quorums', message });
  }
  const counted = new Set(operators.flat());
  for (const { name } of policy.witnesses) {
    if (counted.has(name)) continue;
    found.push({ code: 'uncounted', message: `${name} is listed and never counts for the quorum` });
  }
  return [...found, ...countedTwice(policy, operators)];
}

/** One operator who counts as several: the same key name, or the same URL. */
function countedTwice({ witnesses }: Policy, operators: readonly string[][]): Weakness[] {
  const seen = new Map<string, number>();
  const found: Weakness[] = [];
  operators.forEach((members, i) => {
    for (const { name, key, url } of witnesses.filter(({ name }) => members.includes(name))) {
      const marks = [`key name ${key.name}`, ...(url === undefined ? [] : [`URL ${url}`])];
      const shared = marks.find((mark) => (seen.get(mark) ?? i) !== i);
      for (const mark of marks) if (!seen.has(mark)) seen.set(mark, i);
      if (shared === undefined) continue;
      const message = `${name} has the ${shared} of another witness, and both count`;
      found.push({ code: 'twice', message });
    }
  });
  return found;
}
