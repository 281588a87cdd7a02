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

/** A perfect subtree: `level` 0 is a leaf hash, and it covers leaves [index << level, +1 << level). */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/** Returns the hashes of the nodes asked for, in their order. Rejects if it cannot. */
export type NodeReader = (nodes: readonly NodeId[]) => Promise<Hash[]>;

interface LeafRange {
  readonly start: number;
  readonly end: number;
}

function checkHashes(...hashes: readonly Hash[]): void {
  for (const hash of hashes) checkHash(hash, 'hash');
}

/** The largest power of two strictly below `count`, for a count of at least 2. */
function splitPoint(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

/** The ranges whose hashes make the audit path of a leaf, from the leaf's sibling upwards. */
function inclusionRanges(index: number, size: number): LeafRange[] {
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

/**
 * The ranges of a consistency proof, lowest first. `seeded` is false when the old tree is itself
 * a subtree of the new one: its root then starts the computation and is left out of the proof.
 */
function consistencyRanges(oldSize: number, newSize: number) {
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = newSize;
  while (end !== oldSize) {
    const middle = start + splitPoint(end - start);
    if (oldSize <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  const seeded = start !== 0;
  if (seeded) ranges.push({ start, end });
  return { seeded, ranges: ranges.reverse() };
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
  checkHashes(leaf, root, ...proof);
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
  checkHashes(oldRoot, newRoot, ...proof);
  if (oldSize > newSize) return false;
  if (newSize === 0 && !equalBytes(newRoot, EMPTY_ROOT)) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  if (oldSize === 0) return proof.length === 0 && equalBytes(oldRoot, EMPTY_ROOT);
  const { seeded, ranges } = consistencyRanges(oldSize, newSize);
  if (proof.length !== ranges.length) return false;
  const seed = seeded ? proof[0]! : oldRoot;
  let computedOld = seed;
  let computedNew = seed;
  for (let i = seeded ? 1 : 0; i < ranges.length; i++) {
    const sibling = proof[i]!;
    if (ranges[i]!.start >= oldSize) {
      computedNew = nodeHash(computedNew, sibling);
    } else {
      computedOld = nodeHash(sibling, computedOld);
      computedNew = nodeHash(sibling, computedNew);
    }
  }
  return equalBytes(computedOld, oldRoot) && equalBytes(computedNew, newRoot);
}

/** The perfect subtrees that a range is made of, from the left (largest) to the right. */
function perfectSubtrees({ start, end }: LeafRange): NodeId[] {
  const nodes: NodeId[] = [];
  let width = 1;
  let level = 0;
  while (width * 2 <= end - start) {
    width *= 2;
    level++;
  }
  for (let at = start; at < end; level--, width /= 2) {
    if (at + width > end) continue;
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}

/** The hash of a range from its perfect subtrees, left to right. */
export function foldSubtrees(hashes: readonly Hash[]): Hash {
  if (hashes.length === 0) throw new RangeError('expected at least one hash');
  return hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** The hash of each range, all nodes fetched with one read. */
async function rangeHashes(read: NodeReader, ranges: readonly LeafRange[]): Promise<Hash[]> {
  const nodes = ranges.map(perfectSubtrees);
  const hashes = await read(nodes.flat());
  let offset = 0;
  return nodes.map(({ length }) => {
    offset += length;
    return foldSubtrees(hashes.slice(offset - length, offset));
  });
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
  return await rangeHashes(read, consistencyRanges(oldSize, newSize).ranges);
}

/** Root of the first `size` leaves. */
export async function treeRoot(read: NodeReader, size: number): Promise<Hash> {
  checkInteger(size, 'size');
  if (size === 0) return EMPTY_ROOT;
  const [root] = await rangeHashes(read, [{ start: 0, end: size }]);
  return root!;
}
