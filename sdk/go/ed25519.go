// The Ed25519 verdict (docs/spec/receipt.md, section 6.2). What libraries disagree on is decided on
// bytes, before crypto/ed25519 is asked: so the verdict does not hang on a library or its version.

package tecp

import "crypto/ed25519"

// smallOrderY are the y coordinates of the eight points of small order, little-endian, without the
// bit for the sign of x. Either sign is refused: where x is not 0 both are such points, and where x
// is 0 a sign is not canonical.
var smallOrderY = [...][32]byte{
	{1},
	{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	{},
	{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
	{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
}

// groupOrder is L = 2^252 + 27742317777372353535851937790883648493, little-endian.
var groupOrder = [32]byte{
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
}

// VerifyEd25519 reports whether sig is a signature of message by key, by the strict rules of
// docs/spec/receipt.md, section 6.2. A key or a signature of a wrong length is false.
func VerifyEd25519(key, message, sig []byte) bool {
	return isStrictPoint(key) && isStrictSignature(sig) && ed25519.Verify(key, message, sig)
}

// isStrictPoint tells whether these are 32 bytes that may be the one encoding of a point that is not
// of small order. Whether there is such a point is left to the equation.
func isStrictPoint(point []byte) bool {
	if len(point) != ed25519.PublicKeySize {
		return false
	}
	y := [32]byte(point)
	y[31] &= 0x7f
	for i := range smallOrderY {
		if y == smallOrderY[i] {
			return false
		}
	}
	return isReduced(&y)
}

// isReduced tells whether y < p = 2^255 - 19.
func isReduced(y *[32]byte) bool {
	if y[31] != 0x7f || y[0] < 0xed {
		return true
	}
	for _, b := range y[1:31] {
		if b != 0xff {
			return true
		}
	}
	return false
}

// isStrictSignature tells whether these are 64 bytes R || S with an acceptable R, and S < L.
func isStrictSignature(sig []byte) bool {
	if len(sig) != ed25519.SignatureSize || !isStrictPoint(sig[:32]) {
		return false
	}
	s := sig[32:]
	for i := 31; i >= 0; i-- {
		if s[i] != groupOrder[i] {
			return s[i] < groupOrder[i]
		}
	}
	return false
}
