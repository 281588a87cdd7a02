package tecp

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestOptionsThatNobodyCanMeanGiveNoVerdict(t *testing.T) {
	receipt := mustEncode(t, mustCreate(t, exampleParams(t)))
	now := time.UnixMilli(1753000000000)
	cases := map[string]VerifyOptions{
		"now":          {},
		"profile":      {Now: now, Profile: "tecp"},
		"policy":       {Now: now, Policy: &Policy{}},
		"trusted_keys": {Now: now, TrustedKeys: []string{""}},
	}
	for field, options := range cases {
		if verdict, err := VerifyReceipt(receipt, options); verdict != nil || optionField(err) != field {
			t.Errorf("%s: %v, %v", field, verdict, err)
		}
	}
	for _, at := range []time.Time{time.UnixMilli(-1), time.UnixMilli(1 << 53), time.Unix(1<<62, 0)} {
		if _, err := VerifyReceipt(receipt, VerifyOptions{Now: at}); optionField(err) != "now" {
			t.Errorf("%v: %v", at, err)
		}
	}
	if _, err := VerifyReceipt(receipt, VerifyOptions{Now: time.UnixMilli(1<<53 - 1)}); err != nil {
		t.Errorf("the last time there is: %v", err)
	}
}

func TestAValueThatIsNoneGivesNoVerdict(t *testing.T) {
	options := VerifyOptions{Now: time.Now()}
	for _, value := range []any{nil, (*Receipt)(nil), &Receipt{}} {
		if verdict, err := VerifyReceiptValue(value, options); verdict != nil || optionField(err) != "receipt" {
			t.Errorf("%T: %v, %v", value, verdict, err)
		}
	}
	for _, step := range []func(*Receipt) error{
		func(r *Receipt) error { _, err := EncodeReceipt(r); return err },
		func(r *Receipt) error { _, err := AttachProof(r, ""); return err },
		func(r *Receipt) error { _, err := ReceiptLeafHash(r); return err },
	} {
		if err := step(nil); optionField(err) != "receipt" {
			t.Errorf("no receipt: %v", err)
		}
		if err := step(&Receipt{}); optionField(err) != "receipt" {
			t.Errorf("an empty receipt: %v", err)
		}
	}
}

func TestValuesInMemoryAreCanonicalisedAndNeverRepaired(t *testing.T) {
	loop := map[string]any{}
	loop["ext"] = loop
	wide := any("x")
	for range 14 {
		wide = []any{wide, wide, wide, wide}
	}
	cases := []struct {
		value any
		code  string
	}{
		{[]any{}, CodeWrongForm},
		{"text", CodeWrongForm},
		{map[string]any{"ts": 0.5}, CodeNotCanonical},
		{map[string]any{"ts": uint64(1 << 53)}, CodeNotCanonical},
		{map[string]any{"ts": time.Now()}, CodeNotCanonical},
		{map[string]any{"\xff": 1}, CodeNotCanonical},
		{loop, CodeNotCanonical},
		{map[string]any{"ext": wide}, CodeTooLarge},
		{map[string]any{"ext": strings.Repeat("x", 1<<20)}, CodeTooLarge},
		{map[string]any{}, CodeMissing},
	}
	for _, c := range cases {
		verdict, err := VerifyReceiptValue(c.value, VerifyOptions{Now: time.Now()})
		if err != nil || verdict.Valid || len(verdict.Errors) != 1 || verdict.Errors[0].Code != c.code {
			t.Errorf("%T: expected %s, got %+v, %v", c.value, c.code, verdict, err)
		}
	}
}

func TestBytesThatAreNoReceiptGetAVerdict(t *testing.T) {
	for _, text := range []string{"", "{", "null", "\ufeff{}", "{}\n", "[]", "\xff"} {
		verdict, err := VerifyReceipt([]byte(text), VerifyOptions{Now: time.Now()})
		if err != nil || verdict.Valid || len(verdict.Errors) != 1 || verdict.Issuer != "" {
			t.Errorf("%q: %+v, %v", text, verdict, err)
		}
		var bad *ReceiptError
		if _, err := ParseReceipt([]byte(text)); !errors.As(err, &bad) || bad.Code != verdict.Errors[0].Code {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAVerdictHasItsJSONAsAValueToo(t *testing.T) {
	verdict, err := VerifyReceipt(nil, VerifyOptions{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(verdict)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(*verdict); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s, %s, %v", got, want, err)
	}
}

func TestTheMessageOfAnErrorHasNoControlCharacters(t *testing.T) {
	params := exampleParams(t)
	members := mustCreate(t, params).Members()
	members["chain"] = map[string]any{"seq": 0, "\x1b[31m": 1}
	_, err := SignReceipt(params.Key, members)
	var bad *ReceiptError
	if !errors.As(err, &bad) || bad.Field != "chain.\x1b[31m" || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("%q", err)
	}
}

func TestAProofWithoutAPolicyIsAMistakeOfTheProgram(t *testing.T) {
	for _, policy := range []*Policy{nil, {}} {
		if _, err := VerifyProof("", Hash{}, policy); optionField(err) != "policy" {
			t.Errorf("%v", err)
		}
	}
}

func TestKeysThatAreNoneAreRefused(t *testing.T) {
	for _, keys := range [][]*VerifierKey{{nil}, {{}}} {
		for _, err := range []error{
			second(OpenNote("", keys)),
			second(OpenCheckpoint("", LogIdentity{Keys: keys})),
			second(OpenCheckpoint("", LogIdentity{Witnesses: keys})),
		} {
			var format *FormatError
			if !errors.As(err, &format) || format.Code != CodeBadKey {
				t.Errorf("%v", err)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }
