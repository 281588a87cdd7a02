// Checkpoints (C2SP tlog-checkpoint; docs/spec/log.md, sections 4 and 6): the note by which a log
// commits to a tree, and the cosignatures of witnesses on it.

package tecp

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tecp.example/go/internal/jcs"
)

const (
	maxCheckpointTextBytes  = 16 * 1024
	maxCheckpointExtensions = 64
	// maxCosignatureSeconds is the last second that is an exact number of milliseconds below 2^53.
	maxCosignatureSeconds = jcs.MaxInteger / 1000
)

// A LogIdentity says who a log is: the origin of its checkpoints, and the keys whose signature makes
// one its own. There are several while it changes its key; their names need not be the origin.
type LogIdentity struct {
	Origin string
	// Keys are of type 0x01, 0x02 or 0x06.
	Keys []*VerifierKey
	// Witnesses are keys of type 0x04 or 0x06 whose cosignatures are verified, too.
	Witnesses []*VerifierKey
}

// A Checkpoint is what a log has signed, with what was verified.
type Checkpoint struct {
	Origin string
	// Size counts the leaves.
	Size int64
	Root Hash
	// Extensions are opaque lines; a cosignature by ML-DSA-44 does not cover them.
	Extensions []string
	// Verified are those of the log's keys that have signed, in their order; at least one.
	Verified []*VerifierKey
	// Cosignatures come in the order of the witnesses, and for one of them in that of their times.
	Cosignatures []Cosignature
}

// A Cosignature says that a witness has seen a checkpoint at a time.
type Cosignature struct {
	Key *VerifierKey
	// Time has whole seconds.
	Time time.Time
}

// OpenCheckpoint verifies a checkpoint of a log. The error is a [FormatError]: [CodeBadKey] for a key
// of a type that does not sign in its role, [CodeMalformed] for what is no checkpoint,
// [CodeUntrusted] for another origin or where no line is by a key of the log, [CodeBadSignature] for a
// line with the name and key ID of any of the keys that does not verify.
func OpenCheckpoint(note string, log LogIdentity) (*Checkpoint, error) {
	isBadLog := func(key *VerifierKey) bool { return key == nil || !key.keyType.isLog() }
	isBadWitness := func(key *VerifierKey) bool { return key == nil || !key.keyType.isWitness() }
	if slices.ContainsFunc(log.Keys, isBadLog) || slices.ContainsFunc(log.Witnesses, isBadWitness) {
		return nil, badKey("expected keys of type 1, 2 or 6 of a log, and 4 or 6 of witnesses")
	}
	tree, err := parseCheckpointNote(note)
	if err != nil {
		return nil, err
	}
	if tree.origin != log.Origin || !slices.ContainsFunc(log.Keys, tree.note.claims) {
		return nil, &FormatError{CodeUntrusted, fmt.Sprintf("not signed by the log %q", log.Origin)}
	}
	opened := &Checkpoint{Origin: tree.origin, Size: tree.size, Root: tree.root, Extensions: tree.extensions}
	for _, key := range log.Keys {
		signed, err := tree.isSignedBy(key)
		if err != nil {
			return nil, err
		}
		if signed {
			opened.Verified = append(opened.Verified, key)
		}
	}
	for _, key := range log.Witnesses {
		times, err := tree.cosignatureTimes(key)
		if err != nil {
			return nil, err
		}
		for _, seconds := range times {
			opened.Cosignatures = append(opened.Cosignatures, Cosignature{key, time.Unix(seconds, 0).UTC()})
		}
	}
	return opened, nil
}

// signedTree is a checkpoint of which no signature has been verified.
type signedTree struct {
	note       *signedNote
	origin     string
	size       int64
	root       Hash
	extensions []string
}

func parseCheckpointNote(note string) (*signedTree, error) {
	parsed, err := parseNote(note)
	if err != nil {
		return nil, err
	}
	tree, ok := parseCheckpointText(parsed.text)
	if !ok {
		return nil, malformed("the text of the note is not a checkpoint")
	}
	tree.note = parsed
	return tree, nil
}

