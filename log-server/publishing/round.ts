/**
 * One round of cosigning: a signed checkpoint goes to every witness at once.
 *
 * It is over when all have answered, or a little after the quorum holds: a witness that hangs may
 * keep nobody waiting once it is not needed. A quorum whose time is far ahead needs the others: the
 * time of the receipts under it would be that of one witness with a wrong clock, or one that lies.
 */
import { isQuorumMet, type Policy, quorumTime } from '#protocol/policy/policy.ts';
import type { SignedHead } from '../store/store.ts';
import { LostTreeError, type NamedCosignature, type WitnessFeed } from './witness-feed.ts';

export interface RoundResult {
  readonly quorumMet: boolean;
  readonly cosignatures: readonly NamedCosignature[];
  /** For each feed that answered: its fault, or undefined when it cosigned. */
  readonly outcomes: ReadonlyMap<WitnessFeed, Error | undefined>;
}

export interface RoundOptions {
  readonly policy: Policy;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
  /** How long a quorum waits for the others. */
  readonly graceMs: number;
  /** Whether one that proves our tree lost ends the round at once. */
  readonly endsWhenLost: boolean;
  /** Ends the round when it is aborted. */
  readonly signal?: AbortSignal;
  /** Told how a feed ended that was still busy when the round was over. */
  readonly onLate: (feed: WitnessFeed, fault: Error | undefined) => void;
}

/** By how much the time of a quorum may be ahead of our clock without waiting for the others. */
const MAX_AHEAD_MS = 60_000;

export async function cosigningRound(
  head: SignedHead,
  feeds: readonly WitnessFeed[],
  { policy, now, graceMs, endsWhenLost, signal, onLate }: RoundOptions,
): Promise<RoundResult> {
  const over = new AbortController();
  const cosignatures: NamedCosignature[] = [];
  const outcomes = new Map<WitnessFeed, Error | undefined>();
  const quorumMet = () => isQuorumMet(policy, new Set(cosignatures.map(({ witness }) => witness)));
  const isTimely = () => {
    const times = new Map(cosignatures.map((made) => [made.witness, made.timeSeconds]));
    return (quorumTime(policy, times) ?? 0) * 1000 <= now() + MAX_AHEAD_MS;
  };
  let grace: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve) => {
      const settle = (feed: WitnessFeed, fault: Error | undefined) => {
        if (over.signal.aborted) {
          if (fault !== over.signal.reason) onLate(feed, fault);
          return;
        }
        outcomes.set(feed, fault);
        if (fault instanceof LostTreeError && endsWhenLost) resolve();
        else if (outcomes.size === feeds.length) resolve();
        else if (quorumMet() && isTimely()) grace ??= setTimeout(resolve, graceMs);
      };
      for (const feed of feeds) {
        feed.cosign(head, over.signal).then(
          (made) => {
            if (!over.signal.aborted) cosignatures.push(...made);
            settle(feed, undefined);
          },
          (error) => settle(feed, error),
        );
      }
      if (feeds.length === 0 || signal?.aborted) resolve();
      signal?.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
    });
    return { quorumMet: quorumMet(), cosignatures, outcomes };
  } finally {
    clearTimeout(grace);
    over.abort();
  }
}
