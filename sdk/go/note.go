// Signed notes (C2SP signed-note; docs/spec/log.md, section 3): a text, an empty line, and signature
// lines. Limits come before work, and the text means nothing until a known key's line verifies.

package tecp

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"tecp.example/go/internal/b64"
)

const (
	maxNoteBytes      = 960 * 1024
	maxNoteSignatures = 512
	signaturePrefix   = "\u2014 "
)

// A Note is a signed note that was opened by keys.
type Note struct {
	// Text is what was signed, its last newline included.
	Text string
	// Verified are those of the keys that have signed, in the order in which they were given.
	Verified []*VerifierKey
}

// OpenNote verifies the lines of a note by keys of type 0x01 or 0x02. Lines by other keys are
// ignored. The error is a [FormatError]: [CodeBadKey] for a key of another type, [CodeMalformed] for
// what is no note, [CodeBadSignature] for a line with the name and key ID of a key that does not
// verify, [CodeUntrusted] where there is no line by any of the keys.
func OpenNote(note string, keys []*VerifierKey) (*Note, error) {
	for _, key := range keys {
		if key == nil || (key.keyType != KeyTypeEd25519 && key.keyType != KeyTypeECDSA) {
			return nil, badKey("expected a key of type 1 or 2")
		}
	}
	parsed, err := parseNote(note)
	if err != nil {
		return nil, err
	}
	opened := &Note{Text: parsed.text}
	for _, key := range keys {
		lines := parsed.linesBy(key)
		for _, line := range lines {
			if !line.canonical || !key.verify([]byte(parsed.text), line.bytes) {
				return nil, badSignature(key)
			}
		}
		if len(lines) > 0 {
			opened.Verified = append(opened.Verified, key)
		}
	}
	if len(opened.Verified) == 0 {
		return nil, &FormatError{CodeUntrusted, "no signature by one of the keys"}
	}
	return opened, nil
}

func badSignature(key *VerifierKey) *FormatError {
	return &FormatError{CodeBadSignature, fmt.Sprintf("a signature by %q does not verify", key.name)}
}

// signedNote is a note of which nothing has been verified.
type signedNote struct {
	text  string
	lines []signatureLine
}

type signatureLine struct {
	name string
	id   keyID
	// bytes are those of the signature, at least one.
	bytes []byte
	// canonical says that the spare bits of the base64 are zero, as they must be in a known key's.
	canonical bool
}

func parseNote(note string) (*signedNote, error) {
	if len(note) > maxNoteBytes {
		return nil, malformed(fmt.Sprintf("note of %d bytes, at most %d", len(note), maxNoteBytes))
	}
	if !utf8.ValidString(note) || hasControl(note, "\n") {
		return nil, malformed("note with control characters, or not valid UTF-8")
	}
	separator := strings.LastIndex(note, "\n\n")
	if separator < 0 || !strings.HasSuffix(note, "\n") {
		return nil, malformed("note without an empty line between text and signatures")
	}
	block := note[separator+2:]
	count := strings.Count(block, "\n")
	if count == 0 || count > maxNoteSignatures {
		return nil, malformed(fmt.Sprintf("expected 1 to %d signature lines", maxNoteSignatures))
	}
	parsed := &signedNote{text: note[:separator+1], lines: make([]signatureLine, 0, count)}
	for line := range strings.SplitSeq(strings.TrimSuffix(block, "\n"), "\n") {
		signature, ok := parseSignatureLine(line)
		if !ok {
			return nil, malformed("expected signature lines")
		}
		parsed.lines = append(parsed.lines, signature)
	}
	return parsed, nil
}

// hasControl tells whether a text has characters below U+0020 other than those allowed.
func hasControl(text, allowed string) bool {
	for i := range len(text) {
		if text[i] < 0x20 && strings.IndexByte(allowed, text[i]) < 0 {
			return true
		}
	}
	return false
}

func parseSignatureLine(line string) (signatureLine, bool) {
	rest, isSignature := strings.CutPrefix(line, signaturePrefix)
	name, encoded, hasBase64 := strings.Cut(rest, " ")
	if !isSignature || !hasBase64 || !isKeyName(name) {
		return signatureLine{}, false
	}
	decoded, canonical := b64.Decode(encoded)
	if !canonical {
		var ok bool
		if decoded, ok = b64.DecodeLoose(encoded); !ok {
			return signatureLine{}, false
		}
	}
	if len(decoded) <= len(keyID{}) {
		return signatureLine{}, false
	}
	return signatureLine{name, keyID(decoded), decoded[len(keyID{}):], canonical}, true
}

// linesBy returns the lines with the name and key ID of a key; the same line twice counts once.
func (n *signedNote) linesBy(key *VerifierKey) []signatureLine {
	var found []signatureLine
	for _, line := range n.lines {
		if line.id == key.id && line.name == key.name && !hasLine(found, line) {
			found = append(found, line)
		}
	}
	return found
}

func hasLine(lines []signatureLine, line signatureLine) bool {
	for _, other := range lines {
		if other.canonical == line.canonical && bytes.Equal(other.bytes, line.bytes) {
			return true
		}
	}
	return false
}

// claims tells whether a line has the name and key ID of the key.
func (n *signedNote) claims(key *VerifierKey) bool {
	for _, line := range n.lines {
		if line.id == key.id && line.name == key.name {
			return true
		}
	}
	return false
}
