/** Inclusion and consistency proofs of trees of any size, made of the other hashes that they need: nothing else. */
import { asHash, type Hash, nodeHash } from '#protocol/merkle/hash.ts';
import type { Random } from './random.ts';

export const MAX_SIZE = Number.MAX_SAFE_INTEGER;

export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly hashes: readonly Hash[];
  readonly root: Hash;
}

export function randomHash(random: Random): Hash {
  return asHash(random.bytes(32));
}

/** 1 to 2^53 − 1, with a liking for what is near a power of two. */
export function randomSize(random: Random): number {
  const power = 2 ** random.below(53);
  const size = random.weighed<() => number>([
    [3, () => random.between(1, 20)],
    [3, () => power + random.between(-1, 1)],
    [3, () => Math.floor(power * (1 + random.below(2 ** 30) / 2 ** 30))],
    [1, () => MAX_SIZE],
  ])();
  return Math.min(MAX_SIZE, Math.max(1, size));
}

export function randomIndex(random: Random, size: number): number {
  const anywhere = Math.floor((random.below(2 ** 32) / 2 ** 32) * size);
  return Math.min(size - 1, random.pick([0, size - 1, anywhere, anywhere]));
}

export function randomInclusion(random: Random, leaf: Hash): Inclusion {
  const size = randomSize(random);
  return inclusionIn(random, leaf, size, randomIndex(random, size));
}

/** The way from a leaf to the root of a tree whose other subtrees have random hashes (RFC 9162, 2.1.3.2). */
export function inclusionIn(random: Random, leaf: Hash, size: number, index: number): Inclusion {
  const hashes: Hash[] = [];
  let root = leaf;
  for (let node = BigInt(index), last = BigInt(size - 1); last > 0n; node >>= 1n, last >>= 1n) {
    const isRight = node % 2n === 1n;
    // The last node of a level that has no sibling goes up as it is.
    if (!isRight && node === last) continue;
    const sibling = randomHash(random);
    hashes.push(sibling);
    root = isRight ? nodeHash(sibling, root) : nodeHash(root, sibling);
  }
  return { index, size, hashes, root };
}

export interface Consistency {
  readonly oldSize: number;
  readonly newSize: number;
  readonly oldRoot: Hash;
  readonly newRoot: Hash;
  readonly proof: readonly Hash[];
}

/** Two trees, one of which begins the other: the subtrees of both at once, and the rest of the new one. */
export function randomConsistency(random: Random): Consistency {
  const newSize = randomSize(random);
  const oldSize = randomIndex(random, newSize) + 1;
  if (oldSize === newSize) {
    const root = randomHash(random);
    return { oldSize, newSize, oldRoot: root, newRoot: root, proof: [] };
  }
  const proof: Hash[] = [];
  const roots = subtree(random, BigInt(oldSize), BigInt(newSize), true, proof);
  return { oldSize, newSize, oldRoot: roots.old, newRoot: roots.new, proof };
}

/** SUBPROOF(m, D[n], b) of RFC 6962, with hashes drawn where it takes those of the tree. */
function subtree(
  random: Random,
  m: bigint,
  n: bigint,
  isOldTree: boolean,
  proof: Hash[],
): { old: Hash; new: Hash } {
  if (m === n) {
    const hash = randomHash(random);
    if (!isOldTree) proof.push(hash);
    return { old: hash, new: hash };
  }
  let half = 1n;
  while (half * 2n < n) half *= 2n;
  if (m <= half) {
    const left = subtree(random, m, half, isOldTree, proof);
    const right = randomHash(random);
    proof.push(right);
    return { old: left.old, new: nodeHash(left.new, right) };
  }
  const right = subtree(random, m - half, n - half, false, proof);
  const left = randomHash(random);
  proof.push(left);
  return { old: nodeHash(left, right.old), new: nodeHash(left, right.new) };
}