// parseCheckpointText takes the text of a note, which has no control characters.
func parseCheckpointText(text string) (*signedTree, bool) {
	lines := strings.SplitN(text, "\n", 3+maxCheckpointExtensions+2)
	isTooLong := len(text) > maxCheckpointTextBytes || len(lines) > 3+maxCheckpointExtensions+1
	// The last line ends in a newline, so an empty one comes after it.
	if isTooLong || len(lines) < 4 || slices.Index(lines, "") != len(lines)-1 {
		return nil, false
	}
	size, isSize := parseDecimal(lines[1])
	root, isHash := decodeHash(lines[2])
	return &signedTree{origin: lines[0], size: size, root: root, extensions: lines[3 : len(lines)-1]}, isSize && isHash
}

// parseDecimal takes an integer in 0 to 2^53-1 without a sign and leading zeros.
func parseDecimal(text string) (int64, bool) {
	if len(text) == 0 || len(text) > 16 || (text[0] == '0' && text != "0") {
		return 0, false
	}
	for i := range len(text) {
		if !isDigit(text[i]) {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n <= jcs.MaxInteger
}

// isSignedBy verifies every line by a key of the log.
func (t *signedTree) isSignedBy(key *VerifierKey) (bool, error) {
	lines := t.note.linesBy(key)
	for _, line := range lines {
		if !line.canonical || !t.verifiesAsLog(key, line.bytes) {
			return false, badSignature(key)
		}
	}
	return len(lines) > 0, nil
}

func (t *signedTree) verifiesAsLog(key *VerifierKey, sig []byte) bool {
	if key.keyType != KeyTypeCosignatureMLDSA44 {
		return key.verify([]byte(t.note.text), sig)
	}
	// The log's own cosignature of its tree, at any time or none.
	seconds, sig, ok := cutTime(sig)
	return ok && t.verifiesTree(key, seconds, sig)
}

// cosignatureTimes verifies every line by a key of a witness. The times are POSIX seconds, in order.
func (t *signedTree) cosignatureTimes(key *VerifierKey) ([]int64, error) {
	lines := t.note.linesBy(key)
	times := make([]int64, 0, len(lines))
	for _, line := range lines {
		seconds, sig, ok := cutTime(line.bytes)
		isTime := ok && 1 <= seconds && seconds <= maxCosignatureSeconds
		if !line.canonical || !isTime || !t.verifiesAsWitness(key, seconds, sig) {
			return nil, badSignature(key)
		}
		times = append(times, seconds)
	}
	slices.SortFunc(times, cmp.Compare[int64])
	return times, nil
}

func (t *signedTree) verifiesAsWitness(key *VerifierKey, seconds int64, sig []byte) bool {
	if key.keyType == KeyTypeCosignatureMLDSA44 {
		return t.verifiesTree(key, seconds, sig)
	}
	message := make([]byte, 0, len(t.note.text)+64)
	message = append(message, "cosignature/v1\ntime "...)
	message = strconv.AppendInt(message, seconds, 10)
	message = append(message, '\n')
	return key.verify(append(message, t.note.text...), sig)
}

// cutTime takes the big-endian time off a cosignature.
func cutTime(cosignature []byte) (seconds int64, sig []byte, ok bool) {
	const length = 8
	if len(cosignature) < length {
		return 0, nil, false
	}
	value := binary.BigEndian.Uint64(cosignature)
	return int64(value), cosignature[length:], value <= jcs.MaxInteger
}

// verifiesTree verifies what C2SP tlog-cosignature has ML-DSA-44 keys sign: the whole tree at a time.
func (t *signedTree) verifiesTree(key *VerifierKey, seconds int64, sig []byte) bool {
	if len(t.origin) > maxKeyNameBytes {
		return false // It does not fit its length byte, so nobody can have signed it.
	}
	message := make([]byte, 0, 640)
	message = append(message, "subtree/v1\n\x00"...)
	message = append(message, byte(len(key.name)))
	message = append(message, key.name...)
	message = binary.BigEndian.AppendUint64(message, uint64(seconds))
	message = append(message, byte(len(t.origin)))
	message = append(message, t.origin...)
	message = binary.BigEndian.AppendUint64(message, 0)
	message = binary.BigEndian.AppendUint64(message, uint64(t.size))
	return key.verify(append(message, t.root[:]...), sig)
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
