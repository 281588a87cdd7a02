// Command tecp-verify-go judges receipts (docs/spec/verifier.md): one in a file, or requests of many kinds,
// one in a line of standard input. It opens no connection and writes no file.
//
//	tecp-verify-go FILE [--policy FILE] [--profile NAME] [--now MS] [--issuer KEY]...
//	tecp-verify-go --lines
//	tecp-verify-go --help
package main

import (
	"fmt"
	"os"

	"tecp.example/go/internal/plain"
)

const (
	exitValid    = 0
	exitNotValid = 1
	// exitUnusable says that nothing was judged, or that the answer could not be written.
	exitUnusable = 2
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	surviveBrokenPipes()
	given, err := parseArguments(args)
	if err != nil {
		return unusable(err)
	}
	switch {
	case given.has("help"):
		return written(fmt.Print(usage))
	case given.has("lines"):
		if err := answerLines(os.Stdin, os.Stdout); err != nil {
			return unusable(err)
		}
		return exitValid
	}
	line, valid, err := judgeFile(given)
	if err != nil {
		return unusable(err)
	}
	if code := written(fmt.Printf("%s\n", line)); code != exitValid || valid {
		return code
	}
	return exitNotValid
}

// written takes what a function of package fmt returns.
func written(_ int, err error) int {
	if err != nil {
		return unusable(err)
	}
	return exitValid
}

// unusable says why in one line, whatever is in the names of files.
func unusable(err error) int {
	fmt.Fprintln(os.Stderr, "tecp-verify-go: "+plain.Text(err.Error()))
	return exitUnusable
}
