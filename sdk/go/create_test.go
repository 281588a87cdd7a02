package tecp

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func receiptCode(err error) string {
	var receipt *ReceiptError
	if errors.As(err, &receipt) {
		return receipt.Code + " " + receipt.Field
	}
	return ""
}

func optionField(err error) string {
	var option *OptionError
	if errors.As(err, &option) {
		return option.Field
	}
	return ""
}

func TestWhatAVerifierWouldRefuseIsNotSigned(t *testing.T) {
	prev := Hash{1}
	cases := map[string]func(*ReceiptParams){
		"E-SCHEMA-002 code_ref":           func(p *ReceiptParams) { p.CodeRef = "" },
		"E-SCHEMA-003 ":                   func(p *ReceiptParams) { p.CodeRef = "\xff" },
		"E-TS-001 ts":                     func(p *ReceiptParams) { p.Time = time.UnixMilli(-1) },
		"E-SCHEMA-002 nonce":              func(p *ReceiptParams) { p.Nonce = make([]byte, 15) },
		"E-SCHEMA-002 policy_ids":         func(p *ReceiptParams) { p.PolicyIDs = []string{"no_pii", "no_pii"} },
		"E-SCHEMA-002 key_erasure.scheme": func(p *ReceiptParams) { p.KeyErasure = &KeyErasure{Scheme: "none"} },
		"E-SCHEMA-002 chain.prev":         func(p *ReceiptParams) { p.Chain = &Chain{Seq: 0, Prev: &prev} },
		"E-SCHEMA-001 chain.prev":         func(p *ReceiptParams) { p.Chain = &Chain{Seq: 1} },
		"E-SIZE-001 ": func(p *ReceiptParams) {
			p.Ext = map[string]any{"long": strings.Repeat("x", maxEntryBytes)}
		},
	}
	for want, change := range cases {
		params := exampleParams(t)
		change(&params)
		receipt, err := CreateReceipt(params)
		if receipt != nil || receiptCode(err) != want {
			t.Errorf("expected %q, got %q (%v)", want, receiptCode(err), err)
		}
	}
	for _, at := range []time.Time{time.UnixMilli(1 << 53), time.Unix(1<<62, 0), time.Unix(-1<<62, 0), time.Unix(1<<63-1, 0)} {
		params := exampleParams(t)
		params.Time = at
		if _, err := CreateReceipt(params); receiptCode(err) != "E-SCHEMA-003 " {
			t.Errorf("%v: %v", at, err)
		}
	}
	params := exampleParams(t)
	params.Ext = map[string]any{"fraction": 0.5}
	if _, err := CreateReceipt(params); receiptCode(err) != "E-SCHEMA-003 " {
		t.Errorf("a fraction: %v", err)
	}
}

func TestParametersThatAreNotThereAreMistakesOfTheProgram(t *testing.T) {
	hash := Hash{}
	cases := map[string]func(*ReceiptParams){
		"key":    func(p *ReceiptParams) { p.Key = nil },
		"input":  func(p *ReceiptParams) { p.Input = nil },
		"output": func(p *ReceiptParams) { p.OutputHash = &hash },
	}
	for want, change := range cases {
		params := exampleParams(t)
		change(&params)
		if receipt, err := CreateReceipt(params); receipt != nil || optionField(err) != want {
			t.Errorf("expected an option error of %s, got %v", want, err)
		}
	}
	if _, err := SignReceipt(&IssuerKey{}, map[string]any{}); optionField(err) != "key" {
		t.Errorf("an empty key: %v", err)
	}
}

func TestTimeAndNonceAreFreshUnlessTheyAreGiven(t *testing.T) {
	params := exampleParams(t)
	params.Time, params.Nonce = time.Time{}, nil
	before := time.Now().Truncate(time.Millisecond)
	first, second := mustCreate(t, params), mustCreate(t, params)
	if bytes.Equal(mustEncode(t, first), mustEncode(t, second)) {
		t.Error("two receipts are the same")
	}
	if at := first.Time(); at.Before(before) || at.After(time.Now()) {
		t.Errorf("not the clock's time: %v", at)
	}
	nonce, _ := first.Members()["nonce"].(string)
	if len(nonce) != 22 {
		t.Errorf("expected a nonce of 16 bytes, got %q", nonce)
	}
}

func TestAHashStandsInForTheData(t *testing.T) {
	params := exampleParams(t)
	want := mustEncode(t, mustCreate(t, params))
	input, err := HashStream(bytes.NewReader(params.Input))
	if err != nil || input != sha256.Sum256([]byte("abc")) {
		t.Fatalf("hash of a stream: %s, %v", input, err)
	}
	params.Input, params.InputHash = nil, &input
	if got := mustEncode(t, mustCreate(t, params)); !bytes.Equal(got, want) {
		t.Error("another receipt than of the data")
	}
}

