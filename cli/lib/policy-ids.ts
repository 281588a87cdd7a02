/** Policy ids from the command line: checked, sorted, each once; unknown ones are warned of. */
import { knownPolicy } from '#protocol/receipt/registry.ts';
import { unusable } from './errors.ts';
import { say } from './print.ts';

const MAX_POLICIES = 64;

export function parsePolicyIds(ids: readonly string[]): string[] {
  const sorted = [...new Set(ids)].sort();
  const bad = sorted.find((id) => !/^[a-z0-9][a-z0-9_]{0,63}$/.test(id));
  if (bad !== undefined) {
    throw unusable(`"${bad}" is not a policy id: lowercase letters, digits and underscores.`);
  }
  if (sorted.length > MAX_POLICIES)
    throw unusable(`A receipt has at most ${MAX_POLICIES} policies.`);
  const unknown = sorted.filter((id) => knownPolicy(id) === undefined);
  if (unknown.length > 0) {
    say(`warning: ${unknown.join(', ')}: not in the policy registry; a verifier will warn of it.`);
  }
  return sorted;
}
