// ECDSA of logs of others (docs/spec/log.md, section 3): a public key is the one DER form of its
// SubjectPublicKeyInfo with an uncompressed point (RFC 5480), a signature the one DER form of two
// integers. Both are decided on bytes here, so no verdict hangs on what a library takes for DER.

package tecp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"strings"
)

// ecdsaForm is one of the curves that signed-note allows.
type ecdsaForm struct {
	curve elliptic.Curve
	// prefix is all of the SubjectPublicKeyInfo before the point.
	prefix string
	// width is that of a coordinate, and of an integer of a signature, in bytes.
	width int
}

var ecdsaForms = [...]ecdsaForm{
	{elliptic.P256(), "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00", 32},
	{elliptic.P384(), "\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00", 48},
	{elliptic.P521(), "\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00", 66},
}

// VerifyECDSA reports whether sig is a signature of the SHA-256 of message by key: the DER of a
// SubjectPublicKeyInfo on P-256, P-384 or P-521 with an uncompressed point. The signature is strict
// DER, with either of the two values of S. A key or a signature in another form is false.
func VerifyECDSA(key, message, sig []byte) bool {
	form, ok := ecdsaFormOf(key)
	return ok && verifierOfECDSA(form, key)(message, sig)
}

// ecdsaFormOf is the form of a key; whether the point is on the curve is not looked at.
func ecdsaFormOf(spki []byte) (*ecdsaForm, bool) {
	for i := range ecdsaForms {
		form := &ecdsaForms[i]
		const uncompressed = "\x04"
		isOf := strings.HasPrefix(string(spki), form.prefix+uncompressed)
		if isOf && len(spki) == len(form.prefix)+1+2*form.width {
			return form, true
		}
	}
	return nil, false
}

// verifierOfECDSA verifies by a key of this form. Nothing verifies by a point that is not on the curve.
func verifierOfECDSA(form *ecdsaForm, spki []byte) func(message, sig []byte) bool {
	key, err := ecdsa.ParseUncompressedPublicKey(form.curve, spki[len(form.prefix):])
	return func(message, sig []byte) bool {
		if err != nil || !isStrictECDSASignature(sig, form.width) {
			return false
		}
		digest := sha256.Sum256(message)
		return ecdsa.VerifyASN1(key, digest[:], sig)
	}
}

func isStrictECDSASignature(der []byte, width int) bool {
	body, rest, ok := derElement(der, 0x30)
	if !ok || len(rest) > 0 {
		return false
	}
	rest, ok = derPositiveInteger(body, width)
	if !ok {
		return false
	}
	rest, ok = derPositiveInteger(rest, width)
	return ok && len(rest) == 0
}

// derElement reads an element of this tag, its length in the shortest form and below 256, which is
// more than any signature has.
func derElement(der []byte, tag byte) (content, rest []byte, ok bool) {
	if len(der) < 2 || der[0] != tag {
		return nil, nil, false
	}
	length, der := int(der[1]), der[2:]
	switch {
	case length > 0x81, length == 0x80:
		return nil, nil, false
	case length == 0x81:
		if len(der) == 0 || der[0] < 0x80 {
			return nil, nil, false
		}
		length, der = int(der[0]), der[1:]
	}
	if len(der) < length {
		return nil, nil, false
	}
	return der[:length], der[length:], true
}

// derPositiveInteger passes over an integer in the shortest form that is not negative and fits the
// width; zero is left to the equation, which refuses it.
func derPositiveInteger(der []byte, width int) (rest []byte, ok bool) {
	digits, rest, ok := derElement(der, 0x02)
	if !ok || len(digits) == 0 || digits[0] >= 0x80 {
		return nil, false
	}
	if digits[0] == 0 {
		if len(digits) == 1 || digits[1] < 0x80 {
			return nil, false
		}
		digits = digits[1:]
	}
	return rest, len(digits) <= width
}
