// Making receipts (docs/spec/receipt.md, section 6; docs/spec/verifier.md, section 4). What is made
// here always has good form: what a verifier would refuse by its form is an error, and not returned.

package tecp

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"maps"
	"slices"
	"time"

	"tecp.example/go/internal/b64"
	"tecp.example/go/internal/jcs"
)

// ReceiptParams say what a receipt states. Key, CodeRef, and of input and output either the data or
// the hash are required.
type ReceiptParams struct {
	Key *IssuerKey
	// CodeRef says which code ran: 1 to 256 printable ASCII characters, such as "git:<hex>".
	CodeRef string
	// Input is what went in, of which the receipt holds the SHA-256. Empty and nil differ: nil says
	// that InputHash is given instead.
	Input     []byte
	InputHash *Hash
	// Output is what came out, likewise.
	Output     []byte
	OutputHash *Hash
	// PolicyIDs are the claims (docs/spec/policy-registry.md), in any order and each once.
	PolicyIDs []string
	// Time is when it happened; the clock's where it is zero.
	Time time.Time
	// Nonce is 16 to 64 random bytes, never used before; 16 fresh ones where it is nil.
	Nonce []byte

	KeyErasure  *KeyErasure
	Environment *Environment
	Chain       *Chain
	// Ext holds anything else that is signed, in the types of [Canonicalize].
	Ext map[string]any
}

// KeyErasure says how the keys that protected the data were erased.
type KeyErasure struct {
	// Scheme is "counter+seal@tee", "hw-hsm", "sw-secure" or "sw-sim".
	Scheme   string
	Evidence string
}

// Environment says where the code ran. What is empty is left out.
type Environment struct {
	Region   string
	Provider string
}

// Chain counts the receipts of a key, so that a missing one shows.
type Chain struct {
	// Seq is 0 for the first.
	Seq int64
	// Prev is the leaf hash of the receipt before; nil for the first.
	Prev *Hash
}

// CreateReceipt makes and signs a receipt. With Time and Nonce it is deterministic. The error is an
// [OptionError] for a parameter that is not there, or the [ReceiptError] that a verifier would report.
func CreateReceipt(params ReceiptParams) (*Receipt, error) {
	input, err := hashMember("input", params.Input, params.InputHash)
	if err != nil {
		return nil, err
	}
	output, err := hashMember("output", params.Output, params.OutputHash)
	if err != nil {
		return nil, err
	}
	nonce := params.Nonce
	if nonce == nil {
		nonce = make([]byte, minNonceBytes)
		if _, err := rand.Read(nonce); err != nil {
			return nil, err
		}
	}
	at := params.Time
	if at.IsZero() {
		at = time.Now()
	}
	members, err := membersOf(&params, unixMilli(at), nonce, input, output)
	if err != nil {
		return nil, err
	}
	return sign(params.Key, members)
}

// membersOf returns what is signed but for the version and the key, as a canonical text would be read.
func membersOf(params *ReceiptParams, ts int64, nonce []byte, input, output string) (jcs.Object, error) {
	members := make(jcs.Object, 0, 13)
	add := func(name string, value any) { members = append(members, jcs.Member{Name: name, Value: value}) }
	if params.Chain != nil {
		add("chain", params.Chain.members())
	}
	add("code_ref", params.CodeRef)
	if params.Environment != nil {
		add("environment", params.Environment.members())
	}
	if params.Ext != nil {
		ext, err := asRead(params.Ext)
		if err != nil {
			return nil, err
		}
		add("ext", ext)
	}
	add("input_hash", input)
	if erasure := params.KeyErasure; erasure != nil {
		add("key_erasure", jcs.Object{{Name: "evidence", Value: erasure.Evidence}, {Name: "scheme", Value: erasure.Scheme}})
	}
	add("nonce", b64.EncodeURL(nonce))
	add("output_hash", output)
	add("policy_ids", sortedIDs(params.PolicyIDs))
	add("ts", ts)
	return members, nil
}

// asRead returns a value of any type as it is when it is read again.
func asRead(value any) (any, error) {
	text, err := canonicalReceipt(value)
	if err != nil {
		return nil, err
	}
	return jcs.ParseCanonical(string(text))
}

func sortedIDs(ids []string) []any {
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	values := make([]any, len(sorted))
	for i, id := range sorted {
		values[i] = id
	}
	return values
}

func hashMember(name string, data []byte, hash *Hash) (string, error) {
	switch {
	case data != nil && hash == nil:
		digest := sha256.Sum256(data)
		return b64.EncodeURL(digest[:]), nil
	case data == nil && hash != nil:
		return b64.EncodeURL(hash[:]), nil
	}
	return "", &OptionError{name, "expected either the data or its hash"}
}

func (e *Environment) members() jcs.Object {
	members := jcs.Object{}
	if e.Provider != "" {
		members = members.With("provider", e.Provider)
	}
	if e.Region != "" {
		members = members.With("region", e.Region)
	}
	return members
}

func (c *Chain) members() jcs.Object {
	members := jcs.Object{{Name: "seq", Value: c.Seq}}
	if c.Prev != nil {
		members = members.With("prev", b64.EncodeURL(c.Prev[:]))
	}
	return members
}

// SignReceipt signs members that are there as they stand in a receipt, such as those of a JSON text:
// code_ref, ts, nonce, input_hash, output_hash, policy_ids and whatever else is to be signed. The
// version and the key are set here, and those of a receipt that was signed before are signed anew, without
// its proof. The error is an [OptionError] where there is no key, or the [ReceiptError] that a verifier
// would report.
func SignReceipt(key *IssuerKey, members map[string]any) (*Receipt, error) {
	unsigned := maps.Clone(members)
	delete(unsigned, "sig")
	delete(unsigned, "log_inclusion")
	value, err := asRead(unsigned)
	if err != nil {
		return nil, err
	}
	object, _ := value.(jcs.Object)
	return sign(key, object)
}

// sign takes members as a canonical text would be read, and sets those that are not the caller's.
func sign(key *IssuerKey, members jcs.Object) (*Receipt, error) {
	if key.isZero() {
		return nil, errNoKey()
	}
	members = members.With("pubkey", key.publicKey).With("sig", placeholderSig).With("version", receiptVersion)
	text, err := canonicalReceipt(members)
	if err != nil {
		return nil, err
	}
	// The form is checked before anything is signed, with a signature of good form in its place.
	receipt := &Receipt{encoded: text}
	if err := receipt.parts.fill(text, members); err != nil {
		return nil, err
	}
	receipt.setSignature(key.sign(receipt.parts.signed))
	return receipt, nil
}

// placeholderSig passes every check of form.
var placeholderSig = b64.EncodeURL(bytes.Repeat([]byte{2}, ed25519.SignatureSize))

// setSignature puts a signature in the place of another. The receipt has no proof, so its entry shares
// the memory of the whole.
func (r *Receipt) setSignature(sig []byte) {
	const name = `"sig":"`
	for i := range r.parts.members {
		if member := &r.parts.members[i]; member.Name == "sig" {
			text := b64.EncodeURL(sig)
			copy(r.encoded[member.Start+len(name):], text)
			member.Value = text
		}
	}
	r.parts.signature = sig
}
