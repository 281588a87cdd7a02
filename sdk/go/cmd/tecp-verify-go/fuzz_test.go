package main

import (
	"bytes"
	"testing"
)

// FuzzAnswer holds that every line is answered, and in one line.
func FuzzAnswer(f *testing.F) {
	const maxSeed = 16 << 10
	for _, file := range vectorFiles(f) {
		for _, c := range file.Cases {
			if len(c.Request) <= maxSeed {
				f.Add([]byte(c.Request))
			}
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		line = bytes.ReplaceAll(line, []byte("\n"), nil)
		var answers bytes.Buffer
		if err := answerLines(bytes.NewReader(line), &answers); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(answers.Bytes(), []byte("\n")); n != min(1, len(line)) {
			t.Fatalf("%d answers to %d bytes", n, len(line))
		}
	})
}
