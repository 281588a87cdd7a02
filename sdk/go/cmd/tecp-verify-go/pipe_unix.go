//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// surviveBrokenPipes lets a write to a pipe that nobody reads return an error. The runtime would otherwise
// end the command by a signal.
func surviveBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }
