// Issuer keys in files: PKCS#8 in PEM, 32 raw bytes, or the text that `tecp keygen` writes.

package tecp

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"tecp.example/go/internal/b64"
)

const (
	maxKeyFileBytes = 16 * 1024
	keyFileMode     = 0o600
	othersMode      = 0o077
)

// LoadIssuerKey reads a key from a file that nobody but its owner may read: PKCS#8 in PEM, 32 raw
// bytes, or the text of a log's key of type 0x01 (`PRIVATE+KEY+...`). The error is that of the file
// system, or a [FormatError] with [CodeBadKey]; it never quotes the file.
func LoadIssuerKey(path string) (*IssuerKey, error) {
	content, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	key, err := parseKeyFile(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

func readSecret(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	// Windows has no such modes, and says 0666 of every file.
	if mode := info.Mode().Perm(); mode&othersMode != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s: %w", path, badKey(fmt.Sprintf("mode %#o lets others read it: chmod 600", mode)))
	}
	content, err := io.ReadAll(io.LimitReader(file, maxKeyFileBytes+1))
	if err == nil && len(content) > maxKeyFileBytes {
		err = fmt.Errorf("%s: %w", path, badKey("larger than any key"))
	}
	return content, err
}

func parseKeyFile(content []byte) (*IssuerKey, error) {
	text := string(content)
	switch {
	case len(content) == 32:
		return IssuerKeyFromSeed(content)
	case strings.HasPrefix(text, privateKeyPrefix):
		return issuerKeyFromNoteKey(strings.TrimSuffix(text, "\n"))
	}
	return IssuerKeyFromPEM(text)
}

// issuerKeyFromNoteKey reads `PRIVATE+KEY+<name>+<key ID>+<base64 of type and seed>`.
func issuerKeyFromNoteKey(text string) (*IssuerKey, error) {
	name, body, ok := splitKey(strings.TrimPrefix(text, privateKeyPrefix))
	if !ok || len(body) != 33 || KeyType(body[0]) != KeyTypeEd25519 {
		return nil, badKey("expected a signing key of type 1")
	}
	key, err := IssuerKeyFromSeed(body[1:])
	if err != nil {
		return nil, err
	}
	public, _ := b64.DecodeURL(key.publicKey)
	verifier, bad := newVerifierKey(name, KeyTypeEd25519, public)
	if bad != nil {
		return nil, bad
	}
	if fmt.Sprintf("%s%s+%x+%s", privateKeyPrefix, name, verifier.id, b64.Encode(body)) != text {
		return nil, badKey("the key ID is not that of the name and the key")
	}
	return key, nil
}

// Save writes the key as PKCS#8 in PEM to a new file with mode 0600. It never writes over a file: the
// error is then [os.ErrExist].
func (k IssuerKey) Save(path string) error {
	text, err := k.PEM()
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, keyFileMode)
	if err != nil {
		return err
	}
	if _, err = file.WriteString(text); err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		// Half a key is of no use to anybody, and would stand in the way of the next try.
		_ = os.Remove(path)
	}
	return err
}
