//go:build !unix

package main

import "time"

var begin = time.Now()

// processorTime is the wall's, where no other is known.
func processorTime() time.Duration { return time.Since(begin) }
