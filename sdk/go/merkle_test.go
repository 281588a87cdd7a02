package tecp

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"
)

func testLeaf(i int) Hash {
	return LeafHash(binary.BigEndian.AppendUint32(nil, uint32(i)))
}

// rootOf, inclusionOf and consistencyOf are the definitions of RFC 6962, section 2.1.
func rootOf(leaves []Hash) Hash {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	}
	k := splitOf(len(leaves))
	return nodeHash(rootOf(leaves[:k]), rootOf(leaves[k:]))
}

func splitOf(n int) int {
	k := 1
	for 2*k < n {
		k *= 2
	}
	return k
}

func inclusionOf(index int, leaves []Hash) []Hash {
	if len(leaves) == 1 {
		return nil
	}
	k := splitOf(len(leaves))
	if index < k {
		return append(inclusionOf(index, leaves[:k]), rootOf(leaves[k:]))
	}
	return append(inclusionOf(index-k, leaves[k:]), rootOf(leaves[:k]))
}

func consistencyOf(size int, leaves []Hash, isWhole bool) []Hash {
	if size == len(leaves) {
		if isWhole {
			return nil
		}
		return []Hash{rootOf(leaves)}
	}
	k := splitOf(len(leaves))
	if size <= k {
		return append(consistencyOf(size, leaves[:k], isWhole), rootOf(leaves[k:]))
	}
	return append(consistencyOf(size-k, leaves[k:], false), rootOf(leaves[:k]))
}

const testSizes = 40

func testTree() (leaves, roots []Hash) {
	roots = []Hash{rootOf(nil)}
	for i := range testSizes {
		leaves = append(leaves, testLeaf(i))
		roots = append(roots, rootOf(leaves))
	}
	return leaves, roots
}

// damaged returns proofs that differ from this one: longer, shorter, and in a bit of each hash.
func damaged(proof []Hash) [][]Hash {
	all := [][]Hash{append(slices.Clone(proof), Hash{})}
	for i := range proof {
		other := slices.Clone(proof)
		other[i][i%32] ^= 1 << (i % 8)
		all = append(all, other, slices.Delete(slices.Clone(proof), i, i+1))
	}
	return all
}

func TestInclusionIsProvenAtEverySizeAndIndexAndNowhereElse(t *testing.T) {
	leaves, roots := testTree()
	for size := 1; size <= testSizes; size++ {
		for index := range size {
			proof := inclusionOf(index, leaves[:size])
			for claimed := -1; claimed <= testSizes; claimed++ {
				valid := VerifyInclusion(leaves[index], int64(claimed), int64(size), proof, roots[size])
				if valid != (claimed == index) {
					t.Fatalf("leaf %d of %d claimed to be at %d: %v", index, size, claimed, valid)
				}
			}
			for _, other := range damaged(proof) {
				if VerifyInclusion(leaves[index], int64(index), int64(size), other, roots[size]) {
					t.Fatalf("leaf %d of %d by a damaged proof", index, size)
				}
			}
		}
	}
}

func TestConsistencyIsProvenBetweenAllSizesAndNoOthers(t *testing.T) {
	leaves, roots := testTree()
	for size := range testSizes + 1 {
		for old := range testSizes + 1 {
			var proof []Hash
			if 0 < old && old < size {
				proof = consistencyOf(old, leaves[:size], true)
			}
			valid := VerifyConsistency(int64(old), int64(size), roots[old], roots[size], proof)
			if valid != (old <= size) {
				t.Fatalf("from %d to %d: %v", old, size, valid)
			}
			for _, other := range damaged(proof) {
				if VerifyConsistency(int64(old), int64(size), roots[old], roots[size], other) {
					t.Fatalf("from %d to %d by a damaged proof", old, size)
				}
			}
			wrong := roots[old]
			wrong[0] ^= 1
			if VerifyConsistency(int64(old), int64(size), wrong, roots[size], proof) {
				t.Fatalf("from %d to %d with another old root", old, size)
			}
		}
	}
}

func TestSizesThatAreNoneProveNothing(t *testing.T) {
	leaf := testLeaf(0)
	for _, size := range []int64{-1, 1 << 53, 1<<63 - 1, -1 << 63} {
		if VerifyInclusion(leaf, 0, size, nil, leaf) || VerifyInclusion(leaf, size, 1, nil, leaf) ||
			VerifyConsistency(size, size, leaf, leaf, nil) || VerifyConsistency(0, size, emptyRoot, leaf, nil) {
			t.Errorf("size %d", size)
		}
	}
}
