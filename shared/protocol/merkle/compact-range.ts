/**
 * A compact range from the first leaf: the roots of the perfect subtrees that a tree is made of.
 *
 * This is all that is needed to append leaves and to know the root: one hash for each 1 bit of the
 * size, at most 53. Appending costs one node hash amortised. A follower keeps nothing else.
 */
import { checkInteger } from '../arguments.ts';
import { checkHash, EMPTY_ROOT, type Hash, type LeafHash, nodeHash } from './hash.ts';
import { foldSubtrees } from './proof.ts';

/** How many perfect subtrees a tree of `size` leaves has: the number of 1 bits in its size. */
function subtreeCount(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

export class CompactRange {
  // Owned by this object alone; `hashes` runs from the largest subtree to the smallest.
  #size: number;
  #hashes: Hash[];

  private constructor(size: number, hashes: readonly Hash[]) {
    this.#size = size;
    this.#hashes = [...hashes];
  }

  static empty(): CompactRange {
    return new CompactRange(0, []);
  }

  /** A saved range. Throws RangeError when the number of hashes does not belong to the size. */
  static from(size: number, hashes: readonly Hash[]): CompactRange {
    checkInteger(size, 'size');
    for (const hash of hashes) checkHash(hash, 'subtree root');
    if (subtreeCount(size) !== hashes.length) {
      throw new RangeError(
        `a tree of ${size} leaves has ${subtreeCount(size)} subtrees, got ${hashes.length}`,
      );
    }
    return new CompactRange(size, hashes);
  }

  get size(): number {
    return this.#size;
  }

  /** Subtree roots, largest first. */
  get hashes(): readonly Hash[] {
    return this.#hashes;
  }

  /** `onSubtree` is told the root of each perfect subtree that the leaf completes, itself first. */
  append(leaf: LeafHash, onSubtree?: (root: Hash, height: number) => void): void {
    checkHash(leaf, 'leaf hash');
    let hash: Hash = leaf;
    let height = 0;
    onSubtree?.(hash, height);
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      hash = nodeHash(this.#hashes.pop()!, hash);
      height++;
      onSubtree?.(hash, height);
    }
    this.#hashes.push(hash);
    this.#size++;
  }

  root(): Hash {
    return this.#size === 0 ? EMPTY_ROOT : foldSubtrees(this.#hashes);
  }

  /** An independent copy, for trying an append that may be thrown away. */
  clone(): CompactRange {
    return new CompactRange(this.#size, this.#hashes);
  }
}
