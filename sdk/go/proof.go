// Offline proofs (C2SP tlog-proof; docs/spec/log.md, section 9): an index, an inclusion proof and a
// cosigned checkpoint in one text.

package tecp

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tecp.example/go/internal/b64"
)

const (
	maxProofBytes      = maxNoteBytes + 96*1024
	maxProofHashes     = 63
	maxProofExtraBytes = 64 * 1024
)

// An Inclusion is what a verified proof says of an entry.
type Inclusion struct {
	// Origin is the log's name.
	Origin string
	// Index is the entry's, from 0.
	Index int64
	// TreeSize counts the leaves of the tree that the entry is proven to be in.
	TreeSize int64
	// Witnesses are those that cosigned, by their names in the policy and in its order.
	Witnesses []string
	// QuorumMet says whether they satisfy the policy's quorum; "none" is met by nobody.
	QuorumMet bool
	// LoggedAt is when a quorum had cosigned; zero where it is not met, and for the quorum "none".
	LoggedAt time.Time
}

// VerifyProof verifies that the entry with this leaf hash is in a log that the policy trusts. An unmet
// quorum is no error: look at QuorumMet. The error is an [OptionError] where there is no policy, and
// else a [FormatError]: [CodeMalformed] for what is no proof, [CodeUntrusted] where no log of the
// policy has signed, [CodeBadSignature] for a line by any key of the policy that does not verify,
// [CodeBadProof] where the hashes do not lead from the leaf to the root.
func VerifyProof(proof string, leaf Hash, policy *Policy) (*Inclusion, error) {
	if policy == nil || policy.quorum == "" {
		return nil, &OptionError{"policy", "expected a policy, as ParsePolicy returns it"}
	}
	parsed, err := parseProof(proof)
	if err != nil {
		return nil, err
	}
	witnessed, err := policy.judge(parsed.tree)
	if err != nil {
		return nil, err
	}
	if !VerifyInclusion(leaf, parsed.index, parsed.tree.size, parsed.hashes, parsed.tree.root) {
		return nil, &FormatError{CodeBadProof, "the proof does not lead from the leaf to the root"}
	}
	inclusion := &Inclusion{
		Origin:    parsed.tree.origin,
		Index:     parsed.index,
		TreeSize:  parsed.tree.size,
		Witnesses: witnessed.witnesses,
		QuorumMet: witnessed.quorumMet,
	}
	if witnessed.quorumSeconds > 0 {
		inclusion.LoggedAt = time.Unix(witnessed.quorumSeconds, 0).UTC()
	}
	return inclusion, nil
}

// unverifiedProof is a proof of good form, of which nothing has been verified.
type unverifiedProof struct {
	index  int64
	hashes []Hash
	tree   *signedTree
}

func parseProof(text string) (*unverifiedProof, error) {
	if len(text) > maxProofBytes {
		return nil, malformed(fmt.Sprintf("proof of %d bytes, at most %d", len(text), maxProofBytes))
	}
	head, checkpoint, ok := strings.Cut(text, "\n\n")
	if !ok || !utf8.ValidString(head) {
		return nil, malformed("proof without an empty line before its checkpoint")
	}
	proof, ok := parseProofHead(head)
	if !ok {
		return nil, malformed("expected the header, the index and the hashes of a proof")
	}
	var err error
	proof.tree, err = parseCheckpointNote(checkpoint)
	return proof, err
}

// parseProofHead takes the lines before the checkpoint: a header, extra if any, the index, hashes.
func parseProofHead(head string) (*unverifiedProof, bool) {
	lines := strings.SplitN(head, "\n", 3+maxProofHashes+1)
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return nil, false
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		extra, ok := b64.Decode(lines[0][len("extra "):])
		if !ok || len(extra) == 0 || len(extra) > maxProofExtraBytes {
			return nil, false
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || len(lines) > 1+maxProofHashes {
		return nil, false
	}
	digits, ok := strings.CutPrefix(lines[0], "index ")
	if !ok {
		return nil, false
	}
	proof := &unverifiedProof{hashes: make([]Hash, len(lines)-1)}
	if proof.index, ok = parseDecimal(digits); !ok {
		return nil, false
	}
	for i, line := range lines[1:] {
		if proof.hashes[i], ok = decodeHash(line); !ok {
			return nil, false
		}
	}
	return proof, true
}
