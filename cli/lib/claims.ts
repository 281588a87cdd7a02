/** `--claim`: the policies that a receipt says its run followed. Checked, sorted, each once. */
import { type Command, Option } from 'commander';
import { knownPolicy } from '#protocol/receipt/registry.ts';
import { unusable } from './errors.ts';
import { say } from './print.ts';

export interface ClaimOptions {
  readonly claim?: string[];
  /** What `--claim` was called before; it means trust in every other command. */
  readonly policy?: string[];
}

const MAX_POLICIES = 64;

export function addClaimOption(command: Command): Command {
  return command
    .option('--claim <id...>', 'policies that the run claims to follow')
    .addOption(new Option('--policy <id...>').hideHelp());
}

/** The ids for `policy_ids`; ids that no registry knows are warned of. */
export function claimedPolicies({ claim = [], policy }: ClaimOptions): string[] {
  if (policy !== undefined) {
    say('hint: give claims with --claim; --policy means them here in this version only.');
  }
  const sorted = [...new Set([...claim, ...(policy ?? [])])].sort();
  const bad = sorted.find((id) => !/^[a-z0-9][a-z0-9_]{0,63}$/.test(id));
  if (bad !== undefined) {
    throw unusable(`"${bad}" is not a policy id: lowercase letters, digits and underscores.`);
  }
  if (sorted.length > MAX_POLICIES) {
    throw unusable(`A receipt claims at most ${MAX_POLICIES} policies.`);
  }
  const unknown = sorted.filter((id) => knownPolicy(id) === undefined);
  if (unknown.length > 0) {
    say(`warning: ${unknown.join(', ')}: not in the policy registry; a verifier will warn of it.`);
  }
  return sorted;
}
