/** What the quorum of the policy makes of witnesses that do not run. */
import { isQuorumMet } from '#protocol/policy/policy.ts';
import type { Network } from './network.ts';
import type { RoleState } from './run-state.ts';

/** Whether those that run can make a quorum, without the roles of the names in `without`. */
function canMakeQuorum(
  { policy, witnesses }: Network,
  states: readonly RoleState[],
  without: readonly string[] = [],
): boolean {
  const runs = (name: string): boolean =>
    !without.includes(name) &&
    states.some((role) => role.name === name && /^(running|restarting)$/.test(role.state));
  // A witness of the policy that is no role of this network is somebody else's, and taken to be there.
  const absent = new Set(witnesses.filter(({ name }) => !runs(name)).map(({ url }) => url));
  const present = policy.witnesses.filter(({ url }) => url === undefined || !absent.has(url));
  return isQuorumMet(policy, new Set(present.map(({ name }) => name)));
}

/** The consequence, for people, of roles that are not there any more. */
export function quorumSentence(
  network: Network,
  states: readonly RoleState[],
  without: readonly string[],
): string {
  if (without.includes(network.log.name)) return 'Nothing can be logged without it.';
  if (without.includes(network.monitor.name)) return 'Nobody watches the log meanwhile.';
  if (without.includes(network.explorer?.name ?? '')) return 'Nobody can search meanwhile.';
  return canMakeQuorum(network, states, without)
    ? 'The other witnesses still make the quorum.'
    : 'There is no quorum without it: nothing new is published.';
}
