// The form of each member of a receipt (docs/spec/receipt.md, section 4), checked in the order of the
// table there. The first failure is the one that is reported.

package tecp

import (
	"tecp.example/go/internal/b64"
	"tecp.example/go/internal/plain"
)

const (
	minNonceBytes  = 16
	maxNonceBytes  = 64
	maxCodeRef     = 256
	maxPolicyIDs   = 64
	maxPolicyIDLen = 64
)

func wrongForm(field, expected string) *ReceiptError {
	// The field may be a surplus member, of any name.
	return &ReceiptError{CodeWrongForm, field, plain.Text(field) + ": expected " + expected}
}

func missing(field string) *ReceiptError {
	return &ReceiptError{CodeMissing, field, field + ": missing"}
}

// memberCheck returns what is wrong with the value of a member, or nil.
type memberCheck func(parts *receiptParts, value any) *ReceiptError

// memberChecks is the table of section 4.
var memberChecks = []struct {
	name     string
	required bool
	check    memberCheck
}{
	{"version", true, checkVersion},
	{"code_ref", true, checkCodeRef},
	{"ts", true, checkTS},
	{"nonce", true, checkNonce},
	{"input_hash", true, checkHashMember("input_hash")},
	{"output_hash", true, checkHashMember("output_hash")},
	{"policy_ids", true, checkPolicyIDs},
	{"pubkey", true, checkPublicKey},
	{"sig", true, checkSignature},
	{"key_erasure", false, checkKeyErasure},
	{"environment", false, checkEnvironment},
	{"chain", false, checkChain},
	{"ext", false, checkExt},
	{"log_inclusion", false, checkLogInclusion},
}

// isReceiptMember tells whether this version defines a member of the name.
func isReceiptMember(name string) bool {
	for i := range memberChecks {
		if memberChecks[i].name == name {
			return true
		}
	}
	return false
}

// checkMembers checks all members, and notes the key and the signature.
func checkMembers(parts *receiptParts) error {
	for _, member := range memberChecks {
		value, isThere := parts.members.Get(member.name)
		switch {
		case isThere:
			if err := member.check(parts, value); err != nil {
				return err
			}
		case member.required:
			return missing(member.name)
		}
	}
	return nil
}

func checkVersion(_ *receiptParts, value any) *ReceiptError {
	version, ok := value.(string)
	if !ok {
		return wrongForm("version", "a string")
	}
	if version != receiptVersion {
		return &ReceiptError{CodeUnknownVersion, "version", "version: expected " + receiptVersion}
	}
	return nil
}

func checkCodeRef(_ *receiptParts, value any) *ReceiptError {
	text, ok := value.(string)
	ok = ok && 1 <= len(text) && len(text) <= maxCodeRef
	for i := 0; ok && i < len(text); i++ {
		ok = 0x20 <= text[i] && text[i] <= 0x7e
	}
	if !ok {
		return wrongForm("code_ref", "1 to 256 printable ASCII characters")
	}
	return nil
}

func checkTS(_ *receiptParts, value any) *ReceiptError {
	ts, ok := value.(int64)
	if !ok {
		return wrongForm("ts", "an integer")
	}
	if ts < 1 {
		return &ReceiptError{CodeInvalidTime, "ts", "ts: expected 1 to 2^53-1"}
	}
	return nil
}

func checkNonce(_ *receiptParts, value any) *ReceiptError {
	n := lenOf(value)
	if n < minNonceBytes || n > maxNonceBytes {
		return wrongForm("nonce", "b64u of 16 to 64 bytes")
	}
	return nil
}

// lenOf returns how many bytes b64u stands for, or -1 for what is none.
func lenOf(value any) int {
	text, isText := value.(string)
	if n, ok := b64.URLLen(text); ok && isText {
		return n
	}
	return -1
}

func checkHashMember(field string) memberCheck {
	return func(_ *receiptParts, value any) *ReceiptError { return checkHashValue(field, value) }
}

func checkHashValue(field string, value any) *ReceiptError {
	if lenOf(value) != len(Hash{}) {
		return wrongForm(field, "b64u of 32 bytes")
	}
	return nil
}

func checkPolicyIDs(_ *receiptParts, value any) *ReceiptError {
	values, ok := value.([]any)
	ok = ok && len(values) <= maxPolicyIDs
	last := ""
	for i := 0; ok && i < len(values); i++ {
		var id string
		id, ok = values[i].(string)
		ok = ok && isPolicyID(id) && id > last
		last = id
	}
	if !ok {
		return wrongForm("policy_ids", "at most 64 ids [a-z0-9][a-z0-9_]{0,63}, strictly ascending")
	}
	return nil
}

func isPolicyID(id string) bool {
	if id == "" || len(id) > maxPolicyIDLen || id[0] == '_' {
		return false
	}
	for i := range len(id) {
		b := id[i]
		if !isDigit(b) && b != '_' && (b < 'a' || b > 'z') {
			return false
		}
	}
	return true
}

func checkPublicKey(parts *receiptParts, value any) (err *ReceiptError) {
	parts.publicKey, err = decodeStrict("pubkey", value, isStrictPoint)
	return err
}

func checkSignature(parts *receiptParts, value any) (err *ReceiptError) {
	parts.signature, err = decodeStrict("sig", value, isStrictSignature)
	return err
}

func decodeStrict(field string, value any, isStrict func([]byte) bool) ([]byte, *ReceiptError) {
	text, isText := value.(string)
	if !isText {
		return nil, wrongForm(field, "a string")
	}
	decoded, ok := b64.DecodeURL(text)
	if !ok || !isStrict(decoded) {
		message := field + ": not an acceptable Ed25519 encoding"
		return nil, &ReceiptError{CodeMalformedSignature, field, message}
	}
	return decoded, nil
}
