package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"tecp.example/go/internal/jcs"
)

const (
	// maxLineBytes is the longest request, its newline not counted.
	maxLineBytes = 16 << 20
	// maxAnswerBytes is more than the base64 of what a request can hold.
	maxAnswerBytes = 64 << 20
)

// answerLines answers requests until their end. Each answer is written out before the next request is
// waited for.
func answerLines(requests io.Reader, answers io.Writer) error {
	lines := bufio.NewScanner(requests)
	lines.Buffer(make([]byte, 0, 64<<10), maxLineBytes+1)
	// At an error, what was read of a line before it would be the last one.
	for lines.Scan() && lines.Err() == nil {
		answer, err := encode(answerTo(lines.Bytes()))
		if err != nil {
			return err
		}
		if _, err := answers.Write(append(answer, '\n')); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("expected lines of at most %d bytes", maxLineBytes)
	}
	return lines.Err()
}

func encode(answer map[string]any) ([]byte, error) { return jcs.Write(answer, maxAnswerBytes) }
