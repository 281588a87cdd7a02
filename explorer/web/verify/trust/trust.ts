/**
 * By which policy a log is judged: the visitor's own, or else the one that the explorer offers. Which of the two it
 * is, is part of every verdict.
 */
import { ProtocolError } from '#protocol/errors.ts';
import { type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import type { OwnPolicies, OwnPolicy } from './own-policies.ts';

export interface Trust {
  /** Undefined where nobody is trusted about this log. */
  readonly policy: Policy | undefined;
  readonly source: 'visitor' | 'explorer';
  /** For the end of a sentence: `by your policy "friends.txt"`. */
  readonly words: string;
}

/** The newest of the visitor's policies that lists a log of this origin counts. */
export function trustIn(origin: string, own: OwnPolicies, offered: Trust): Trust {
  if (own.isDamaged) {
    const words = 'as your policies cannot be read: set them anew';
    return { policy: undefined, source: 'visitor', words };
  }
  if (own.all.length === 0) return offered;
  const listing = own.all.find((policy) => lists(policy, origin));
  if (listing !== undefined) {
    return {
      policy: listing.policy,
      source: 'visitor',
      words: `by your policy "${listing.name}"`,
    };
  }
  const words =
    own.all.length === 1
      ? `as your policy "${own.all[0]!.name}" does not list this log`
      : `as none of your ${own.all.length} policies lists this log`;
  return { policy: undefined, source: 'visitor', words };
}

function lists({ policy }: OwnPolicy, origin: string): boolean {
  return policy.logs.some(({ key }) => key.name === origin);
}

/** What an explorer offers, as its text. */
export function offeredTrust(policyText: string): Trust {
  try {
    const policy = parsePolicy(policyText);
    return { policy, source: 'explorer', words: 'by the policy that this explorer offers' };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const words = 'as the policy that this explorer offers cannot be read';
    return { policy: undefined, source: 'explorer', words };
  }
}

/** For a log of which the explorer says nothing. */
export const NO_OFFER: Trust = {
  policy: undefined,
  source: 'explorer',
  words: 'as this explorer offers no policy for it',
};
