// Keys of signed notes (C2SP signed-note; docs/spec/log.md, section 3): a name, a type and a public
// key, known by the name and a key ID of four bytes. Parsing takes exactly the canonical text.

package tecp

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"tecp.example/go/internal/b64"
)

// A KeyType is the byte before a public key, which says what the key signs.
type KeyType byte

// The types that this package verifies by.
const (
	KeyTypeEd25519            KeyType = 0x01 // of a log, which signs the text of a checkpoint
	KeyTypeECDSA              KeyType = 0x02 // of a log of others
	KeyTypeCosignatureEd25519 KeyType = 0x04 // of a witness
	KeyTypeCosignatureMLDSA44 KeyType = 0x06 // of a witness, or of a log
)

const (
	maxKeyNameBytes  = 255
	maxKeyTextBytes  = 4096
	privateKeyPrefix = "PRIVATE+KEY+"
)

func (t KeyType) isLog() bool {
	return t == KeyTypeEd25519 || t == KeyTypeECDSA || t == KeyTypeCosignatureMLDSA44
}

func (t KeyType) isWitness() bool {
	return t == KeyTypeCosignatureEd25519 || t == KeyTypeCosignatureMLDSA44
}

// A keyID is the first four bytes of a hash over the key.
type keyID [4]byte

// A VerifierKey is a public key of a log or a witness, as [ParseVerifierKey] returns it. It does not
// change, and may be used by several goroutines.
type VerifierKey struct {
	name      string
	id        keyID
	keyType   KeyType
	publicKey []byte
	text      string
	verify    func(message, sig []byte) bool
}

// Name returns the key name; for a key of our own logs, the origin.
func (k *VerifierKey) Name() string { return k.name }

// Type returns what kind of key it is.
func (k *VerifierKey) Type() KeyType { return k.keyType }

// PublicKey returns a copy of the public key: 32 bytes of Ed25519, 1,312 of ML-DSA-44, or the DER of
// an ECDSA key.
func (k *VerifierKey) PublicKey() []byte { return bytes.Clone(k.publicKey) }

// String returns the text that [ParseVerifierKey] takes.
func (k *VerifierKey) String() string { return k.text }

// ParseVerifierKey parses `<name>+<key ID>+<base64>`, of a key of type 0x01, 0x02, 0x04 or 0x06. The
// error is a [FormatError] with [CodeBadKey].
func ParseVerifierKey(text string) (*VerifierKey, error) {
	key, bad := parseVerifierKey(text)
	if bad != nil {
		return nil, bad
	}
	return key, nil
}

func parseVerifierKey(text string) (*VerifierKey, *FormatError) {
	name, body, ok := splitKey(text)
	if !ok {
		return nil, badKey("expected <name>+<key ID>+<base64>")
	}
	key, bad := newVerifierKey(name, KeyType(body[0]), body[1:])
	if bad != nil {
		return nil, bad
	}
	if key.text != text {
		return nil, badKey("the key ID is not that of the name and the public key")
	}
	return key, nil
}

// splitKey returns the name, and the type with what follows it. Base64 may itself hold plus signs.
func splitKey(text string) (name string, body []byte, ok bool) {
	if len(text) > maxKeyTextBytes {
		return "", nil, false
	}
	name, rest, _ := strings.Cut(text, "+")
	_, encoded, _ := strings.Cut(rest, "+")
	body, ok = b64.Decode(encoded)
	return name, body, ok && len(body) > 0
}

func newVerifierKey(name string, keyType KeyType, publicKey []byte) (*VerifierKey, *FormatError) {
	if !isKeyName(name) {
		return nil, badKey("expected a key name of 1 to 255 bytes without white space and plus signs")
	}
	verify, ok := verifierOf(keyType, publicKey)
	if !ok {
		return nil, badKey(fmt.Sprintf("not a public key of a type that is known, for type %d", keyType))
	}
	typed := append([]byte{byte(keyType)}, publicKey...)
	id := keyIDOf(name, keyType, typed)
	text := fmt.Sprintf("%s+%x+%s", name, id, b64.Encode(typed))
	return &VerifierKey{name, id, keyType, typed[1:], text, verify}, nil
}

func verifierOf(keyType KeyType, key []byte) (verify func(message, sig []byte) bool, ok bool) {
	switch keyType {
	case KeyTypeEd25519, KeyTypeCosignatureEd25519:
		return func(message, sig []byte) bool { return VerifyEd25519(key, message, sig) }, isStrictPoint(key)
	case KeyTypeECDSA:
		if form, ok := ecdsaFormOf(key); ok {
			return verifierOfECDSA(form, key), true
		}
	case KeyTypeCosignatureMLDSA44:
		return verifierOfMLDSA44(key)
	}
	return nil, false
}

func keyIDOf(name string, keyType KeyType, typed []byte) keyID {
	identified := typed[1:]
	if keyType != KeyTypeECDSA {
		identified = append([]byte(name+"\n"), typed...)
	}
	digest := sha256.Sum256(identified)
	return keyID(digest[:4])
}

// isKeyName tells whether a name may name a key. Control characters from U+007F on are allowed, as
// signed-note allows them: whoever shows a name escapes them.
func isKeyName(name string) bool {
	if name == "" || len(name) > maxKeyNameBytes || !utf8.ValidString(name) {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r < 0x20 || r == '+' || unicode.Is(unicode.White_Space, r)
	})
}
