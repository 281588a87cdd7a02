//go:build tools

// Keeps the bastion that the test builds among the modules of this one.
package main

import _ "filippo.io/torchwood/cmd/litebastion"
