package tecp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func formatCode(err error) string {
	var format *FormatError
	if errors.As(err, &format) {
		return format.Code
	}
	return ""
}

func TestAKeyIsTheSameInEveryForm(t *testing.T) {
	folder := t.TempDir()
	key, err := GenerateIssuerKey()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := key.Seed()
	if err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(folder, "key.pem")
	if err := key.Save(saved); err != nil {
		t.Fatal(err)
	}
	raw := filepath.Join(folder, "key.raw")
	if err := os.WriteFile(raw, seed, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{saved, raw} {
		loaded, err := LoadIssuerKey(path)
		if err != nil || loaded.PublicKey() != key.PublicKey() {
			t.Errorf("%s: %v, %v", path, loaded, err)
		}
	}
	text, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := IssuerKeyFromPEM(text); err != nil || again.PublicKey() != key.PublicKey() {
		t.Errorf("from PEM: %v, %v", again, err)
	}
}

func TestPEMIsOneBlockAndNothingElse(t *testing.T) {
	key, err := IssuerKeyFromSeed(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	text, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	for _, good := range []string{
		text, strings.TrimSpace(text), strings.ReplaceAll(text, "\n", "\r\n"), " \n\t" + text + "\r\n \n",
		strings.Replace(text, "MC4C", "M\nC4\r\nC", 1),
	} {
		if read, err := IssuerKeyFromPEM(good); err != nil || read.PublicKey() != key.PublicKey() {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "x\n" + text, text + "x", "\ufeff" + text, text + "\f", text + text,
		strings.Replace(text, "MC4C", "A: b\n\nMC4C", 1), strings.Replace(text, "MC4C", "MC 4C", 1),
		strings.ReplaceAll(text, "\n", "\r"), strings.ReplaceAll(text, "\n", ""), strings.ReplaceAll(text, "PRIVATE", "PUBLIC"),
	} {
		if _, err := IssuerKeyFromPEM(bad); formatCode(err) != CodeBadKey {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// The key of golang.org/x/mod/sumdb/note's documentation.
const noteKey = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"

func TestTheSigningKeyOfALogIsAnIssuersKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(noteKey), 0o600); err != nil {
		t.Fatal(err)
	}
	key, err := LoadIssuerKey(path)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := ParseVerifierKey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
	if err != nil {
		t.Fatal(err)
	}
	if got := base64.RawURLEncoding.EncodeToString(verifier.PublicKey()); got != key.PublicKey() {
		t.Errorf("expected %s, got %s", got, key.PublicKey())
	}
}

func TestFilesThatHoldNoKeyAreRefusedWithoutBeingQuoted(t *testing.T) {
	folder := t.TempDir()
	witness := strings.Replace(noteKey, "+AY", "+BI", 1)
	cases := map[string]string{
		"another type":   witness,
		"another ID":     strings.Replace(noteKey, "c74f20a3", "c74f20a4", 1),
		"31 bytes":       strings.Repeat("s", 31),
		"empty":          "",
		"no PEM":         "secret secret secret secret secret secret",
		"another PEM":    "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
		"too large":      strings.Repeat("s", maxKeyFileBytes+1),
		"line break":     strings.TrimSuffix(noteKey, "\n") + "\r\n",
		"a second break": noteKey + "\n",
	}
	for name, content := range cases {
		path := filepath.Join(folder, "key")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadIssuerKey(path)
		if formatCode(err) != CodeBadKey {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "EKFALVFGy")) {
			t.Errorf("%s: quoted: %v", name, err)
		}
	}
	if _, err := LoadIssuerKey(filepath.Join(folder, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := IssuerKeyFromSeed(make([]byte, 31)); optionField(err) != "seed" {
		t.Errorf("a short seed: %v", err)
	}
}

func TestAKeyFileIsItsOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no modes of files here")
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	key := issuerKey(t, 1)
	if err := key.Save(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadIssuerKey(path); formatCode(err) != CodeBadKey {
			t.Errorf("mode %v: %v", mode, err)
		}
	}
}

func TestAKeyIsNeverWrittenOverAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := issuerKey(t, 1).Save(path); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := issuerKey(t, 2).Save(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("saved over a file: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v", err)
	}
}

func TestNothingThatIsPrintedHoldsASecret(t *testing.T) {
	type holder struct {
		Pointer *IssuerKey
		Value   IssuerKey
		hidden  IssuerKey
		inner   *IssuerKey
	}
	key := issuerKey(t, 0xab)
	held := holder{key, *key, *key, key}
	var out bytes.Buffer
	for _, value := range []any{key, *key, held, &held, []*IssuerKey{key}, map[string]IssuerKey{"k": *key}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(text)
		slog.New(slog.NewTextHandler(&out, nil)).Info("key", "key", value)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("key", "key", value)
	}
	printed := strings.ToLower(out.String())
	if !strings.Contains(printed, strings.ToLower(key.PublicKey())) {
		t.Error("the public key is not printed either")
	}
	seed := seedOf(0xab)
	for _, secret := range []string{
		hex.EncodeToString(seed), base64.StdEncoding.EncodeToString(seed),
		base64.RawURLEncoding.EncodeToString(seed), "171 171 171", "0xab, 0xab", "\xab\xab\xab", `\xab\xab`,
	} {
		if strings.Contains(printed, strings.ToLower(secret)) {
			t.Errorf("printed %q", secret)
		}
	}
}

func TestAnEmptyKeyIsAMistakeOfTheProgram(t *testing.T) {
	var key IssuerKey
	for _, err := range []error{second(key.Seed()), second(key.PEM()), key.Save(filepath.Join(t.TempDir(), "k"))} {
		if optionField(err) != "key" {
			t.Errorf("%v", err)
		}
	}
	_ = fmt.Sprint(key, &key)
}
