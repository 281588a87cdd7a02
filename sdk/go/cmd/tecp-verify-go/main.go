// Command tecp-verify-go judges receipts (docs/spec/verifier.md): one in a file, or requests of many kinds,
// one in a line of standard input. It opens no connection and writes no file.
//
//	tecp-verify-go FILE [--policy FILE] [--profile NAME] [--now MS] [--issuer KEY]...
//	tecp-verify-go --lines
package main

import (
	"fmt"
	"os"
)

const (
	exitValid    = 0
	exitNotValid = 1
	// exitUnusable says that nothing was judged.
	exitUnusable = 2
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if len(args) == 1 && args[0] == "--lines" {
		if err := answerLines(os.Stdin, os.Stdout); err != nil {
			return unusable(err)
		}
		return exitValid
	}
	line, valid, err := judgeFile(args)
	if err != nil {
		return unusable(err)
	}
	if _, err := fmt.Printf("%s\n", line); err != nil {
		return unusable(err)
	}
	if !valid {
		return exitNotValid
	}
	return exitValid
}

func unusable(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return exitUnusable
}
