package tecp

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"testing"
	"time"
)

// workedExample returns a block of docs/spec/receipt.md, section 9, without the newline at its end.
func workedExample(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/spec/receipt.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```[a-z]+ " + name + "\n(.*?)\n```").FindSubmatch(text)
	if block == nil {
		t.Fatalf("no block %q in the specification", name)
	}
	return string(block[1])
}

func seedOf(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func issuerKey(t testing.TB, b byte) *IssuerKey {
	t.Helper()
	key, err := IssuerKeyFromSeed(seedOf(b))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func exampleParams(t testing.TB) ReceiptParams {
	return ReceiptParams{
		Key:        issuerKey(t, 1),
		CodeRef:    "git:0123456789abcdef0123456789abcdef01234567",
		Input:      []byte("abc"),
		Output:     []byte{},
		PolicyIDs:  []string{"no_retention", "eu_region"},
		Time:       time.UnixMilli(1753000000000),
		Nonce:      bytes.Repeat([]byte{9}, 16),
		KeyErasure: &KeyErasure{Scheme: "hw-hsm", Evidence: "slot 7, counter 41"},
		Ext: map[string]any{"policy_enforced": map[string]any{
			"no_retention": "tmpfs",
			"eu_region":    map[string]any{"region": "eu-west-1"},
		}},
	}
}

func mustCreate(t testing.TB, params ReceiptParams) *Receipt {
	t.Helper()
	receipt, err := CreateReceipt(params)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

func mustEncode(t testing.TB, receipt *Receipt) []byte {
	t.Helper()
	encoded, err := EncodeReceipt(receipt)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func TestTheWorkedExampleOfTheSpecificationIsMadeByteForByte(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	if got, want := string(mustEncode(t, receipt)), workedExample(t, "entry"); got != want {
		t.Errorf("entry:\n got %s\nwant %s", got, want)
	}
	leafHash, err := ReceiptLeafHash(receipt)
	if err != nil || leafHash.String() != workedExample(t, "leaf-hash") {
		t.Errorf("leaf hash %s, %v", leafHash, err)
	}
	proven, err := AttachProof(receipt, workedExample(t, "proof")+"\n")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(mustEncode(t, proven)), workedExample(t, "receipt"); got != want {
		t.Errorf("receipt:\n got %s\nwant %s", got, want)
	}
}

func TestTheWorkedExampleOfTheSpecificationGetsItsVerdict(t *testing.T) {
	policy, err := ParsePolicy(workedExample(t, "policy") + "\n")
	if err != nil {
		t.Fatal(err)
	}
	options := VerifyOptions{Profile: ProfileStrict, Now: time.UnixMilli(1784536000000), Policy: policy}
	receipt, err := ParseReceipt([]byte(workedExample(t, "receipt")))
	if err != nil {
		t.Fatal(err)
	}
	ofBytes, err := VerifyReceipt([]byte(workedExample(t, "receipt")), options)
	if err != nil {
		t.Fatal(err)
	}
	ofReceipt, err := VerifyReceiptValue(receipt, options)
	if err != nil {
		t.Fatal(err)
	}
	ofMap, err := VerifyReceiptValue(receipt.Members(), options)
	if err != nil {
		t.Fatal(err)
	}
	for name, verdict := range map[string]*Verdict{"bytes": ofBytes, "receipt": ofReceipt, "map": ofMap} {
		got, err := json.Marshal(verdict)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := json.Compact(&want, []byte(workedExample(t, "verdict"))); err != nil {
			t.Fatal(err)
		}
		if !sameJSON(t, got, want.Bytes()) {
			t.Errorf("verdict on %s:\n got %s\nwant %s", name, got, want.Bytes())
		}
	}
}

func sameJSON(t testing.TB, a, b []byte) bool {
	t.Helper()
	texts := [2][]byte{}
	for i, text := range [][]byte{a, b} {
		value, err := ParseJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		if texts[i], err = Canonicalize(value); err != nil {
			t.Fatal(err)
		}
	}
	return bytes.Equal(texts[0], texts[1])
}

func TestTheRegistryIsTheNormativeFile(t *testing.T) {
	text, err := os.ReadFile("../../shared/protocol/receipt/policy-registry.json")
	if err != nil {
		t.Fatal(err)
	}
	var registry struct {
		Policies map[string]struct {
			MeetsStrict bool `json:"meets_strict"`
		} `json:"policies"`
	}
	if err := json.Unmarshal(text, &registry); err != nil {
		t.Fatal(err)
	}
	if len(registry.Policies) != len(meetsStrict) {
		t.Errorf("%d policies, expected %d", len(meetsStrict), len(registry.Policies))
	}
	for id, policy := range registry.Policies {
		if meets, isKnown := meetsStrict[id]; !isKnown || meets != policy.MeetsStrict {
			t.Errorf("%s: known %v, meets strict %v", id, isKnown, meets)
		}
	}
}
