// Canonical JSON, read and written (docs/spec/receipt.md, section 3).

package tecp

import (
	"fmt"

	"tecp.example/go/internal/jcs"
)

// maxJSONBytes is the largest text, in bytes.
const maxJSONBytes = 1 << 20

// ParseJSON returns the value of a JSON text of at most 1 MiB within the limits of canonical form:
// nil, bool, int64, string, []any or map[string]any. White space, any order of members and any escape
// are taken. A repeated member, a number that is not an integer within ±(2^53-1), a lone surrogate,
// a byte order mark, invalid UTF-8 and more than 16 levels are refused with a [FormatError].
//
// It differs from encoding/json, which replaces invalid text and takes repeated members.
func ParseJSON(text []byte) (any, error) {
	if len(text) > maxJSONBytes {
		return nil, malformed(fmt.Sprintf("JSON of %d bytes, at most %d", len(text), maxJSONBytes))
	}
	value, err := jcs.Parse(string(text))
	if err != nil {
		return nil, malformed(err.Error())
	}
	return value, nil
}

// Canonicalize returns the canonical JSON of a value, at most 1 MiB of it. The value is made of nil,
// bool, string, integers of any type, float64 that holds an integer, json.Number without a fraction and an
// exponent, []any, []string and map[string]any; anything else, a number beyond ±(2^53-1), a text that is
// not valid UTF-8 and more than 16 levels are refused with a [FormatError].
func Canonicalize(value any) ([]byte, error) {
	text, err := jcs.Write(value, maxJSONBytes)
	if err != nil {
		return nil, malformed(err.Error())
	}
	return text, nil
}
