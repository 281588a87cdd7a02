// The Merkle tree of a log (RFC 6962, section 2.1; docs/spec/log.md, section 2). Sizes and indices
// are 0 to 2^53-1.

package tecp

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/bits"

	"tecp.example/go/internal/b64"
	"tecp.example/go/internal/jcs"
)

// A Hash is a SHA-256 value: of an input, of an entry, or of a node of a log's tree.
type Hash [sha256.Size]byte

// String returns lowercase hex, as leaf hashes are written in URLs and answers.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText returns lowercase hex.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText takes lowercase hex, and nothing else. The error is a [FormatError] with [CodeMalformed].
func (h *Hash) UnmarshalText(text []byte) error {
	decoded, err := hex.DecodeString(string(text))
	if err != nil || len(decoded) != len(h) || Hash(decoded).String() != string(text) {
		return malformed(fmt.Sprintf("expected a hash as %d digits of lowercase hex", hex.EncodedLen(len(h))))
	}
	*h = Hash(decoded)
	return nil
}

// HashStream returns the SHA-256 of all that r yields, for inputs and outputs that are too large to
// hold. The error is that of r.
func HashStream(r io.Reader) (Hash, error) {
	digest := sha256.New()
	if _, err := io.Copy(digest, r); err != nil {
		return Hash{}, err
	}
	return Hash(digest.Sum(nil)), nil
}

// emptyRoot is the root of the tree without leaves.
var emptyRoot = Hash(sha256.Sum256(nil))

// LeafHash returns SHA-256(0x00 || entry), by which a log identifies an entry.
func LeafHash(entry []byte) Hash {
	digest := sha256.New()
	digest.Write([]byte{0})
	digest.Write(entry)
	return Hash(digest.Sum(nil))
}

func nodeHash(left, right Hash) Hash {
	var message [1 + 2*sha256.Size]byte
	message[0] = 1
	copy(message[1:], left[:])
	copy(message[1+sha256.Size:], right[:])
	return sha256.Sum256(message[:])
}

// isSize tells whether n is in 0 to 2^53-1.
func isSize(n int64) bool { return 0 <= n && n <= jcs.MaxInteger }

// VerifyInclusion reports whether proof leads from the leaf at index to the root of the tree of size
// leaves: the hashes from the leaf's sibling up to the root's child. An index or a size that is none
// is false.
func VerifyInclusion(leaf Hash, index, size int64, proof []Hash, root Hash) bool {
	if !isSize(index) || !isSize(size) || index >= size {
		return false
	}
	hash, rest, ok := climb(leaf, index, size, proof)
	return ok && len(rest) == 0 && hash == root
}

// climb goes up from a node to the root, in a tree whose level at that node has size nodes.
func climb(hash Hash, index, size int64, proof []Hash) (root Hash, rest []Hash, ok bool) {
	for ; size > 1; index, size = index/2, (size+1)/2 {
		isLast := index == size-1
		if index%2 == 0 && isLast {
			continue // It has no sibling, and goes up as it is.
		}
		if len(proof) == 0 {
			return Hash{}, nil, false
		}
		if index%2 == 0 {
			hash = nodeHash(hash, proof[0])
		} else {
			hash = nodeHash(proof[0], hash)
		}
		proof = proof[1:]
	}
	return hash, proof, true
}

// VerifyConsistency reports whether proof shows that the tree of oldSize leaves under oldRoot is the
// beginning of that of newSize under newRoot. Between equal sizes, and from size 0, the proof is
// empty, and the roots are compared all the same. A size that is none is false.
func VerifyConsistency(oldSize, newSize int64, oldRoot, newRoot Hash, proof []Hash) bool {
	switch {
	case !isSize(oldSize) || !isSize(newSize) || oldSize > newSize:
		return false
	case newSize == 0 && newRoot != emptyRoot, oldSize == 0 && oldRoot != emptyRoot:
		return false
	case oldSize == newSize:
		return len(proof) == 0 && oldRoot == newRoot
	case oldSize == 0:
		return len(proof) == 0
	}
	// Both trees have the node at this level that ends where the old tree does.
	level := bits.TrailingZeros64(uint64(oldSize))
	index := oldSize>>level - 1
	seed := oldRoot
	if index > 0 {
		if len(proof) == 0 {
			return false
		}
		seed, proof = proof[0], proof[1:]
	}
	size := (newSize + 1<<level - 1) >> level
	newHash, rest, ok := climb(seed, index, size, proof)
	return ok && len(rest) == 0 && newHash == newRoot && oldRootOf(seed, index, size, proof) == oldRoot
}

// oldRootOf folds those hashes of the proof that stand left of the node, which are the old tree's.
func oldRootOf(hash Hash, index, size int64, proof []Hash) Hash {
	for ; size > 1; index, size = index/2, (size+1)/2 {
		if index%2 == 0 && index == size-1 {
			continue
		}
		if index%2 == 1 {
			hash = nodeHash(proof[0], hash)
		}
		proof = proof[1:]
	}
	return hash
}

// decodeHash decodes the padded base64 of 32 bytes.
func decodeHash(text string) (hash Hash, ok bool) {
	decoded, ok := b64.Decode(text)
	if !ok || len(decoded) != len(hash) {
		return hash, false
	}
	return Hash(decoded), true
}
