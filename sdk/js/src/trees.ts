/**
 * Merkle trees (RFC 6962, section 2.1; docs/spec/log.md, section 2): whether an entry is in one, and whether one
 * begins another.
 */
import type { Hash } from '#protocol/merkle/hash.ts';
import * as trees from '#protocol/merkle/proof.ts';

/**
 * Whether `proof` shows that the leaf hash `leaf` is at `index`, counted from 0, in the tree of `size` leaves
 * under `root`. Hashes are 32 bytes. Throws RangeError or TypeError for a hash, an index or a size that is none.
 */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  // What is no hash is refused there.
  return trees.verifyInclusion(leaf as Hash, index, size, proof as readonly Hash[], root as Hash);
}

/**
 * Whether `proof` shows that the tree of `oldSize` leaves under `oldRoot` begins that of `newSize` leaves under
 * `newRoot`. Throws as `verifyInclusion` does.
 */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Uint8Array,
  newSize: number,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  return trees.verifyConsistency(
    oldSize,
    oldRoot as Hash,
    newSize,
    newRoot as Hash,
    proof as readonly Hash[],
  );
}
