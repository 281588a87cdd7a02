package main

import (
	"bytes"
	"errors"
	"flag"
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
func judgeFile(args []string) (line []byte, valid bool, err error) {
	path, options, err := parseArguments(args)
	if err != nil {
		return nil, false, err
	}
	// Of a file that is longer than a receipt and its newline, the beginning is too long as well.
	content, err := readStart(path, maxReceiptBytes+2)
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

func parseArguments(args []string) (path string, options tecp.VerifyOptions, err error) {
	options.Now = time.Now()
	flags := flag.NewFlagSet("tecp-verify-go", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("policy", "the trust policy", func(path string) error {
		text, err := readStart(path, maxPolicyBytes+1)
		if err == nil {
			options.Policy, err = tecp.ParsePolicy(string(text))
		}
		return err
	})
	flags.Func("profile", "tecp-lite, tecp-v0.1 or tecp-strict", func(name string) error {
		if name == "" {
			return errors.New("expected a profile")
		}
		options.Profile = tecp.Profile(name)
		return nil
	})
	flags.Func("now", "Unix milliseconds", func(text string) error {
		value, err := jcs.ParseCanonical(text)
		ms, ok := value.(int64)
		if err != nil || !ok {
			return errors.New("expected an integer")
		}
		options.Now = time.UnixMilli(ms)
		return nil
	})
	flags.Func("issuer", "a trusted key, b64u", func(key string) error {
		options.TrustedKeys = append(options.TrustedKeys, key)
		return nil
	})
	// Options may stand before the file and after it.
	var paths []string
	for rest := args; len(rest) > 0; {
		if err := flags.Parse(rest); err != nil {
			return "", options, err
		}
		if rest = flags.Args(); len(rest) > 0 {
			paths, rest = append(paths, rest[0]), rest[1:]
		}
	}
	if len(paths) != 1 {
		const usage = "FILE [--policy FILE] [--profile NAME] [--now MS] [--issuer KEY]..., or --lines"
		return "", options, fmt.Errorf("expected tecp-verify-go %s", usage)
	}
	return paths[0], options, nil
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
