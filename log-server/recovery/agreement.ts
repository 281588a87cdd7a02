/**
 * Whether all that is known of a log's tree is of one tree. Where it is not, nothing is recovered: to go on
 * with either side could be the second face of a fork.
 */
import { encodeBase64 } from '#protocol/base64.ts';
import { equalBytes } from '#protocol/bytes.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import type { TreeHead } from '../store/store.ts';

/** A tree of this log, and who says so. */
export interface KnownTree extends TreeHead {
  /** For people: `the witness https://...`. */
  readonly by: string;
}

/** The log cannot be brought back to what it signed; the message says what is in the way. */
export class RecoveryError extends Error {
  override readonly name = 'RecoveryError';
}

/**
 * Throws `RecoveryError` unless each tree that is no larger is what `whole` begins with. `rootAt` gives the
 * root of the first leaves of `whole`.
 */
export async function checkAgree(
  whole: KnownTree,
  trees: readonly KnownTree[],
  rootAt: (size: number) => Promise<Hash>,
): Promise<void> {
  for (const tree of trees) {
    if (tree.size > whole.size) continue;
    const root = await rootAt(tree.size);
    if (!equalBytes(root, tree.root)) throw contradiction(tree, whole, root);
  }
}

function contradiction(tree: KnownTree, whole: KnownTree, root: Hash): RecoveryError {
  const { size } = tree;
  return new RecoveryError(
    `${tree.by} and ${whole.by} contradict each other: by the first the tree of size ${size} has root ` +
      `${encodeBase64(tree.root)}, by the second, of size ${whole.size}, it has ${encodeBase64(root)}. ` +
      'Nothing was recovered. Find out which of them is not of this log, and name only mirrors that are; if ' +
      'its key has signed both, it has signed a fork and cannot go on (docs/BACKUP_RECOVERY.md).',
  );
}
