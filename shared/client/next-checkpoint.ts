/**
 * The next checkpoint to go on to with a log that is followed: believed by its signatures and its quorum, and only
 * where it goes on from all trees that are known.
 *
 * Only two signatures by one key that cannot both be honest are a contradiction. A log that shows less than before,
 * or does not show how it goes on, is troubled and no more.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import { treeRoot } from '#protocol/merkle/proof.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import {
  openWithPolicy,
  type Policy,
  verifiedNote,
  type WitnessCosignature,
} from '#protocol/policy/policy.ts';
import { compareCheckpoints, type SignedCheckpoint } from './compare.ts';
import { FollowError } from './follow-error.ts';
import type { TileSource } from './tile-source.ts';
import { isSourceFailure, VerifiedTree } from './verified-tree.ts';

/** A checkpoint that counts by a policy. */
export interface TrustedCheckpoint extends SignedCheckpoint {
  /** Verified; in the order of the policy. */
  readonly cosignatures: readonly WitnessCosignature[];
  /** As `verifiedNote` makes it. */
  readonly verifiedNote: string;
}

/** Throws `FollowError`: `untrusted` or `quorum`. `who` shows it, at the beginning of a sentence. */
export function openTrusted(note: string, policy: Policy, who: string): TrustedCheckpoint {
  try {
    const opened = openWithPolicy(note, policy);
    const { checkpoint, quorumMet, cosignatures } = opened;
    const verified = formatNote(verifiedNote(opened));
    if (quorumMet) return { note, checkpoint, cosignatures, verifiedNote: verified };
    const names = cosignatures.map(({ witness }) => witness).join(', ') || 'nobody';
    throw new FollowError(
      'quorum',
      `${who} shows a checkpoint of size ${checkpoint.size} that is cosigned by ${names}, which is no quorum of the policy.`,
    );
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const what = 'no checkpoint of a log that the policy trusts';
    throw new FollowError('untrusted', `${who} shows ${what}: ${error.message}.`);
  }
}

/** A tree that has to be the beginning of whatever comes. */
export interface KnownTree {
  readonly size: number;
  readonly root: Hash;
  /** The signed note, where one is here; without it a contradiction is no evidence. */
  readonly note?: string;
  /** Its tiles, where all of them are here: then the log need not show it again to be convicted. */
  readonly tiles?: TileSource;
}

/** Rejects with `FollowError` where `next` does not go on from all that is known, or `source` does not show it. */
export async function checkGoesOn(
  next: SignedCheckpoint,
  known: readonly KnownTree[],
  source: TileSource,
  policy: Policy,
): Promise<void> {
  const { size } = next.checkpoint;
  for (const tree of known) await compare(tree, next, source, policy);
  const largest = Math.max(0, ...known.map((tree) => tree.size));
  if (size >= largest) return;
  throw new FollowError(
    'went-back',
    `The log shows a tree of size ${size}, less than the ${largest} that it has shown before.`,
  );
}

async function compare(
  known: KnownTree,
  next: SignedCheckpoint,
  source: TileSource,
  policy: Policy,
): Promise<void> {
  if (known.note === undefined) return await compareTree(known, next, source);
  const before = { note: known.note, checkpoint: parseCheckpoint(parseNote(known.note).text) };
  if (before.checkpoint.origin !== next.checkpoint.origin) {
    throw new FollowError(
      'other-log',
      `What was read before is of ${before.checkpoint.origin}, and the log shows ${next.checkpoint.origin}.`,
    );
  }
  const keys = [...policy.logs, ...policy.witnesses].map(({ key }) => key);
  const isLarger = known.size > next.checkpoint.size;
  const tiles = isLarger ? (known.tiles ?? source) : source;
  const comparison = await compareCheckpoints(before, next, tiles, keys);
  if (comparison.kind === 'undecided') throw unproven(known, comparison.reason);
  if (comparison.kind === 'consistent') return;
  throw contradiction(known, next, comparison.evidence);
}

/** For a tree that nobody signed. */
async function compareTree(known: KnownTree, next: SignedCheckpoint, source: TileSource) {
  if (known.size > next.checkpoint.size) return;
  const root = await treeRoot(new VerifiedTree(source, next.checkpoint).read, known.size).catch(
    (error: unknown) => {
      throw isSourceFailure(error) ? unproven(known, error.message) : error;
    },
  );
  if (!equalBytes(root, known.root)) throw contradiction(known, next);
}

function contradiction(
  known: KnownTree,
  { checkpoint }: SignedCheckpoint,
  evidence: FollowError['evidence'] = [],
): FollowError {
  return new FollowError(
    'contradiction',
    `The log contradicts itself: its tree of size ${checkpoint.size} does not go on from that of size ${known.size} ` +
      'which was read before.',
    evidence,
  );
}

function unproven(known: KnownTree, reason: string): FollowError {
  return new FollowError(
    'unproven',
    `The log does not show that it goes on from the tree of size ${known.size} that was read before: ${reason}.`,
  );
}
