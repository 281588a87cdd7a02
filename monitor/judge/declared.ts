/**
 * On what logs and witnesses say of themselves: their keys, and the policy that a log publishes under,
 * against what this monitor's own policy says. Pure. Nobody is accused by what they say; a change that
 * nobody told of is a reason to ask.
 */

import { parseVerifierKey, type VerifierKey } from '#protocol/note/key.ts';
import type { Policy, PolicyWitness } from '#protocol/policy/policy.ts';
import { type Judgement, judgementsAbout, type Limits } from './judgement.ts';

export interface DeclaredKey {
  readonly vkey: string;
  /** It signs nothing new any more. */
  readonly isRetired: boolean;
  /** Unix milliseconds. */
  readonly retiredAtMs?: number | undefined;
}

/** On the keys that a log lists at `/.well-known/tecp-log-jwks`. */
export function judgeLogKeys(
  origin: string,
  declared: readonly DeclaredKey[],
  own: readonly VerifierKey[],
  limits: Limits,
): Judgement[] {
  const known = new Set(own.map(({ text }) => text));
  const listed = new Set(declared.map(({ vkey }) => vkey));
  const changes = [
    ...own.filter(({ text }) => !listed.has(text)).map(({ text }) => `it no longer lists ${text}`),
    ...declared.filter(({ vkey }) => !known.has(vkey)).map(({ vkey }) => `it also lists ${vkey}`),
    ...retired(declared, known),
  ];
  return verdict('log-keys-changed', origin, '', changes, limits.graceMs);
}

/** When each key of a witness was last seen to cosign, Unix milliseconds by its own clock. */
export type LastCosigned = (vkey: string) => number | undefined;

/**
 * On the keys that a witness lists. One of another type than all that the policy knows of it is
 * its own affair: a policy need not use both.
 */
export function judgeWitnessKeys(
  label: string,
  declared: readonly DeclaredKey[],
  own: readonly PolicyWitness[],
  lastCosigned: LastCosigned,
  limits: Limits,
): Judgement[] {
  const known = new Set(own.map(({ key }) => key.text));
  const listed = new Set(declared.map(({ vkey }) => vkey));
  const types = new Set(own.map(({ key }) => key.type));
  const changes = [
    ...[...known].filter((vkey) => !listed.has(vkey)).map((vkey) => `it no longer lists ${vkey}`),
    ...declared
      .filter(
        ({ vkey, isRetired }) =>
          !isRetired && !known.has(vkey) && types.has(parseVerifierKey(vkey).type),
      )
      .map(({ vkey }) => `it also signs with ${vkey}`),
    ...retired(declared, known),
    ...declared
      .filter(({ vkey, retiredAtMs }) => (lastCosigned(vkey) ?? 0) > (retiredAtMs ?? Infinity))
      .map(({ vkey }) => `it cosigned with ${vkey} after that was retired`),
  ];
  return verdict('witness-keys-changed', '', label, changes, limits.graceMs);
}

function retired(declared: readonly DeclaredKey[], known: ReadonlySet<string>): string[] {
  return declared
    .filter(({ vkey, isRetired }) => isRetired && known.has(vkey))
    .map(({ vkey, retiredAtMs }) => {
      const when = retiredAtMs === undefined ? '' : ` since ${new Date(retiredAtMs).toISOString()}`;
      return `it retired ${vkey}${when}`;
    });
}

/** On the policy that a log publishes under. */
export function judgePublishedPolicy(
  origin: string,
  theirs: Policy,
  ours: Policy,
  limits: Limits,
): Judgement[] {
  const [their, our] = [keysOf(theirs), keysOf(ours)];
  const changes = [
    ...missing(our, their).map((name) => `it does not ask ${name}`),
    ...missing(their, our).map((name) => `it asks ${name}, whom we do not know`),
    ...(shapeOf(theirs) === shapeOf(ours) || changesKeys(our, their)
      ? []
      : ['its quorum is another one than ours']),
  ];
  return verdict('policy-drift', origin, '', changes, limits.graceMs);
}

/** Names of witnesses by their keys. */
function keysOf({ witnesses }: Policy): Map<string, string> {
  return new Map(witnesses.map(({ key, name }) => [key.text, name]));
}

function missing(from: Map<string, string>, other: Map<string, string>): string[] {
  return [...from].filter(([vkey]) => !other.has(vkey)).map(([, name]) => name);
}

/** Then the quorum differs as well, and it is said already why. */
function changesKeys(our: Map<string, string>, their: Map<string, string>): boolean {
  return missing(our, their).length > 0 || missing(their, our).length > 0;
}

/** The quorum by keys, whatever the names are and in whatever order. */
function shapeOf({ witnesses, groups, quorum }: Policy): string {
  const shapes = new Map(witnesses.map(({ name, key }) => [name, key.text]));
  for (const { name, threshold, members } of groups) {
    const inner = members.map((member) => shapes.get(member)!).toSorted();
    shapes.set(name, `${threshold}(${inner.join(' ')})`);
  }
  return shapes.get(quorum) ?? quorum;
}

function verdict(
  kind: 'log-keys-changed' | 'witness-keys-changed' | 'policy-drift',
  origin: string,
  subject: string,
  changes: readonly string[],
  afterMs: number,
): Judgement[] {
  const about = judgementsAbout(origin);
  if (changes.length === 0) return [about.good(kind, subject)];
  return [about.bad(kind, subject, `By its own account ${changes.join('; ')}.`, afterMs)];
}
