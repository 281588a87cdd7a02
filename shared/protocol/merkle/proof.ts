/**
 * Inclusion and consistency proofs (RFC 6962 sections 2.1.1 and 2.1.2): made and verified.
 *
 * Both directions walk the same list of ranges, so that what is made is what is checked. A range
 * [start, end) of leaves stands for the hash of the subtree over them. Sizes and indices are exact
 * up to 2^53-1; nothing here uses 32-bit operators.
 */
import { checkInteger } from '../arguments.ts';
import { equalBytes } from '../bytes.ts';
import { checkHash, EMPTY_ROOT, type Hash, nodeHash } from './hash.ts';
import {
  foldSubtrees,
  type LeafRange,
  type NodeId,
  type NodeReader,
  rangeHashes,
  splitPoint,
} from './ranges.ts';
import { subtreeRanges, verifySubtreeConsistency } from './subtree.ts';

export { foldSubtrees, type NodeId, type NodeReader };

function checkHashes(hashes: readonly Hash[]): void {
  for (const hash of hashes) checkHash(hash, 'hash');
}

/** The ranges whose hashes make the audit path of a leaf, from the leaf's sibling upwards. */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.reverse();
}

/** The root that a leaf at `index` and its audit path lead to; undefined if the path cannot fit. */
function inclusionRoot(leaf: Hash, index: number, size: number, proof: readonly Hash[]) {
  if (index >= size) return undefined;
  const ranges = inclusionRanges(index, size);
  if (ranges.length !== proof.length) return undefined;
  return ranges.reduce<Hash>(
    (hash, { start }, i) => (start > index ? nodeHash(hash, proof[i]!) : nodeHash(proof[i]!, hash)),
    leaf,
  );
}

/**
 * Whether `proof` shows that `leaf` is at `index` in the tree of `size` leaves under `root`. Throws
 * TypeError or RangeError for a size, an index or a hash that is none.
 */
export function verifyInclusion(
  leaf: Hash,
  index: number,
  size: number,
  proof: readonly Hash[],
  root: Hash,
): boolean {
  checkInteger(index, 'index');
  checkInteger(size, 'size');
  checkHashes([leaf, root, ...proof]);
  const computed = inclusionRoot(leaf, index, size, proof);
  return computed !== undefined && equalBytes(computed, root);
}

/**
 * Whether `proof` shows that the tree (oldSize, oldRoot) is a prefix of (newSize, newRoot).
 * Equal sizes and the empty old tree take an empty proof, and their roots are still compared. Throws
 * TypeError or RangeError for a size or a hash that is none.
 */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Hash,
  newSize: number,
  newRoot: Hash,
  proof: readonly Hash[],
): boolean {
  checkInteger(oldSize, 'old size');
  checkInteger(newSize, 'new size');
  checkHashes([oldRoot, newRoot, ...proof]);
  if (oldSize > newSize) return false;
  if (newSize === 0 && !equalBytes(newRoot, EMPTY_ROOT)) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  if (oldSize === 0) return proof.length === 0 && equalBytes(oldRoot, EMPTY_ROOT);
  const old = { start: 0, end: oldSize };
  return verifySubtreeConsistency(old, oldRoot, newSize, newRoot, proof);
}

/** Audit path of the leaf at `index` in the tree of `size`. Throws RangeError if index >= size. */
export async function inclusionProof(
  read: NodeReader,
  index: number,
  size: number,
): Promise<Hash[]> {
  checkInteger(index, 'index');
  checkInteger(size, 'size');
  if (index >= size) {
    throw new RangeError(`expected 0 <= index < size, got index ${index} and size ${size}`);
  }
  return await rangeHashes(read, inclusionRanges(index, size));
}

/** Consistency proof between two sizes of one tree. Throws RangeError if oldSize > newSize. */
export async function consistencyProof(
  read: NodeReader,
  oldSize: number,
  newSize: number,
): Promise<Hash[]> {
  checkInteger(oldSize, 'old size');
  checkInteger(newSize, 'new size');
  if (oldSize > newSize) {
    throw new RangeError(`expected 0 <= old <= new, got ${oldSize} and ${newSize}`);
  }
  if (oldSize === 0 || oldSize === newSize) return [];
  return await rangeHashes(read, subtreeRanges({ start: 0, end: oldSize }, newSize).ranges);
}

/** Root of the first `size` leaves. */
export async function treeRoot(read: NodeReader, size: number): Promise<Hash> {
  checkInteger(size, 'size');
  if (size === 0) return EMPTY_ROOT;
  const [root] = await rangeHashes(read, [{ start: 0, end: size }]);
  return root!;
}
