package main

import (
	"errors"
	"fmt"
	"strings"
)

const usage = `usage: tecp-verify-go FILE [--policy FILE] [--profile NAME] [--now MS] [--issuer KEY]...
       tecp-verify-go --lines
       tecp-verify-go --help
`

var errUsage = errors.New("expected FILE and its options, or --lines: see --help")

// takesValue has all options, and whether a value belongs to each.
var takesValue = map[string]bool{
	"help": false, "lines": false, "policy": true, "profile": true, "now": true, "issuer": true,
}

// arguments are what the command line says (docs/spec/verifier.md, section 1).
type arguments struct {
	// options has the values of each option that is given; "" for one that takes none.
	options map[string][]string
	files   []string
}

// parseArguments is not left to package flag, which takes options with one dash, and a second one in the
// place of the first.
func parseArguments(args []string) (*arguments, error) {
	parsed := &arguments{options: map[string][]string{}}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			parsed.files = append(parsed.files, args...)
			break
		}
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			parsed.files = append(parsed.files, arg)
			continue
		}
		option, value, hasValue := strings.Cut(arg, "=")
		name := strings.TrimPrefix(option, "--")
		needsValue, isKnown := takesValue[name]
		switch {
		case !isKnown || option == name:
			return nil, fmt.Errorf("%s: no such option", option)
		case hasValue && !needsValue:
			return nil, fmt.Errorf("%s: takes no value", option)
		case needsValue && !hasValue:
			if len(args) == 0 {
				return nil, fmt.Errorf("%s: expected a value", option)
			}
			value, args = args[0], args[1:] // It may begin with a dash, as one key of 64 does.
		}
		parsed.options[name] = append(parsed.options[name], value)
	}
	return parsed, parsed.check()
}

// check refuses what does not go together.
func (a *arguments) check() error {
	if a.has("help") {
		return nil
	}
	for name, values := range a.options {
		if len(values) > 1 && name != "issuer" {
			return fmt.Errorf("--%s: given twice", name)
		}
	}
	if a.has("lines") {
		if len(a.options) > 1 || len(a.files) > 0 {
			return errors.New("--lines: takes nothing beside it")
		}
	} else if len(a.files) != 1 {
		return errUsage
	}
	return nil
}

func (a *arguments) has(name string) bool { return len(a.options[name]) > 0 }

// value returns the value of an option that is given once at most.
func (a *arguments) value(name string) (value string, isGiven bool) {
	if !a.has(name) {
		return "", false
	}
	return a.options[name][0], true
}
