// Receipts as values (docs/spec/receipt.md, sections 3 to 5): everything but the verdict.

package tecp

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"tecp.example/go/internal/b64"
	"tecp.example/go/internal/jcs"
)

const (
	receiptVersion = "TECP-0.1"
	// maxReceiptBytes is the most that a whole receipt takes, its proof included.
	maxReceiptBytes = maxJSONBytes
	// maxEntryBytes is the most that it takes without its proof.
	maxEntryBytes = 8192
	// maxValueBytes is how much of a value in memory is written before it is given up as too large: far
	// above the limit, so that what cannot be canonicalised is said of it first.
	maxValueBytes = 16 * maxReceiptBytes
)

// A Receipt is a receipt of good form, as [CreateReceipt] and [ParseReceipt] return it. Its signature
// is judged by [VerifyReceipt]. It does not change, and may be used by several goroutines. The zero Receipt
// is none.
type Receipt struct {
	// encoded are the canonical bytes.
	encoded []byte
	parts   receiptParts
}

// receiptParts are what the steps of a verification need; nothing changes them once they are read.
type receiptParts struct {
	members jcs.Object
	// entry is what is logged, and signed what the signature covers.
	entry, signed        []byte
	publicKey, signature []byte
	// unknown are the members that this version does not define, in canonical order.
	unknown []string
}

// ParseReceipt reads the canonical bytes of a receipt, with nothing before or after them: of a file,
// remove one newline at its end first. The error is a [ReceiptError]. Nothing is judged but the form;
// see [VerifyReceipt].
func ParseReceipt(receipt []byte) (*Receipt, error) {
	return newReceipt(bytes.Clone(receipt))
}

// newReceipt keeps the bytes, which nobody else may change.
func newReceipt(encoded []byte) (*Receipt, error) {
	receipt := &Receipt{encoded: encoded}
	if err := readReceipt(encoded, &receipt.parts); err != nil {
		return nil, err
	}
	return receipt, nil
}

// isZero tells whether this is no receipt that a function of this package has made.
func (r *Receipt) isZero() bool { return r == nil || r.encoded == nil }

// EncodeReceipt returns the canonical bytes of a receipt, which are what a file or a request carries.
func EncodeReceipt(receipt *Receipt) ([]byte, error) {
	if receipt.isZero() {
		return nil, errNoReceipt()
	}
	return bytes.Clone(receipt.encoded), nil
}

func errNoReceipt() error {
	return &OptionError{"receipt", "expected a receipt, as ParseReceipt or CreateReceipt returns it"}
}

// AttachProof returns the receipt with the tlog-proof that a log handed out, in place of one that it
// may have. The proof is neither signed nor logged, and not looked at: [VerifyReceipt] does that.
func AttachProof(receipt *Receipt, proof string) (*Receipt, error) {
	if receipt.isZero() {
		return nil, errNoReceipt()
	}
	members := receipt.Members()
	members["log_inclusion"] = map[string]any{"proof": proof}
	text, err := canonicalReceipt(members)
	if err != nil {
		return nil, err
	}
	return newReceipt(text)
}

// ReceiptLeafHash returns the hash by which a log identifies the receipt, with or without its proof.
func ReceiptLeafHash(receipt *Receipt) (Hash, error) {
	if receipt.isZero() {
		return Hash{}, errNoReceipt()
	}
	return LeafHash(receipt.parts.entry), nil
}

func (r *Receipt) text(member string) string { return textOf(r.parts.members, member) }

func textOf(object jcs.Object, member string) string {
	value, _ := object.Get(member)
	text, _ := value.(string)
	return text
}

func integerOf(object jcs.Object, member string) int64 {
	value, _ := object.Get(member)
	integer, _ := value.(int64)
	return integer
}

func objectOf(object jcs.Object, member string) jcs.Object {
	value, _ := object.Get(member)
	inner, _ := value.(jcs.Object)
	return inner
}

func (r *Receipt) hash(member string) Hash {
	decoded, _ := b64.DecodeURL(r.text(member))
	var hash Hash
	copy(hash[:], decoded)
	return hash
}

// CodeRef returns which code ran, as its issuer names it.
func (r *Receipt) CodeRef() string { return r.text("code_ref") }

// Time returns the time that the issuer signed, exact to the millisecond.
func (r *Receipt) Time() time.Time {
	return time.UnixMilli(integerOf(r.parts.members, "ts")).UTC()
}

