package b64

import (
	"encoding/base64"
	"testing"
)

func FuzzDecode(f *testing.F) {
	for _, text := range []string{"", "AA", "AB", "AAA", "AAAA", "AA==", "AB==", "A", "_-", "+/", "AA\n", "AA\r\n==", "é"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		decoded, ok := DecodeURL(text)
		n, isURL := URLLen(text)
		if isURL != ok || ok && n != len(decoded) {
			t.Errorf("%q: %d bytes %v, and %d %v", text, len(decoded), ok, n, isURL)
		}
		if ok && EncodeURL(decoded) != text {
			t.Errorf("%q is not how its bytes are written", text)
		}
		padded, ok := Decode(text)
		if ok != (Encode(padded) == text) {
			t.Errorf("%q: %v", text, ok)
		}
		loose, isLoose := DecodeLoose(text)
		if ok && (!isLoose || string(loose) != string(padded)) {
			t.Errorf("%q: %x, and %x loosely", text, padded, loose)
		}
		if isLoose && len(text) != base64.StdEncoding.EncodedLen(len(loose)) {
			t.Errorf("%q has more than its digits", text)
		}
	})
}
