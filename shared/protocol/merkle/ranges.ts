/**
 * Ranges of leaves, and the hashes over them: what proofs are made of (RFC 6962 section 2.1).
 *
 * A range [start, end) of leaves stands for the hash of the tree over them. Sizes and indices are exact
 * up to 2^53-1; nothing here uses 32-bit operators.
 */
import { type Hash, nodeHash } from './hash.ts';

/** A perfect subtree: `level` 0 is a leaf hash, and it covers leaves [index << level, +1 << level). */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/** Returns the hashes of the nodes asked for, in their order. Rejects if it cannot. */
export type NodeReader = (nodes: readonly NodeId[]) => Promise<Hash[]>;

export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** The largest power of two strictly below `count`, for a count of at least 2. */
export function splitPoint(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
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
export async function rangeHashes(read: NodeReader, ranges: readonly LeafRange[]): Promise<Hash[]> {
  const nodes = ranges.map(perfectSubtrees);
  const hashes = await read(nodes.flat());
  let offset = 0;
  return nodes.map(({ length }) => {
    offset += length;
    return foldSubtrees(hashes.slice(offset - length, offset));
  });
}
