/**
 * Subtrees of a tree and their consistency with it (draft-ietf-plants-merkle-tree-certs, section 4).
 *
 * A subtree [start, end) is the tree over these leaves where it lines up with the nodes of every larger
 * tree: `start` is a multiple of the least power of two that is not below its size. From 0 it is a tree
 * of the log, and its proof the consistency proof of RFC 6962. Sizes are exact up to 2^53-1; nothing here
 * uses 32-bit operators.
 */
import { checkInteger } from '../arguments.ts';
import { equalBytes } from '../bytes.ts';
import { checkHash, type Hash, nodeHash } from './hash.ts';
import { type LeafRange, type NodeReader, rangeHashes, splitPoint } from './ranges.ts';

/** Leaves from `start` to below `end`. */
export type Subtree = LeafRange;

/** Whether there is a subtree over these leaves: not empty, and lined up with the tree. */
export function isSubtree({ start, end }: Subtree): boolean {
  checkInteger(start, 'start');
  checkInteger(end, 'end');
  if (start >= end) return false;
  let width = 1;
  while (width < end - start) width *= 2;
  return start % width === 0;
}

/**
 * The ranges of a subtree consistency proof, in the order of the proof. `seeded` is false when the
 * subtree is itself a node of the tree: its hash then starts the computation and is left out.
 */
export function subtreeRanges({ start, end }: Subtree, size: number) {
  const ranges: LeafRange[] = [];
  let seeded = false;
  // What is left to find is [from, end) within [low, high).
  let [low, high, from] = [0, size, start];
  while (low !== from || high !== end) {
    const middle = low + splitPoint(high - low);
    if (end <= middle) {
      ranges.push({ start: middle, end: high });
      high = middle;
    } else {
      ranges.push({ start: low, end: middle });
      // A subtree over the middle begins where the node does: its left half is that of the node.
      if (from < middle) {
        from = middle;
        seeded = true;
      }
      low = middle;
    }
  }
  if (seeded) ranges.push({ start: low, end: high });
  return { seeded, ranges: ranges.reverse() };
}

/** A subtree of a tree of `size`; throws RangeError for any other range. */
function checkSubtree(subtree: Subtree, size: number): void {
  checkInteger(size, 'size');
  if (isSubtree(subtree) && subtree.end <= size) return;
  const { start, end } = subtree;
  throw new RangeError(`expected a subtree of a tree of ${size}, got ${start} to ${end}`);
}

/**
 * Whether `proof` shows that the tree of `size` under `root` has the subtree with this hash. Throws
 * TypeError or RangeError for a hash that is none, and for what is no subtree of that tree.
 */
export function verifySubtreeConsistency(
  subtree: Subtree,
  hash: Hash,
  size: number,
  root: Hash,
  proof: readonly Hash[],
): boolean {
  checkSubtree(subtree, size);
  for (const each of [hash, root, ...proof]) checkHash(each, 'hash');
  const { seeded, ranges } = subtreeRanges(subtree, size);
  if (proof.length !== ranges.length) return false;
  const seed = seeded ? proof[0]! : hash;
  let computed = seed;
  let computedRoot = seed;
  for (let i = seeded ? 1 : 0; i < ranges.length; i++) {
    const { start, end } = ranges[i]!;
    const sibling = proof[i]!;
    if (start >= subtree.end) {
      computedRoot = nodeHash(computedRoot, sibling);
      continue;
    }
    if (start >= subtree.start && end <= subtree.end) computed = nodeHash(sibling, computed);
    computedRoot = nodeHash(sibling, computedRoot);
  }
  return equalBytes(computed, hash) && equalBytes(computedRoot, root);
}

/** The proof that a tree of `size` has a subtree. Throws RangeError for what is none of it. */
export async function subtreeConsistencyProof(
  read: NodeReader,
  subtree: Subtree,
  size: number,
): Promise<Hash[]> {
  checkSubtree(subtree, size);
  return await rangeHashes(read, subtreeRanges(subtree, size).ranges);
}

/** The hash of a subtree. Throws RangeError for a range that is none. */
export async function subtreeHash(read: NodeReader, subtree: Subtree): Promise<Hash> {
  checkSubtree(subtree, subtree.end);
  const [hash] = await rangeHashes(read, [subtree]);
  return hash!;
}
