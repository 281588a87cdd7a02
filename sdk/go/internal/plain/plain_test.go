package plain

import (
	"strings"
	"testing"
)

func TestWhatSteersATerminalIsReplacedAndNothingElseIs(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"é – 😀 \ufffd":                  "é – 😀 \ufffd",
		"\u202ea\u2028b\u2029":          "\ufffda\ufffdb\ufffd",
		"\x1b[31m":                      "\ufffd[31m",
		"a\r\n\x00b":                    "a\ufffd\ufffd\ufffdb",
		"\x1f \x7f \u0080\u009f \u00a0": "\ufffd \ufffd \ufffd\ufffd \u00a0",
		"\x9b31m":                       "\ufffd31m",
		strings.Repeat("\t", 3):         strings.Repeat("\ufffd", 3),
	} {
		if got := Text(text); got != want {
			t.Errorf("%q: got %q, expected %q", text, got, want)
		}
	}
}
