import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { CompactRange } from '#protocol/merkle/compact-range.ts';
import { asHash, EMPTY_ROOT, type Hash, leafHash } from '#protocol/merkle/hash.ts';
import {
  consistencyProof,
  inclusionProof,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '#protocol/merkle/proof.ts';
import {
  auditPath,
  consistencyPath,
  merkleTreeHash,
  nodeReader,
  numberedLeaves,
} from './reference-tree.ts';

// The eight leaves and roots that the Certificate Transparency reference implementation tests with.
const REFERENCE_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const REFERENCE_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const MAX = 300;
const leaves = numberedLeaves(MAX);
const roots = Array.from({ length: MAX + 1 }, (_, size) => merkleTreeHash(leaves.slice(0, size)));
const read = nodeReader(leaves);

function flipped(hash: Hash): Hash {
  const copy = Uint8Array.from(hash);
  copy[0]! ^= 1;
  return asHash(copy);
}

describe('roots', () => {
  it('are those of the Certificate Transparency reference trees', () => {
    const range = CompactRange.empty();
    expect(toHex(range.root())).toBe(REFERENCE_ROOTS[0]);
    for (const [i, leaf] of REFERENCE_LEAVES.entries()) {
      range.append(leafHash(fromHex(leaf)));
      expect(toHex(range.root())).toBe(REFERENCE_ROOTS[i + 1]);
    }
  });

  it('computed by a compact range, saved and restored at each size, equal RFC 6962 to size 300', () => {
    let range = CompactRange.empty();
    for (let size = 0; size <= MAX; size++) {
      expect(range.root()).toEqual(roots[size]);
      range = CompactRange.from(range.size, range.hashes);
      if (size < MAX) range.append(leaves[size]!);
    }
  });

  it('read from nodes equal RFC 6962 at all sizes to 300', async () => {
    for (let size = 0; size <= MAX; size++) expect(await treeRoot(read, size)).toEqual(roots[size]);
  });

  it('refuse a saved range whose hashes do not belong to its size', () => {
    expect(() => CompactRange.from(3, [roots[1]!])).toThrow(RangeError);
    expect(() => CompactRange.from(-1, [])).toThrow(RangeError);
  });
});

describe('inclusion proofs', () => {
  it('are the audit paths of RFC 6962 and verify, at all sizes to 300', async () => {
    for (let size = 1; size <= MAX; size++) {
      const step = size <= 40 ? 1 : 17;
      for (let index = size % step; index < size; index += step) {
        const proof = await inclusionProof(read, index, size);
        expect(proof).toEqual(auditPath(index, leaves.slice(0, size)));
        expect(verifyInclusion(leaves[index]!, index, size, proof, roots[size]!)).toBe(true);
      }
    }
  });

  it('fail for another leaf, index, size, root, a changed hash, one hash more or one less', async () => {
    for (const [index, size] of [
      [0, 2],
      [3, 7],
      [128, 300],
      [299, 300],
    ] as const) {
      const proof = await inclusionProof(read, index, size);
      const leaf = leaves[index]!;
      const root = roots[size]!;
      expect(verifyInclusion(flipped(leaf), index, size, proof, root)).toBe(false);
      expect(verifyInclusion(leaf, index ^ 1, size, proof, root)).toBe(false);
      expect(verifyInclusion(leaf, index, size, proof, flipped(root))).toBe(false);
      expect(verifyInclusion(leaf, index, size, proof.slice(1), root)).toBe(false);
      expect(verifyInclusion(leaf, index, size, [...proof, root], root)).toBe(false);
      for (let i = 0; i < proof.length; i++) {
        const changed = proof.with(i, flipped(proof[i]!));
        expect(verifyInclusion(leaf, index, size, changed, root)).toBe(false);
      }
    }
  });

  it('fail for an index outside the tree', () => {
    for (const [index, size] of [
      [5, 5],
      [0, 0],
      [2 ** 53 - 1, 5],
    ] as const) {
      expect(verifyInclusion(leaves[0]!, index, size, [], roots[5]!)).toBe(false);
    }
  });

  it('are not judged for indices, sizes and hashes that are none', () => {
    const [root, leaf] = [roots[1]!, leaves[0]!];
    expect(verifyInclusion(leaf, 0, 1, [], root)).toBe(true);
    for (const bad of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => verifyInclusion(leaf, bad, 1, [], root)).toThrow(RangeError);
      expect(() => verifyInclusion(leaf, 0, bad, [], root)).toThrow(RangeError);
    }
    for (const length of [0, 31, 33]) {
      const bad = new Uint8Array(length) as Hash;
      expect(() => verifyInclusion(bad, 0, 1, [], bad)).toThrow(RangeError);
      expect(() => verifyInclusion(leaf, 0, 1, [], bad)).toThrow(RangeError);
      expect(() => verifyInclusion(leaf, 0, 2, [bad], root)).toThrow(RangeError);
    }
  });

  it('fail for more hashes than a call has room for arguments', () => {
    const hash = leafHash(new Uint8Array(0));
    const proof = new Array(200_000).fill(hash);
    expect(verifyInclusion(hash, 0, Number.MAX_SAFE_INTEGER, proof, hash)).toBe(false);
    expect(verifyConsistency(1, hash, 2, hash, proof)).toBe(false);
  });

  it('cannot be asked for outside the tree', async () => {
    await expect(inclusionProof(read, 5, 5)).rejects.toThrow(RangeError);
    await expect(inclusionProof(read, 0, 0)).rejects.toThrow(RangeError);
  });
});

