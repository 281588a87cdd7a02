// Command conformance checks a running log with code that is not ours: notes, proofs and tiles are
// verified by golang.org/x/mod/sumdb, cosignatures by the rules of C2SP tlog-cosignature.
//
// It prints one line of JSON that counts what was verified, or says what is wrong and exits with 1.
//
//	conformance -log <vkey> [-cosigner <vkey>]... [-samples 100] <url>
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

// summary counts what was verified. Everything counted holds; nothing is counted that failed.
type summary struct {
	Size               int64 `json:"size"`
	Cosignatures       int   `json:"cosignatures"`
	Entries            int   `json:"entries"`
	Tiles              int   `json:"tiles"`
	Inclusion          int   `json:"inclusion"`
	Consistency        int   `json:"consistency"`
	ServedProofs       int   `json:"served_proofs"`
	ServedProofTexts   int   `json:"served_proof_texts"`
	ServedConsistency  int   `json:"served_consistency"`
	ForgeriesRefused   int   `json:"forgeries_refused"`
	TilesAuthenticated int   `json:"tiles_authenticated"`
}

// repeated is a flag that may be given several times.
type repeated []string

func (r *repeated) String() string { return fmt.Sprint(*r) }

func (r *repeated) Set(value string) error {
	*r = append(*r, value)
	return nil
}

func main() {
	logKey := flag.String("log", "", "verifier key of the log")
	samples := flag.Int("samples", 100, "most indices to check in a large log, and to ask the server about")
	var cosigners repeated
	flag.Var(&cosigners, "cosigner", "verifier key whose cosignature the checkpoint must have")
	flag.Parse()
	if *logKey == "" || flag.NArg() != 1 || *samples < 1 {
		flag.Usage()
		os.Exit(2)
	}
	counts, err := run(flag.Arg(0), *logKey, cosigners, *samples)
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(counts); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(url, logKey string, cosigners []string, samples int) (*summary, error) {
	keys, err := newKeyring(logKey, cosigners)
	if err != nil {
		return nil, err
	}
	server := newServer(url)
	text, err := server.get("checkpoint", "")
	if err != nil {
		return nil, err
	}
	tree, err := keys.openCheckpoint(text)
	if err != nil {
		return nil, err
	}
	check := &checker{server: server, keys: keys, tree: tree, samples: samples}
	check.counts.Size = tree.N
	check.counts.Cosignatures = len(cosigners)
	steps := []struct {
		name string
		do   func() error
	}{
		{"rebuilding the tree from its entries", check.rebuild},
		{"inclusion through tiles", check.inclusion},
		{"consistency through tiles", check.consistency},
		{"proofs from the server", check.servedProofs},
		{"consistency proofs from the server", check.servedConsistency},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return nil, fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return &check.counts, nil
}
