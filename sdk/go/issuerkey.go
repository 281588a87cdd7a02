// Issuer keys: Ed25519 keys that sign receipts. A secret shows nowhere but in what Seed and PEM
// return, and in the file that Save writes.

package tecp

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"strings"

	"tecp.example/go/internal/b64"
)

// An IssuerKey signs receipts. It prints as its public key only, in every format. It does not
// change, and may be used by several goroutines.
type IssuerKey struct {
	// private is a function, as printers that follow pointers do not look into one.
	private   func() ed25519.PrivateKey
	publicKey string
}

// GenerateIssuerKey makes a new key of 32 random bytes.
func GenerateIssuerKey() (*IssuerKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := rand.Read(seed); err != nil {
		return nil, err
	}
	return IssuerKeyFromSeed(seed)
}

// IssuerKeyFromSeed makes the key of 32 secret bytes. Another length is an [OptionError].
func IssuerKeyFromSeed(seed []byte) (*IssuerKey, error) {
	if len(seed) != ed25519.SeedSize {
		message := fmt.Sprintf("expected %d bytes, got %d", ed25519.SeedSize, len(seed))
		return nil, &OptionError{"seed", message}
	}
	private := ed25519.NewKeyFromSeed(seed)
	public, _ := private.Public().(ed25519.PublicKey)
	return &IssuerKey{
		private:   func() ed25519.PrivateKey { return private },
		publicKey: b64.EncodeURL(public),
	}, nil
}

// pkcs8Prefix is all of the 48 bytes of a PKCS#8 Ed25519 key before its seed (RFC 8410).
var pkcs8Prefix = []byte("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20")

const (
	pemType  = "PRIVATE KEY"
	pemBegin = "-----BEGIN " + pemType + "-----"
	pemEnd   = "-----END " + pemType + "-----"
)

// IssuerKeyFromPEM reads PKCS#8 in PEM, as [IssuerKey.PEM] and `openssl genpkey` write it. The error
// is a [FormatError] with [CodeBadKey].
func IssuerKeyFromPEM(text string) (*IssuerKey, error) {
	der, ok := decodePEM(text)
	if !ok {
		return nil, badKey("expected one PEM block " + pemType + " and nothing else")
	}
	seed, isEd25519 := bytes.CutPrefix(der, pkcs8Prefix)
	if !isEd25519 || len(seed) != ed25519.SeedSize {
		return nil, badKey("expected an Ed25519 key in PKCS#8")
	}
	return IssuerKeyFromSeed(seed)
}

// decodePEM returns the bytes of the one block of a text. Package encoding/pem passes over whatever else
// there is, and over headers, so that two implementations would not read the same files.
func decodePEM(text string) ([]byte, bool) {
	text = strings.ReplaceAll(strings.Trim(text, " \t\r\n"), "\r\n", "\n")
	text, begins := strings.CutPrefix(text, pemBegin+"\n")
	text, ends := strings.CutSuffix(text, "\n"+pemEnd)
	der, ok := b64.Decode(strings.ReplaceAll(text, "\n", ""))
	return der, begins && ends && ok
}

// isZero tells whether this is no key that a function of this package has made.
func (k *IssuerKey) isZero() bool { return k == nil || k.private == nil }

func errNoKey() error {
	return &OptionError{"key", "expected a key, as GenerateIssuerKey or LoadIssuerKey returns it"}
}

// PublicKey returns the public key, b64u, as it stands in receipts.
func (k IssuerKey) PublicKey() string { return k.publicKey }

// Seed returns a copy of the 32 secret bytes.
func (k IssuerKey) Seed() ([]byte, error) {
	if k.isZero() {
		return nil, errNoKey()
	}
	return k.private().Seed(), nil
}

// PEM returns the secret key as PKCS#8 in PEM.
func (k IssuerKey) PEM() (string, error) {
	if k.isZero() {
		return "", errNoKey()
	}
	der := append(bytes.Clone(pkcs8Prefix), k.private().Seed()...)
	return string(pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der})), nil
}

// String returns the public key.
func (k IssuerKey) String() string { return "issuer key " + k.publicKey }

// GoString returns the public key, for %#v.
func (k IssuerKey) GoString() string { return k.String() }

// Format writes the public key, whatever the verb.
func (k IssuerKey) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, k.String()) }

// MarshalJSON returns the public key.
func (k IssuerKey) MarshalJSON() ([]byte, error) { return json.Marshal(k.publicKey) }

func (k IssuerKey) sign(message []byte) []byte { return ed25519.Sign(k.private(), message) }
