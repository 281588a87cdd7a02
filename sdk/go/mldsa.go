// ML-DSA-44 (FIPS 204), pure and with an empty context.

package tecp

import "filippo.io/mldsa"

// VerifyMLDSA44 reports whether sig is a signature of message by key, by FIPS 204 with an empty
// context. A key or a signature of a wrong length is false.
func VerifyMLDSA44(key, message, sig []byte) bool {
	verify, ok := verifierOfMLDSA44(key)
	return ok && verify(message, sig)
}

// verifierOfMLDSA44 verifies by a key that is expanded once.
func verifierOfMLDSA44(key []byte) (verify func(message, sig []byte) bool, ok bool) {
	public, err := mldsa.NewPublicKey(mldsa.MLDSA44(), key)
	if err != nil {
		return nil, false
	}
	return func(message, sig []byte) bool {
		return len(sig) == mldsa.MLDSA44SignatureSize && mldsa.Verify(public, message, sig, nil) == nil
	}, true
}
