package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	tecp "tecp.example/go"
	"tecp.example/go/internal/jcs"
)

const (
	maxReceiptBytes = 1 << 20
	maxPolicyBytes  = 1 << 20
)

// judgeFile returns the verdict on a receipt in a file as a line without newline.
func judgeFile(given *arguments) (line []byte, valid bool, err error) {
	options, err := given.verifyOptions()
	if err != nil {
		return nil, false, err
	}
	// Of a file that is longer than a receipt and its newline, the beginning is too long as well.
	content, err := readStart(given.files[0], maxReceiptBytes+2)
	if err != nil {
		return nil, false, err
	}
	verdict, err := tecp.VerifyReceipt(bytes.TrimSuffix(content, []byte("\n")), options)
	if err != nil {
		return nil, false, err
	}
	line, err = encode(verdictAnswer(verdict))
	return line, verdict.Valid, err
}

// verifyOptions returns the options of the verification; some that nobody can mean are left to it.
func (a *arguments) verifyOptions() (options tecp.VerifyOptions, err error) {
	options.Now = time.Now()
	options.TrustedKeys = a.options["issuer"]
	if name, isGiven := a.value("profile"); isGiven {
		if name == "" {
			return options, errors.New("--profile: expected a name") // The library has it for the default.
		}
		options.Profile = tecp.Profile(name)
	}
	if text, isGiven := a.value("now"); isGiven {
		value, err := jcs.ParseCanonical(text)
		ms, isInteger := value.(int64)
		if err != nil || !isInteger {
			return options, errors.New("--now: expected Unix milliseconds")
		}
		options.Now = time.UnixMilli(ms)
	}
	if path, isGiven := a.value("policy"); isGiven {
		text, err := readStart(path, maxPolicyBytes+1)
		if err != nil {
			return options, err
		}
		if options.Policy, err = tecp.ParsePolicy(string(text)); err != nil {
			return options, fmt.Errorf("%s: %w", path, err)
		}
	}
	return options, nil
}

// readStart returns at most this many bytes of a file, from its beginning.
func readStart(path string, maxBytes int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxBytes))
}
