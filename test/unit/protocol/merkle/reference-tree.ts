/**
 * RFC 6962 section 2.1 written down word for word: slow, recursive, and independent of the code
 * under test. Tests compare everything else against it.
 */
import { EMPTY_ROOT, type Hash, type LeafHash, leafHash, nodeHash } from '#protocol/merkle/hash.ts';
import type { NodeId, NodeReader } from '#protocol/merkle/proof.ts';

export function numberedLeaves(count: number): LeafHash[] {
  return Array.from({ length: count }, (_, i) => leafHash(Uint8Array.of(i >> 8, i & 255)));
}

function split(count: number): number {
  let k = 1;
  while (k * 2 < count) k *= 2;
  return k;
}

/** MTH(D). */
export function merkleTreeHash(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0]!;
  const k = split(leaves.length);
  return nodeHash(merkleTreeHash(leaves.slice(0, k)), merkleTreeHash(leaves.slice(k)));
}

/** PATH(m, D). */
export function auditPath(m: number, leaves: readonly Hash[]): Hash[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...auditPath(m, leaves.slice(0, k)), merkleTreeHash(leaves.slice(k))]
    : [...auditPath(m - k, leaves.slice(k)), merkleTreeHash(leaves.slice(0, k))];
}

/** SUBPROOF(m, D, b). */
function subproof(m: number, leaves: readonly Hash[], complete: boolean): Hash[] {
  if (m === leaves.length) return complete ? [] : [merkleTreeHash(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), complete), merkleTreeHash(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), merkleTreeHash(leaves.slice(0, k))];
}

/** PROOF(m, D). */
export function consistencyPath(m: number, leaves: readonly Hash[]): Hash[] {
  return m === 0 ? [] : subproof(m, leaves, true);
}

export function nodeReader(leaves: readonly Hash[]): NodeReader {
  const node = ({ level, index }: NodeId) => {
    const width = 2 ** level;
    if ((index + 1) * width > leaves.length) throw new Error(`node ${level}/${index} is not there`);
    return merkleTreeHash(leaves.slice(index * width, (index + 1) * width));
  };
  return async (nodes) => nodes.map(node);
}
