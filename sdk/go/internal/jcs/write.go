package jcs

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// ErrTooLarge is what a value of more than the limit gives.
var ErrTooLarge = errors.New("JSON above its size limit")

// Write returns the canonical form of a value that is made of nil, bool, string, integers of any type,
// float64 that holds an integer, [json.Number] in canonical form, []any, []string, map[string]any and
// [Object]. It gives up with ErrTooLarge as soon as more than limit bytes are written. The members of an
// Object learn where they stand.
func Write(value any, limit int) ([]byte, error) {
	w := writer{out: make([]byte, 0, 1024), limit: limit}
	if err := w.value(value, 0); err != nil {
		return nil, err
	}
	return w.out, nil
}

// writer is owned by one call of Write.
type writer struct {
	out   []byte
	limit int
}

// value writes a value; depth is that of the container around it.
func (w *writer) value(value any, depth int) error {
	switch v := value.(type) {
	case nil:
		w.out = append(w.out, "null"...)
	case bool:
		w.out = strconv.AppendBool(w.out, v)
	case string:
		if err := w.str(v); err != nil {
			return err
		}
	case []any:
		return writeArray(w, v, depth+1)
	case []string:
		return writeArray(w, v, depth+1)
	case map[string]any:
		return w.object(ObjectOf(v), depth+1)
	case Object:
		return w.object(v, depth+1)
	default:
		n, ok := integerOf(value)
		if !ok {
			return fmt.Errorf("%T that JSON cannot express, or no integer within 2^53-1", value)
		}
		w.out = strconv.AppendInt(w.out, n, 10)
	}
	return w.checkSize()
}

func (w *writer) checkSize() error {
	if len(w.out) > w.limit {
		return ErrTooLarge
	}
	return nil
}

func checkDepth(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("JSON nested deeper than %d", maxDepth)
	}
	return nil
}

func writeArray[T any](w *writer, items []T, depth int) error {
	if err := checkDepth(depth); err != nil {
		return err
	}
	w.out = append(w.out, '[')
	for i, item := range items {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.value(item, depth); err != nil {
			return err
		}
	}
	w.out = append(w.out, ']')
	return w.checkSize()
}

func (w *writer) object(object Object, depth int) error {
	if err := checkDepth(depth); err != nil {
		return err
	}
	w.out = append(w.out, '{')
	for i := range object {
		member := &object[i]
		if i > 0 {
			w.out = append(w.out, ',')
		}
		member.Start = len(w.out)
		if err := w.str(member.Name); err != nil {
			return err
		}
		w.out = append(w.out, ':')
		if err := w.value(member.Value, depth); err != nil {
			return err
		}
		member.End = len(w.out)
	}
	w.out = append(w.out, '}')
	return w.checkSize()
}

const lowerHex = "0123456789abcdef"

// str writes a string with the escapes of RFC 8785, section 3.2.2.2.
func (w *writer) str(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("a text that is not valid UTF-8")
	}
	w.out = append(w.out, '"')
	start := 0
	for i := 0; i < len(text); i++ {
		b := text[i]
		if b >= 0x20 && b != '"' && b != '\\' {
			continue
		}
		w.out = append(w.out, text[start:i]...)
		start = i + 1
		w.out = appendEscape(w.out, b)
	}
	w.out = append(w.out, text[start:]...)
	w.out = append(w.out, '"')
	return nil
}

func appendEscape(out []byte, b byte) []byte {
	for i := range len(shortEscapesOf) {
		if shortEscapesOf[i] == b {
			return append(out, '\\', shortEscapes[i])
		}
	}
	return append(out, '\\', 'u', '0', '0', lowerHex[b>>4], lowerHex[b&15])
}

// integerOf is the integer within ±(2^53-1) that a number of any type holds exactly.
func integerOf(number any) (int64, bool) {
	switch n := number.(type) {
	case int:
		return inRange(int64(n))
	case int8:
		return int64(n), true
	case int16:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return inRange(n)
	case uint:
		return inRange(int64(min(uint64(n), math.MaxInt64)))
	case uint8:
		return int64(n), true
	case uint16:
		return int64(n), true
	case uint32:
		return int64(n), true
	case uint64:
		return inRange(int64(min(n, math.MaxInt64)))
	case float64:
		isInteger := math.Trunc(n) == n && math.Abs(n) <= MaxInteger
		isNegativeZero := n == 0 && math.Signbit(n)
		if !isInteger || isNegativeZero {
			return 0, false
		}
		return int64(n), true
	case json.Number:
		// By its digits, as a float64 would make an integer of 0.99999999999999999999.
		value, err := ParseCanonical(string(n))
		integer, ok := value.(int64)
		return integer, ok && err == nil
	}
	return 0, false
}

func inRange(n int64) (int64, bool) { return n, -MaxInteger <= n && n <= MaxInteger }