// InputHash returns the SHA-256 of the input.
func (r *Receipt) InputHash() Hash { return r.hash("input_hash") }

// OutputHash returns the SHA-256 of the output.
func (r *Receipt) OutputHash() Hash { return r.hash("output_hash") }

// PolicyIDs returns what the issuer claims (docs/spec/policy-registry.md), in ascending order.
func (r *Receipt) PolicyIDs() []string {
	value, _ := r.parts.members.Get("policy_ids")
	list, _ := value.([]any)
	ids := make([]string, len(list))
	for i, id := range list {
		ids[i], _ = id.(string)
	}
	return ids
}

// PublicKey returns the issuer's key, b64u.
func (r *Receipt) PublicKey() string { return r.text("pubkey") }

// Proof returns the text of the tlog-proof that is attached, or "".
func (r *Receipt) Proof() string {
	return textOf(objectOf(r.parts.members, "log_inclusion"), "proof")
}

// Members returns all members as [ParseJSON] does, in a copy.
func (r *Receipt) Members() map[string]any {
	value, _ := ParseJSON(r.encoded)
	members, _ := value.(map[string]any)
	return members
}

// MarshalJSON returns the canonical bytes. As encoding/json escapes some characters in them, a file
// that is to be verified is what [EncodeReceipt] returns.
func (r Receipt) MarshalJSON() ([]byte, error) { return EncodeReceipt(&r) }

// UnmarshalJSON reads a receipt that is part of other JSON, where it need not be canonical. It is
// canonicalised, and never repaired. The error is a [ReceiptError]. Of a file, [ParseReceipt] takes the
// bytes.
func (r *Receipt) UnmarshalJSON(text []byte) error {
	value, err := jcs.Parse(string(text))
	if err != nil {
		return notCanonical(err)
	}
	canonical, err := canonicalReceipt(value)
	if err != nil {
		return err
	}
	read, err := newReceipt(canonical)
	if err != nil {
		return err
	}
	*r = *read
	return nil
}

// canonicalReceipt writes a value in memory, and gives the errors the codes that receipts have.
func canonicalReceipt(value any) ([]byte, error) {
	text, err := jcs.Write(value, maxValueBytes)
	switch {
	case errors.Is(err, jcs.ErrTooLarge), err == nil && len(text) > maxReceiptBytes:
		return nil, &ReceiptError{CodeTooLarge, "", fmt.Sprintf("more than %d bytes", maxReceiptBytes)}
	case err != nil:
		return nil, notCanonical(err)
	}
	return text, nil
}

func notCanonical(err error) *ReceiptError { return &ReceiptError{CodeNotCanonical, "", err.Error()} }

// readReceipt checks the form (section 7.3). The entry is the receipt itself where it has no proof.
func readReceipt(receipt []byte, parts *receiptParts) error {
	if len(receipt) > maxReceiptBytes {
		message := fmt.Sprintf("receipt of %d bytes, at most %d", len(receipt), maxReceiptBytes)
		return &ReceiptError{CodeTooLarge, "", message}
	}
	value, err := jcs.ParseCanonical(string(receipt))
	if err != nil {
		return notCanonical(err)
	}
	members, isObject := value.(jcs.Object)
	if !isObject {
		return &ReceiptError{CodeWrongForm, "", "expected a JSON object"}
	}
	return parts.fill(receipt, members)
}

// fill takes canonical bytes, and the members that they stand for.
func (parts *receiptParts) fill(receipt []byte, members jcs.Object) error {
	parts.members = members
	parts.entry = receipt
	if _, hasProof := members.Get("log_inclusion"); hasProof {
		parts.entry = without(receipt, members, "log_inclusion")
	}
	if len(parts.entry) > maxEntryBytes {
		message := fmt.Sprintf("entry of %d bytes, at most %d", len(parts.entry), maxEntryBytes)
		return &ReceiptError{CodeTooLarge, "", message}
	}
	parts.signed = without(receipt, members, "sig", "log_inclusion")
	for i := range members {
		if name := members[i].Name; !isReceiptMember(name) {
			parts.unknown = append(parts.unknown, name)
		}
	}
	return checkMembers(parts)
}

// without returns the canonical bytes of an object without some of its members.
func without(text []byte, members jcs.Object, names ...string) []byte {
	out := make([]byte, 0, min(len(text), maxEntryBytes+2))
	out = append(out, '{')
	for i := range members {
		member := &members[i]
		if slices.Contains(names, member.Name) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, text[member.Start:member.End]...)
	}
	return append(out, '}')
}