describe('consistency proofs', () => {
  it('are not judged for sizes and hashes that are none', () => {
    const root = roots[5]!;
    expect(verifyConsistency(5, root, 5, root, [])).toBe(true);
    for (const bad of [-1, 0.5, 2 ** 53, Number.NaN]) {
      expect(() => verifyConsistency(bad, root, 5, root, [])).toThrow(RangeError);
      expect(() => verifyConsistency(5, root, bad, root, [])).toThrow(RangeError);
    }
    for (const length of [0, 31, 33]) {
      const bad = new Uint8Array(length) as Hash;
      expect(() => verifyConsistency(5, bad, 5, bad, [])).toThrow(RangeError);
      expect(() => verifyConsistency(4, root, 5, root, [bad])).toThrow(RangeError);
    }
  });

  it('are those of RFC 6962 and verify, between all sizes to 40 and many to 300', async () => {
    for (let size = 0; size <= MAX; size++) {
      const step = size <= 40 ? 1 : 23;
      for (let old = 0; old <= size; old += step) {
        const proof = await consistencyProof(read, old, size);
        const expected = old === size ? [] : consistencyPath(old, leaves.slice(0, size));
        expect(proof).toEqual(expected);
        expect(verifyConsistency(old, roots[old]!, size, roots[size]!, proof)).toBe(true);
      }
    }
  });

  it('fail for another root on either side, a changed hash, one more or one less', async () => {
    for (const [old, size] of [
      [1, 2],
      [4, 8],
      [6, 8],
      [128, 300],
      [299, 300],
    ] as const) {
      const proof = await consistencyProof(read, old, size);
      const check = (oldRoot: Hash, newRoot: Hash, hashes: readonly Hash[]) =>
        verifyConsistency(old, oldRoot, size, newRoot, hashes);
      expect(check(flipped(roots[old]!), roots[size]!, proof)).toBe(false);
      expect(check(roots[old]!, flipped(roots[size]!), proof)).toBe(false);
      expect(check(roots[old]!, roots[size]!, proof.slice(1))).toBe(false);
      expect(check(roots[old]!, roots[size]!, [...proof, roots[1]!])).toBe(false);
      for (let i = 0; i < proof.length; i++) {
        const changed = proof.with(i, flipped(proof[i]!));
        expect(check(roots[old]!, roots[size]!, changed)).toBe(false);
      }
    }
  });

  it('of equal sizes and of the empty tree are empty, and the roots still count', () => {
    expect(verifyConsistency(5, roots[5]!, 5, roots[5]!, [])).toBe(true);
    expect(verifyConsistency(5, roots[5]!, 5, roots[4]!, [])).toBe(false);
    expect(verifyConsistency(5, roots[5]!, 5, roots[5]!, [roots[1]!])).toBe(false);
    expect(verifyConsistency(0, EMPTY_ROOT, 5, roots[5]!, [])).toBe(true);
    expect(verifyConsistency(0, EMPTY_ROOT, 5, roots[5]!, [roots[1]!])).toBe(false);
    expect(verifyConsistency(0, roots[1]!, 5, roots[5]!, [])).toBe(false);
    expect(verifyConsistency(0, roots[1]!, 0, roots[1]!, [])).toBe(false);
    expect(verifyConsistency(6, roots[6]!, 5, roots[5]!, [])).toBe(false);
  });
});

describe('proofs of trees far above 2^32 leaves', () => {
  // A tree whose leaves are all alike has one hash for each level, so it can be as large as we like.
  const levels = [leafHash(new Uint8Array(0)) as Hash];
  const uniform = nodeReaderOfLevels();

  function nodeReaderOfLevels() {
    return async (nodes: readonly { level: number }[]) =>
      nodes.map(({ level }) => {
        while (levels.length <= level) {
          const below = levels[levels.length - 1]!;
          levels.push(merkleTreeHash([below, below]));
        }
        return levels[level]!;
      });
  }

  it('are made and verify for random sizes to 2^53-1', async () => {
    const sizes = fc
      .tuple(fc.maxSafeNat(), fc.maxSafeNat())
      .map((pair) => pair.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(sizes, async ([small, large]) => {
        const size = large! + (large! < Number.MAX_SAFE_INTEGER ? 1 : 0);
        const root = await treeRoot(uniform, size);
        const path = await inclusionProof(uniform, small!, size);
        expect(verifyInclusion(levels[0]!, small!, size, path, root)).toBe(true);
        const oldRoot = await treeRoot(uniform, small!);
        const proof = await consistencyProof(uniform, small!, size);
        expect(verifyConsistency(small!, oldRoot, size, root, proof)).toBe(true);
        expect(proof.length).toBeLessThanOrEqual(63);
      }),
    );
  });
});
