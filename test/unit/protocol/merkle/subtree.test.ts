/**
 * Subtrees and their consistency proofs, against the draft's own words: its recursive definition of the
 * proof, and its verification by shifting bits, which share nothing with the code under test.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalBytes, toHex } from '#protocol/bytes.ts';
import { type Hash, nodeHash } from '#protocol/merkle/hash.ts';
import {
  isSubtree,
  type Subtree,
  subtreeConsistencyProof,
  subtreeHash,
  verifySubtreeConsistency,
} from '#protocol/merkle/subtree.ts';
import { testHash } from '../note/support.ts';
import { consistencyPath, merkleTreeHash, nodeReader, numberedLeaves } from './reference-tree.ts';

const SIZES = 40;
const leaves = numberedLeaves(SIZES);
const read = nodeReader(leaves);
const treeHashes = new Map<string, Hash>();

/** MTH(D[start:end]). */
function hashOf(start: number, end: number): Hash {
  const key = `${start}-${end}`;
  const known = treeHashes.get(key) ?? merkleTreeHash(leaves.slice(start, end));
  treeHashes.set(key, known);
  return known;
}

/** Section 4.1: start is a multiple of BIT_CEIL(end - start). */
function isValid(start: number, end: number): boolean {
  return start < end && start % 2 ** Math.ceil(Math.log2(end - start)) === 0;
}

/** SUBTREE_SUBPROOF(start, end, D[low:high], known), by absolute indices. */
function subproof({ start, end }: Subtree, low: number, high: number, known: boolean): Hash[] {
  if (start === low && end === high) return known ? [] : [hashOf(low, high)];
  const middle = low + 2 ** (Math.ceil(Math.log2(high - low)) - 1);
  if (end <= middle) return [...subproof({ start, end }, low, middle, known), hashOf(middle, high)];
  if (middle <= start)
    return [...subproof({ start, end }, middle, high, known), hashOf(low, middle)];
  return [...subproof({ start: middle, end }, middle, high, false), hashOf(low, middle)];
}

/** Section 4.4.3, step by step. */
function verifies(
  { start, end }: Subtree,
  hash: Hash,
  n: number,
  root: Hash,
  proof: readonly Hash[],
) {
  if (end > n || !isValid(start, end)) return false;
  let [fn, sn, tn] = [start, end - 1, n - 1];
  const shift = () => {
    [fn, sn, tn] = [fn >>> 1, sn >>> 1, tn >>> 1];
  };
  if (sn === tn) while (fn !== sn) shift();
  else while (fn !== sn && sn % 2 === 1) shift();
  const rest = [...proof];
  const seed = fn === sn ? hash : rest.shift();
  if (seed === undefined) return false;
  let [fr, sr] = [seed, seed];
  for (const p of rest) {
    if (tn === 0) return false;
    if (sn % 2 === 1 || sn === tn) {
      if (fn < sn) fr = nodeHash(p, fr);
      sr = nodeHash(p, sr);
      while (sn % 2 === 0) shift();
    } else {
      sr = nodeHash(sr, p);
    }
    shift();
  }
  return tn === 0 && equalBytes(fr, hash) && equalBytes(sr, root);
}

function* subtreesOf(size: number): Generator<Subtree> {
  for (let start = 0; start < size; start++) {
    for (let end = start + 1; end <= size; end++) if (isValid(start, end)) yield { start, end };
  }
}

describe('a subtree', () => {
  it('lines up with the tree', () => {
    for (let start = 0; start <= 70; start++) {
      for (let end = 0; end <= 70; end++) {
        expect(isSubtree({ start, end })).toBe(isValid(start, end));
      }
    }
  });

  it('may be as large as a tree can be', () => {
    const max = Number.MAX_SAFE_INTEGER;
    expect(isSubtree({ start: 0, end: max })).toBe(true);
    expect(isSubtree({ start: 2 ** 52, end: max })).toBe(true);
    expect(isSubtree({ start: 2 ** 52 + 1, end: max })).toBe(false);
    expect(isSubtree({ start: max - 1, end: max })).toBe(true);
    expect(() => isSubtree({ start: 0, end: max + 1 })).toThrow(RangeError);
  });
});

describe('a subtree consistency proof', () => {
  it('is the one of the definition, and verifies either way, for every subtree of every small tree', async () => {
    for (let size = 1; size <= SIZES; size++) {
      for (const subtree of subtreesOf(size)) {
        const proof = await subtreeConsistencyProof(read, subtree, size);
        const hash = await subtreeHash(read, subtree);
        const expected = subproof(subtree, 0, size, true);
        expect(proof.map(toHex)).toEqual(expected.map(toHex));
        expect(toHex(hash)).toBe(toHex(hashOf(subtree.start, subtree.end)));
        const root = hashOf(0, size);
        expect(verifySubtreeConsistency(subtree, hash, size, root, proof)).toBe(true);
        expect(verifies(subtree, hash, size, root, proof)).toBe(true);
      }
    }
  });

  it('is the consistency proof of RFC 6962 where the subtree begins at 0', async () => {
    for (let end = 1; end <= 20; end++) {
      const proof = await subtreeConsistencyProof(read, { start: 0, end }, 20);
      expect(proof.map(toHex)).toEqual(consistencyPath(end, leaves.slice(0, 20)).map(toHex));
    }
  });

  it('verifies with nothing else: no other hash, root, size, range or length', () => {
    for (const size of [5, 8, 13, 21]) {
      const root = hashOf(0, size);
      for (const subtree of subtreesOf(size)) {
        const hash = hashOf(subtree.start, subtree.end);
        const proof = subproof(subtree, 0, size, true);
        const holds = (it: Partial<{ hash: Hash; size: number; root: Hash; proof: Hash[] }>) =>
          verifySubtreeConsistency(
            subtree,
            it.hash ?? hash,
            it.size ?? size,
            it.root ?? root,
            it.proof ?? proof,
          );
        expect(holds({ hash: testHash(1) })).toBe(false);
        expect(holds({ root: testHash(1) })).toBe(false);
        expect(holds({ proof: [...proof, testHash(1)] })).toBe(false);
        if (proof.length > 0) expect(holds({ proof: proof.slice(1) })).toBe(false);
        for (const [i] of proof.entries())
          expect(holds({ proof: proof.with(i, testHash(1)) })).toBe(false);
      }
    }
  });

  it('is judged as by the draft, whatever hashes it holds', () => {
    const anyHash = fc.constantFrom(
      ...[0, 8, 12].flatMap((at) => [hashOf(at, at + 1), hashOf(at, at + 4)]),
    );
    const subtrees = fc.constantFrom(...subtreesOf(16));
    const size = fc.integer({ min: 16, max: 33 });
    fc.assert(
      fc.property(
        subtrees,
        size,
        anyHash,
        fc.array(anyHash, { maxLength: 6 }),
        (subtree, n, hash, proof) => {
          const root = proof.at(-1) ?? hash;
          const expected = verifies(subtree, hash, n, root, proof);
          expect(verifySubtreeConsistency(subtree, hash, n, root, proof)).toBe(expected);
        },
      ),
    );
  });

  it('is not looked for where there is no such subtree', async () => {
    for (const subtree of [
      { start: 0, end: 0 },
      { start: 1, end: 3 },
      { start: 3, end: 2 },
      { start: 4, end: 9 },
    ]) {
      expect(() => verifySubtreeConsistency(subtree, leaves[0]!, 8, leaves[0]!, [])).toThrow(
        RangeError,
      );
      await expect(subtreeConsistencyProof(read, subtree, 8)).rejects.toThrow(RangeError);
    }
  });
});