func TestAReceiptTellsWhatItStates(t *testing.T) {
	params := exampleParams(t)
	prev := Hash{7}
	params.Chain = &Chain{Seq: 3, Prev: &prev}
	params.Environment = &Environment{Region: "eu-west-1", Provider: "own"}
	receipt, err := ParseReceipt(mustEncode(t, mustCreate(t, params)))
	if err != nil {
		t.Fatal(err)
	}
	if receipt.CodeRef() != params.CodeRef || !receipt.Time().Equal(params.Time) || receipt.Proof() != "" {
		t.Errorf("%s at %v with %q", receipt.CodeRef(), receipt.Time(), receipt.Proof())
	}
	if receipt.InputHash() != sha256.Sum256(params.Input) || receipt.OutputHash() != sha256.Sum256(nil) {
		t.Error("other hashes")
	}
	if ids := strings.Join(receipt.PolicyIDs(), " "); ids != "eu_region no_retention" {
		t.Errorf("policies %q", ids)
	}
	if receipt.PublicKey() != params.Key.PublicKey() {
		t.Error("another key")
	}
	members := receipt.Members()
	chain, _ := members["chain"].(map[string]any)
	environment, _ := members["environment"].(map[string]any)
	if chain["seq"] != int64(3) || environment["provider"] != "own" {
		t.Errorf("members %v", members)
	}
	members["code_ref"] = "changed"
	if receipt.CodeRef() != params.CodeRef {
		t.Error("a receipt was changed through its members")
	}
}

func TestAProofChangesNeitherTheEntryNorTheSignature(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	for _, proof := range []string{"first", "second\n", ""} {
		proven, err := AttachProof(receipt, proof)
		if err != nil || proven.Proof() != proof {
			t.Fatalf("%q: %v", proof, err)
		}
		a, _ := ReceiptLeafHash(receipt)
		if b, _ := ReceiptLeafHash(proven); a != b {
			t.Errorf("%q: another leaf hash", proof)
		}
		receipt = proven
	}
	if _, err := AttachProof(receipt, "\xff"); receiptCode(err) != "E-SCHEMA-003 " {
		t.Errorf("a proof that is no text: %v", err)
	}
}

func TestWhatWasSignedBeforeIsSignedAnewWithoutItsProof(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	members := receipt.Members()
	members["sig"] = "\xff"
	members["log_inclusion"] = map[string]any{"proof": "\xff"}
	again, err := SignReceipt(issuerKey(t, 1), members)
	if err != nil || !bytes.Equal(mustEncode(t, again), mustEncode(t, receipt)) {
		t.Errorf("%v", err)
	}
	if len(members) != len(receipt.Members())+1 {
		t.Error("the members of the caller were changed")
	}
}

func TestAReceiptInOtherJSONStillMeansItself(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	text, err := json.Marshal(map[string]any{"receipt": receipt})
	if err != nil {
		t.Fatal(err)
	}
	var outer struct{ Receipt map[string]any }
	if err := json.Unmarshal(text, &outer); err != nil {
		t.Fatal(err)
	}
	verdict, err := VerifyReceiptValue(outer.Receipt, VerifyOptions{Now: receipt.Time()})
	if err != nil || !verdict.Valid {
		t.Errorf("%v, %v", verdict, err)
	}
}

func TestAReceiptIsReadBackOutOfOtherJSON(t *testing.T) {
	params := exampleParams(t)
	params.Ext = map[string]any{"html": "<a&b>"}
	receipt := mustCreate(t, params)
	type record struct {
		Value   Receipt
		Pointer *Receipt
		None    *Receipt
	}
	text, err := json.MarshalIndent(record{*receipt, receipt, nil}, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	var read record
	if err := json.Unmarshal(text, &read); err != nil || read.None != nil {
		t.Fatalf("%v, %v", read.None, err)
	}
	for _, got := range []*Receipt{&read.Value, read.Pointer} {
		if !bytes.Equal(mustEncode(t, got), mustEncode(t, receipt)) {
			t.Errorf("another receipt: %s", mustEncode(t, got))
		}
	}
	for text, want := range map[string]string{
		`{"Value":null}`:                     "E-SCHEMA-002 ",
		`{"Value":[]}`:                       "E-SCHEMA-002 ",
		`{"Value":{}}`:                       "E-SCHEMA-001 version",
		`{"Value":{"a":1,"a":1}}`:            "E-SCHEMA-003 ",
		`{"Value":{"ts":1.0}}`:               "E-SCHEMA-003 ",
		"{\"Value\":{\"version\":\"\xff\"}}": "E-SCHEMA-003 ",
	} {
		read := record{Value: *receipt}
		if err := json.Unmarshal([]byte(text), &read); receiptCode(err) != want || read.Value.isZero() {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := json.Marshal(Receipt{}); optionField(err) != "receipt" {
		t.Errorf("a receipt that is none: %v", err)
	}
}

func TestAHashIsHexInTexts(t *testing.T) {
	hash := LeafHash(nil)
	text, err := json.Marshal(hash)
	if err != nil || string(text) != `"`+hash.String()+`"` {
		t.Fatalf("%s, %v", text, err)
	}
	var read Hash
	if err := json.Unmarshal(text, &read); err != nil || read != hash {
		t.Errorf("%s, %v", read, err)
	}
	for _, bad := range []string{"", "00", strings.Repeat("0", 66), strings.Repeat("g", 64), strings.ToUpper(hash.String())} {
		if err := read.UnmarshalText([]byte(bad)); formatCode(err) != CodeMalformed || read != hash {
			t.Errorf("%q: %s, %v", bad, read, err)
		}
	}
}
