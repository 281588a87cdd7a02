/**
 * What a policy says (C2SP tlog-policy): which logs are trusted, and which sets of witnesses must
 * have cosigned a checkpoint; its limits, its quorum rule and its canonical text.
 *
 * Names are members at most once, so the quorum is a tree of groups over witnesses, and each
 * witness counts once however many signatures it makes. An operator with keys of both kinds is two
 * `witness` lines and a group `all`.
 */
import { checkInteger } from '../arguments.ts';
import { ProtocolError } from '../errors.ts';
import type { VerifierKey } from '../note/key.ts';

/** Largest policy file, in bytes of UTF-8. */
export const MAX_POLICY_BYTES = 1024 * 1024;
export const MAX_POLICY_LOGS = 256;
export const MAX_POLICY_WITNESSES = 256;
export const MAX_POLICY_GROUPS = 256;
/** Most groups on the way from the quorum down to a witness. */
export const MAX_POLICY_DEPTH = 32;
/** The predefined quorum that asks for no cosignature; it names nothing else. */
export const NO_QUORUM = 'none';

export interface PolicyLog {
  /** Type 0x01; the key's name is the log's origin. */
  readonly key: VerifierKey;
  /** An http or https prefix without a slash at its end; who asks it finds out whether it is a URL. */
  readonly url?: string;
}

export interface PolicyWitness {
  /** Name within the policy file only; unrelated to the key's name. */
  readonly name: string;
  /** Type 0x04 or 0x06. */
  readonly key: VerifierKey;
  /** An http or https prefix without a slash at its end; who asks it finds out whether it is a URL. */
  readonly url?: string;
}

export interface PolicyGroup {
  readonly name: string;
  /** How many members are needed: 1 (`any`) to all of them (`all`). */
  readonly threshold: number;
  /** Names of witnesses and groups defined earlier. */
  readonly members: readonly string[];
}

export interface Policy {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: readonly PolicyGroup[];
  /** Name of a witness or a group, or `none`. */
  readonly quorum: string;
}

/** The k-th smallest of the known times, or undefined when fewer than k are known. */
function kthSmallest(times: readonly (number | undefined)[], k: number): number | undefined {
  const known = times.filter((time) => time !== undefined).sort((a, b) => a - b);
  return known[k - 1];
}

/** Throws TypeError unless the parts of a policy are there; what they hold is for the parser. */
export function checkPolicy(policy: Policy): void {
  const parts = [policy?.logs, policy?.witnesses, policy?.groups];
  if (!parts.every(Array.isArray) || typeof policy.quorum !== 'string') {
    throw new TypeError('expected a policy, as `parsePolicy` returns it');
  }
}

/**
 * The smallest time t such that the witnesses whose time is at most t satisfy the quorum; undefined
 * while they do not. For `quorum none` it is undefined too: nobody was asked for a time.
 */
export function quorumTime(
  policy: Policy,
  timeOf: ReadonlyMap<string, number>,
): number | undefined {
  checkPolicy(policy);
  for (const [name, time] of timeOf) checkInteger(time, `time of ${name}`);
  const groups = new Map(policy.groups.map((group) => [group.name, group]));
  const resolve = (name: string): number | undefined => {
    const group = groups.get(name);
    if (group === undefined) return timeOf.get(name);
    return kthSmallest(group.members.map(resolve), group.threshold);
  };
  return policy.quorum === NO_QUORUM ? undefined : resolve(policy.quorum);
}

/** Whether the witnesses of these names in the policy satisfy its quorum. */
export function isQuorumMet(policy: Policy, cosigningWitnessNames: ReadonlySet<string>): boolean {
  checkPolicy(policy);
  if (policy.quorum === NO_QUORUM) return true;
  const known = policy.witnesses.filter(({ name }) => cosigningWitnessNames.has(name));
  return quorumTime(policy, new Map(known.map(({ name }) => [name, 0]))) !== undefined;
}

function formatThreshold({ threshold, members }: PolicyGroup): string {
  if (threshold === members.length) return 'all';
  return threshold === 1 ? 'any' : String(threshold);
}

/** The text of a policy: logs, witnesses, groups in their order, quorum. */
export function formatPolicy(policy: Policy): string {
  const line = (...items: (string | undefined)[]) =>
    `${items.filter((item) => item !== undefined).join(' ')}\n`;
  return [
    ...policy.logs.map(({ key, url }) => line('log', key.text, url)),
    ...policy.witnesses.map(({ name, key, url }) => line('witness', name, key.text, url)),
    ...policy.groups.map((group) =>
      line('group', group.name, formatThreshold(group), ...group.members),
    ),
    line('quorum', policy.quorum),
  ].join('');
}

/** `ProtocolError('bad-policy')` that names the line. */
export function badPolicy(lineNumber: number, message: string): ProtocolError {
  return new ProtocolError('bad-policy', `line ${lineNumber}: ${message}`, `line ${lineNumber}`);
}
