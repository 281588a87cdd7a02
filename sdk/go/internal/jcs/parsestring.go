package jcs

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a string, quotes included.
func (p *parser) str() (string, bool) {
	if p.pos == len(p.text) || p.text[p.pos] != '"' {
		return "", p.fail("expected a string")
	}
	p.pos++
	start := p.pos
	for ; p.pos < len(p.text); p.pos++ {
		switch b := p.text[p.pos]; {
		case b == '"':
			p.pos++
			return p.text[start : p.pos-1], true
		case b == '\\':
			return p.escapedString(start)
		case b < 0x20:
			return "", p.fail("control character in a string")
		}
	}
	return "", p.fail("string without an end")
}

// escapedString reads on from the first escape of a string whose characters begin at start.
func (p *parser) escapedString(start int) (string, bool) {
	content := append(make([]byte, 0, 2*(p.pos-start)+16), p.text[start:p.pos]...)
	for p.pos < len(p.text) {
		b := p.text[p.pos]
		p.pos++
		switch {
		case b == '"':
			return string(content), true
		case b < 0x20:
			return "", p.fail("control character in a string")
		case b != '\\':
			content = append(content, b)
		default:
			character, ok := p.escape()
			if !ok {
				return "", p.fail("escape that is not allowed")
			}
			content = utf8.AppendRune(content, character)
		}
	}
	return "", p.fail("string without an end")
}

const (
	shortEscapes   = `"\bfnrt`
	shortEscapesOf = "\"\\\b\f\n\r\t"
)

// escape reads what follows a backslash.
func (p *parser) escape() (rune, bool) {
	if p.pos == len(p.text) {
		return 0, false
	}
	b := p.text[p.pos]
	if i := strings.IndexByte(shortEscapes, b); i >= 0 {
		p.pos++
		return rune(shortEscapesOf[i]), true
	}
	if b == '/' {
		p.pos++
		return '/', !p.canonical
	}
	unit, ok := p.unit()
	if !ok {
		return 0, false
	}
	if p.canonical {
		isShort := strings.IndexByte(shortEscapesOf, byte(unit)) >= 0
		return unit, unit < 0x20 && !isShort
	}
	if !utf16.IsSurrogate(unit) {
		return unit, true
	}
	if !strings.HasPrefix(p.text[p.pos:], `\`) {
		return 0, false
	}
	p.pos++
	low, ok := p.unit()
	pair := utf16.DecodeRune(unit, low)
	return pair, ok && pair != utf8.RuneError
}

// unit reads the letter u and four hex digits, in lowercase where the text has to be canonical.
func (p *parser) unit() (unit rune, ok bool) {
	const length = len("u0000")
	if len(p.text)-p.pos < length || p.text[p.pos] != 'u' {
		return 0, false
	}
	for _, b := range []byte(p.text[p.pos+1 : p.pos+length]) {
		switch {
		case isDigit(b):
			unit = unit<<4 | rune(b-'0')
		case 'a' <= b && b <= 'f':
			unit = unit<<4 | rune(b-'a'+10)
		case 'A' <= b && b <= 'F' && !p.canonical:
			unit = unit<<4 | rune(b-'A'+10)
		default:
			return 0, false
		}
	}
	p.pos += length
	return unit, true
}
