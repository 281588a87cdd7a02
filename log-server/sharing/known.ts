/** What a process knows of a log that others write, too. Nothing of it ever goes back, whatever is read in which order. */
import { logOf, openCheckpoint } from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import type { Overview, SignedHead, TreeHead } from '../store/store.ts';

export interface Known {
  readonly head: TreeHead;
  readonly published: SignedHead | undefined;
  readonly signedSize: number;
  readonly newestAnchorSize: number;
  readonly isFrozen: boolean;
}

/** As the store says. `last` is the checkpoint that was published last, as far as it is known. */
export function knownFrom(overview: Overview, key: VerifierKey, last?: SignedHead): Known {
  const { head, signedSize = 0, published: note, newestAnchorSize, isFrozen } = overview;
  const isSame = note === undefined || note === last?.note;
  const published = isSame ? last : open(note, key);
  return { head, signedSize, newestAnchorSize, isFrozen, published };
}

function open(note: string, key: VerifierKey): SignedHead {
  const { size, root } = openCheckpoint(note, logOf(key)).checkpoint;
  return { size, root, note };
}

/** Of each thing the greater; of two checkpoints of one size that of `seen`. */
export function withGreater(known: Known, seen: Known): Known {
  const { head, published, signedSize, newestAnchorSize, isFrozen } = seen;
  const isNewer = (published?.size ?? -1) >= (known.published?.size ?? -1);
  return {
    head: head.size > known.head.size ? head : known.head,
    published: isNewer ? published : known.published,
    signedSize: Math.max(signedSize, known.signedSize),
    newestAnchorSize: Math.max(newestAnchorSize, known.newestAnchorSize),
    isFrozen: isFrozen || known.isFrozen,
  };
}

/** How a store that is asked after this was known is behind it; undefined if it is not. */
export function setback(
  known: Known,
  { head, signedSize = 0 }: Pick<Overview, 'head' | 'signedSize'>,
): string | undefined {
  if (head.size >= known.head.size && signedSize >= known.signedSize) return undefined;
  return (
    `the database has gone back: it has ${head.size} entries and a checkpoint of ${signedSize}, and had ` +
    `${known.head.size} and ${known.signedSize}`
  );
}
