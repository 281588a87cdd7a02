package jcs

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

const noLimit = math.MaxInt

func TestIntegersOfAllTypesAreWrittenAndNothingElseIs(t *testing.T) {
	const most = 1<<53 - 1
	written := map[any]string{
		int(-1): "-1", int8(-8): "-8", int16(16): "16", int32(32): "32", int64(-most): "-9007199254740991",
		uint(1): "1", uint8(8): "8", uint16(16): "16", uint32(32): "32", uint64(most): "9007199254740991",
		float64(most): "9007199254740991", float64(-2): "-2", json.Number("12"): "12", json.Number("-7"): "-7",
	}
	for value, want := range written {
		if got, err := Write(value, noLimit); err != nil || string(got) != want {
			t.Errorf("%T %v: %s, %v", value, value, got, err)
		}
	}
	for _, value := range []any{
		int64(most + 1), int64(-most - 1), uint64(most + 1), uint64(math.MaxUint64), uint(math.MaxUint), 0.5, float64(most + 1),
		math.NaN(), math.Inf(1), math.Copysign(0, -1), float32(1), json.Number("1.5"), json.Number("-0"), json.Number(""),
		json.Number("Inf"), json.Number("1e2"), json.Number("1.0"), json.Number("0.99999999999999999999"), json.Number("1e-400"),
		json.Number(" 1"), json.Number("null"), struct{}{}, []int{1}, map[string]string{}, (*int)(nil),
	} {
		if got, err := Write(value, noLimit); err == nil {
			t.Errorf("%T %v: %s", value, value, got)
		}
	}
}

func TestWritingEndsAtItsLimit(t *testing.T) {
	text := strings.Repeat("x", 98)
	if _, err := Write(text, 100); err != nil {
		t.Error(err)
	}
	if _, err := Write(text, 99); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v", err)
	}
}

// FuzzOrder holds the order of bytes that CompareUTF16 looks at to that of the code units.
func FuzzOrder(f *testing.F) {
	for _, text := range []string{"", "a", "ab", "\u00e9", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff", "a\U00010000"} {
		f.Add(text, "a\uffff")
		f.Add(text, "\U00010000")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			t.Skip()
		}
		want := slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		if got := CompareUTF16(a, b); sign(got) != want {
			t.Errorf("%q and %q: %d, expected %d", a, b, got, want)
		}
	})
}

func sign(n int) int { return min(1, max(-1, n)) }

// FuzzParse holds the two ways of reading, and writing, to one another, and to encoding/json.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`{"a":[1,-2,"\u0000\b\"",null,true,false,{}],"é":"😀"}`, ` { "b" : 1 , "a" : "\ud83d\ude00\/" } `, `{"a":1,"a":2}`,
		`[1.0]`, `1e3`, `-0`, `9007199254740991`, `9007199254740992`, `"\ud800"`, "\ufeff1", `[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value, err := Parse(text)
		_, canonicalErr := ParseCanonical(text)
		if err != nil {
			if canonicalErr == nil {
				t.Fatalf("%q is canonical, and cannot be read: %v", text, err)
			}
			return
		}
		if !json.Valid([]byte(text)) {
			t.Fatalf("%q is not JSON", text)
		}
		written, err := Write(value, noLimit)
		if err != nil {
			t.Fatalf("%q cannot be written again: %v", text, err)
		}
		if isSame := string(written) == text; isSame != (canonicalErr == nil) {
			t.Fatalf("%q is written as %q; %v", text, written, canonicalErr)
		}
		again, err := ParseCanonical(string(written))
		if err != nil {
			t.Fatalf("%q was written, and is not canonical: %v", written, err)
		}
		if rewritten, err := Write(again, noLimit); err != nil || string(rewritten) != string(written) {
			t.Fatalf("%q, then %q, %v", written, rewritten, err)
		}
	})
}
