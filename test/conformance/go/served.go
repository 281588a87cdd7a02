package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const mediaTypeJSON = "application/json"

// servedProof is an inclusion proof as the server hands it out, in either form.
type servedProof struct {
	index      int64
	hashes     tlog.RecordProof
	checkpoint []byte
}

// servedProofs checks the proofs of the server's API, as JSON and as a tlog-proof text.
func (c *checker) servedProofs() error {
	for _, index := range sampled(c.tree.N, c.samples) {
		path := fmt.Sprintf("v1/log/proof?index=%d", index)
		body, err := c.server.get(path, mediaTypeJSON)
		if err != nil {
			return err
		}
		proof, err := c.parseProofJSON(body, index)
		if err != nil {
			return err
		}
		if err := c.checkServed(proof, index); err != nil {
			return err
		}
		c.counts.ServedProofs++

		if body, err = c.server.get(path, ""); err != nil {
			return err
		}
		if proof, err = parseProofText(string(body)); err != nil {
			return err
		}
		if err := c.checkServed(proof, index); err != nil {
			return err
		}
		c.counts.ServedProofTexts++
	}
	return nil
}

// checkServed checks a proof under the checkpoint that came with it.
func (c *checker) checkServed(proof *servedProof, index int64) error {
	if proof.index != index {
		return fmt.Errorf("asked for entry %d, got %d", index, proof.index)
	}
	tree, err := c.keys.openCheckpoint(proof.checkpoint)
	if err != nil {
		return err
	}
	return c.checkRecord(proof.hashes, tree, index)
}

// parseProofJSON also holds the members that repeat the entry and the checkpoint to what they say.
func (c *checker) parseProofJSON(body []byte, index int64) (*servedProof, error) {
	var served struct {
		LeafIndex  int64            `json:"leaf_index"`
		LeafHash   string           `json:"leaf_hash"`
		TreeSize   int64            `json:"tree_size"`
		RootHash   tlog.Hash        `json:"root_hash"`
		Hashes     tlog.RecordProof `json:"hashes"`
		Checkpoint string           `json:"checkpoint"`
	}
	if err := json.Unmarshal(body, &served); err != nil {
		return nil, err
	}
	leaf := tlog.RecordHash(c.entries[index])
	if hex := fmt.Sprintf("%x", leaf[:]); served.LeafHash != hex {
		return nil, fmt.Errorf("leaf hash of %d is %s, the server says %s", index, hex, served.LeafHash)
	}
	tree, err := c.keys.openCheckpoint([]byte(served.Checkpoint))
	if err != nil {
		return nil, err
	}
	if tree != (tlog.Tree{N: served.TreeSize, Hash: served.RootHash}) {
		return nil, fmt.Errorf("proof of %d names another tree than its checkpoint", index)
	}
	return &servedProof{served.LeafIndex, served.Hashes, []byte(served.Checkpoint)}, nil
}

// parseProofText reads a C2SP tlog-proof without `extra`, which a log has no use for.
func parseProofText(text string) (*servedProof, error) {
	head, checkpoint, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return nil, fmt.Errorf("not a tlog-proof: %q", text)
	}
	decimal, found := strings.CutPrefix(lines[1], "index ")
	if !found {
		return nil, fmt.Errorf("not an index line: %q", lines[1])
	}
	index, err := strconv.ParseInt(decimal, 10, 64)
	if err != nil {
		return nil, err
	}
	proof := &servedProof{index: index, checkpoint: []byte(checkpoint)}
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		proof.hashes = append(proof.hashes, hash)
	}
	return proof, nil
}

// servedConsistency checks the server's proof between every two of the sizes.
func (c *checker) servedConsistency() error {
	sizes := c.sizes()
	for i, from := range sizes {
		for _, to := range sizes[i:] {
			body, err := c.server.get(fmt.Sprintf("v1/log/consistency?from=%d&to=%d", from, to), "")
			if err != nil {
				return err
			}
			var served struct {
				From   int64          `json:"from"`
				To     int64          `json:"to"`
				Hashes tlog.TreeProof `json:"hashes"`
			}
			if err := json.Unmarshal(body, &served); err != nil {
				return err
			}
			if served.From != from || served.To != to {
				return fmt.Errorf("asked from %d to %d, got from %d to %d", from, to, served.From, served.To)
			}
			root, err := c.rebuiltRoot(to)
			if err != nil {
				return err
			}
			if err := c.checkTree(served.Hashes, tlog.Tree{N: to, Hash: root}, from); err != nil {
				return err
			}
			c.counts.ServedConsistency++
		}
	}
	return nil
}
