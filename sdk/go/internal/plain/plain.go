// Package plain makes texts from outside fit to be shown on a terminal or in a log file.
package plain

import (
	"strings"
	"unicode"
)

// Text replaces by U+FFFD what steers a terminal or turns a line of text around: control characters (C0, DEL,
// C1), format characters, separators of lines and paragraphs, and bytes that are not UTF-8.
func Text(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
