// Package jcs reads and writes the JSON of receipts (docs/spec/receipt.md, section 3): RFC 8785 within
// limits. One value has one text, and what breaks a limit is refused, never repaired.
package jcs

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// maxDepth counts objects and arrays inside one another, the outermost as 1.
	maxDepth = 16
	// MaxInteger is 2^53-1, the largest integer that every JSON parser holds exactly.
	MaxInteger = 1<<53 - 1
)

// Parse returns the value of any JSON text within the limits of canonical form, up to size: nil, bool,
// int64, string, []any or map[string]any.
func Parse(text string) (any, error) {
	p := parser{text: text}
	value, err := p.parse()
	if err != nil {
		return nil, err
	}
	return withMaps(value)
}

// ParseCanonical returns the value of a text that is its canonical form; its objects are of type
// [Object]. What it accepts is exactly what [Write] writes, which is decided in one pass while reading.
func ParseCanonical(text string) (any, error) {
	p := parser{text: text, canonical: true}
	return p.parse()
}

// parser reads one text; it is owned by one call.
type parser struct {
	text string
	pos  int
	// canonical refuses whatever Write would have written differently.
	canonical bool
	fault     string
}

func (p *parser) parse() (any, error) {
	if !utf8.ValidString(p.text) {
		return nil, errors.New("JSON that is not valid UTF-8")
	}
	value, ok := p.value(0)
	if ok {
		p.skipSpace()
		ok = p.pos == len(p.text) || p.fail("text after the value")
	}
	if !ok {
		return nil, fmt.Errorf("%s at byte %d of JSON", p.fault, p.pos)
	}
	return value, nil
}

// fail notes the first fault. It returns false, for whoever returns at once.
func (p *parser) fail(fault string) bool {
	if p.fault == "" {
		p.fault = fault
	}
	return false
}

func (p *parser) skipSpace() {
	for !p.canonical && p.pos < len(p.text) && strings.IndexByte(" \t\n\r", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

// take skips white space and the token, and tells whether the token was there.
func (p *parser) take(token string) bool {
	p.skipSpace()
	if !strings.HasPrefix(p.text[p.pos:], token) {
		return false
	}
	p.pos += len(token)
	return true
}

// value reads a value; depth is that of the container around it.
func (p *parser) value(depth int) (any, bool) {
	p.skipSpace()
	if p.pos == len(p.text) {
		return nil, p.fail("expected a value")
	}
	switch p.text[p.pos] {
	case '{', '[':
		if depth == maxDepth {
			return nil, p.fail("nested too deep")
		}
		p.pos++
		if p.text[p.pos-1] == '{' {
			return p.object(depth + 1)
		}
		return p.array(depth + 1)
	case '"':
		return p.str()
	case 't':
		return true, p.take("true") || p.fail("expected a value")
	case 'f':
		return false, p.take("false") || p.fail("expected a value")
	case 'n':
		return nil, p.take("null") || p.fail("expected a value")
	}
	return p.number()
}

func (p *parser) array(depth int) (any, bool) {
	items := []any{}
	if p.take("]") {
		return items, true
	}
	for {
		item, ok := p.value(depth)
		if !ok {
			return nil, false
		}
		items = append(items, item)
		if !p.take(",") {
			return items, p.take("]") || p.fail("expected , or ]")
		}
	}
}

func (p *parser) object(depth int) (any, bool) {
	if p.take("}") {
		return Object{}, true
	}
	capacity := 4
	if depth == 1 {
		capacity = 12 // As many as a usual receipt has.
	}
	object := make(Object, 0, capacity)
	for {
		p.skipSpace()
		member := Member{Start: p.pos}
		var ok bool
		if member.Name, ok = p.str(); !ok {
			return nil, false
		}
		if p.canonical && len(object) > 0 && CompareUTF16(object[len(object)-1].Name, member.Name) >= 0 {
			return nil, p.fail("members repeated or out of order")
		}
		if !p.take(":") {
			return nil, p.fail("expected :")
		}
		if member.Value, ok = p.value(depth); !ok {
			return nil, false
		}
		member.End = p.pos
		object = append(object, member)
		if !p.take(",") {
			return object, p.take("}") || p.fail("expected , or }")
		}
	}
}

// number reads an integer within ±(2^53-1). A fraction or an exponent is then text after it.
func (p *parser) number() (any, bool) {
	start := p.pos
	negative := p.text[p.pos] == '-'
	if negative {
		p.pos++
	}
	first := p.pos
	var n int64
	for ; p.pos < len(p.text) && isDigit(p.text[p.pos]); p.pos++ {
		// Sixteen digits are the most that an integer within 2^53-1 has.
		if p.pos-first == 16 {
			return nil, p.fail("number that is not an integer within 2^53-1")
		}
		n = n*10 + int64(p.text[p.pos]-'0')
	}
	digits := p.text[first:p.pos]
	switch {
	case digits == "":
		p.pos = start
		return nil, p.fail("expected a value")
	case digits[0] == '0' && (negative || len(digits) > 1), n > MaxInteger:
		return nil, p.fail("number that is not an integer within 2^53-1")
	case negative:
		n = -n
	}
	return n, true
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
