// Package b64 has base64 as notes use it (RFC 4648 section 4, padded) and as receipts use it (section 5,
// unpadded; "b64u"), in the one canonical form: spare bits are zero, and there is no white space.
package b64

import (
	"encoding/base64"
	"strings"
)

var (
	strictStd = base64.StdEncoding.Strict()
	strictURL = base64.RawURLEncoding.Strict()
)

// decodeWith decodes without the leniency of encoding/base64, which passes over line breaks.
func decodeWith(encoding *base64.Encoding, text string) ([]byte, bool) {
	if strings.IndexByte(text, '\r') >= 0 || strings.IndexByte(text, '\n') >= 0 {
		return nil, false
	}
	decoded, err := encoding.DecodeString(text)
	return decoded, err == nil
}

// Decode takes the padded form.
func Decode(text string) ([]byte, bool) { return decodeWith(strictStd, text) }

// DecodeLoose takes the padded form with spare bits that need not be zero, as signature lines by unknown
// keys may have.
func DecodeLoose(text string) ([]byte, bool) { return decodeWith(base64.StdEncoding, text) }

// DecodeURL takes b64u.
func DecodeURL(text string) ([]byte, bool) { return decodeWith(strictURL, text) }

// URLLen returns how many bytes a text of b64u stands for, without decoding it.
func URLLen(text string) (n int, ok bool) {
	var last byte
	for i := range len(text) {
		if last = urlDigits[text[i]]; last > 63 {
			return 0, false
		}
	}
	switch len(text) % 4 {
	case 1:
		return 0, false
	case 2:
		ok = last&15 == 0
	case 3:
		ok = last&3 == 0
	default:
		ok = true
	}
	return len(text) * 3 / 4, ok
}

// urlDigits has the value of each digit of b64u, and 255 for what is none.
var urlDigits = func() (digits [256]byte) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range digits {
		digits[i] = 255
	}
	for i := range len(alphabet) {
		digits[alphabet[i]] = byte(i)
	}
	return digits
}()

// Encode writes the padded form.
func Encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// EncodeURL writes b64u.
func EncodeURL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
