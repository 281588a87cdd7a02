package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"filippo.io/mldsa"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Key types of C2SP signed-note that x/mod does not know.
const (
	typeCosignatureEd25519 = 0x04
	typeCosignatureMLDSA44 = 0x06
)

const timeBytes = 8

// cosigner is a note.Verifier for the cosignatures of one witness key.
type cosigner struct {
	name   string
	id     uint32
	verify func(text []byte, time uint64, signature []byte) bool
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.id }

// Verify splits off the 64-bit time that stands before the signature.
func (c *cosigner) Verify(text, timed []byte) bool {
	if len(timed) <= timeBytes {
		return false
	}
	time := binary.BigEndian.Uint64(timed)
	return time != 0 && c.verify(text, time, timed[timeBytes:])
}

// newCosigner parses a verifier key of type 0x04 or 0x06.
func newCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("not a verifier key: %q", vkey)
	}
	name := parts[0]
	id, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil {
		return nil, err
	}
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), typed...))
	if len(typed) == 0 || binary.BigEndian.Uint32(sum[:]) != uint32(id) {
		return nil, fmt.Errorf("key ID of %s is not that of its key", name)
	}
	key := typed[1:]
	switch typed[0] {
	case typeCosignatureEd25519:
		if len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("key of %s has %d bytes", name, len(key))
		}
		return &cosigner{name, uint32(id), ed25519Cosignature(key)}, nil
	case typeCosignatureMLDSA44:
		public, err := mldsa.NewPublicKey(mldsa.MLDSA44(), key)
		if err != nil {
			return nil, err
		}
		return &cosigner{name, uint32(id), mldsaCosignature(name, public)}, nil
	}
	return nil, fmt.Errorf("%s is not a cosigner key", name)
}

func ed25519Cosignature(key ed25519.PublicKey) func([]byte, uint64, []byte) bool {
	return func(text []byte, time uint64, signature []byte) bool {
		message := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", time, text)
		return ed25519.Verify(key, message, signature)
	}
}

func mldsaCosignature(name string, key *mldsa.PublicKey) func([]byte, uint64, []byte) bool {
	return func(text []byte, time uint64, signature []byte) bool {
		origin, tree, err := parseCheckpoint(string(text))
		if err != nil {
			return false
		}
		message := []byte("subtree/v1\n\x00")
		message = append(append(message, byte(len(name))), name...)
		message = binary.BigEndian.AppendUint64(message, time)
		message = append(append(message, byte(len(origin))), origin...)
		message = binary.BigEndian.AppendUint64(message, 0)
		message = binary.BigEndian.AppendUint64(message, uint64(tree.N))
		message = append(message, tree.Hash[:]...)
		return mldsa.Verify(key, message, signature, nil) == nil
	}
}

// parseCheckpoint reads the text of a checkpoint: origin, size, root.
func parseCheckpoint(text string) (origin string, tree tlog.Tree, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[len(lines)-1] != "" {
		return "", tree, errors.New("checkpoint has fewer than three lines")
	}
	tree.N, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil || tree.N < 0 || strconv.FormatInt(tree.N, 10) != lines[1] {
		return "", tree, fmt.Errorf("not a tree size: %q", lines[1])
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return lines[0], tree, err
}

// keyring holds the keys that every checkpoint of the log must be signed by.
type keyring struct {
	origin    string
	verifiers note.Verifiers
	count     int
}

func newKeyring(logKey string, cosigners []string) (*keyring, error) {
	log, err := note.NewVerifier(logKey)
	if err != nil {
		return nil, fmt.Errorf("key of the log: %w", err)
	}
	all := []note.Verifier{log}
	for _, vkey := range cosigners {
		cosigner, err := newCosigner(vkey)
		if err != nil {
			return nil, fmt.Errorf("key of a cosigner: %w", err)
		}
		all = append(all, cosigner)
	}
	return &keyring{log.Name(), note.VerifierList(all...), len(all)}, nil
}

// openCheckpoint verifies a checkpoint's note, which must be signed by every key of the ring.
func (k *keyring) openCheckpoint(text []byte) (tlog.Tree, error) {
	opened, err := note.Open(text, k.verifiers)
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	if len(opened.Sigs) != k.count {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %d of %d signatures", len(opened.Sigs), k.count)
	}
	origin, tree, err := parseCheckpoint(opened.Text)
	if err != nil {
		return tlog.Tree{}, err
	}
	if origin != k.origin {
		return tlog.Tree{}, fmt.Errorf("checkpoint of %q, key of %q", origin, k.origin)
	}
	return tree, nil
}
