// Command policy reads a trust policy with parsers that are not ours, and judges a checkpoint or a
// proof by what they understood. It prints one line of JSON, or says what is wrong and exits with 1.
//
//	policy -formats <policy file> [-checkpoint <file>]
//	policy -torchwood <policy file> -proof <file> -entry <file>
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"filippo.io/torchwood"
	"github.com/transparency-dev/formats/witness"
	"golang.org/x/mod/sumdb/tlog"
)

// verdict says what a parser made of the policy.
type verdict struct {
	// Endpoints counts the URLs of witnesses.
	Endpoints int `json:"endpoints"`
	// Satisfied tells whether the checkpoint, or the proof, satisfies the policy.
	Satisfied bool `json:"satisfied"`
}

func main() {
	formats := flag.String("formats", "", "policy file to read with github.com/transparency-dev/formats")
	wood := flag.String("torchwood", "", "policy file to read with filippo.io/torchwood")
	checkpoint := flag.String("checkpoint", "", "checkpoint to judge")
	proof := flag.String("proof", "", "tlog-proof to verify")
	entry := flag.String("entry", "", "entry that the proof is of")
	flag.Parse()
	var result *verdict
	var err error
	switch {
	case *formats != "":
		result, err = judgeCheckpoint(*formats, *checkpoint)
	case *wood != "":
		result, err = judgeProof(*wood, *proof, *entry)
	default:
		err = errors.New("no policy file")
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "policy:", err)
		os.Exit(1)
	}
}

func judgeCheckpoint(policyFile, checkpointFile string) (*verdict, error) {
	text, err := os.ReadFile(policyFile)
	if err != nil {
		return nil, err
	}
	policy, err := witness.ParsePolicy(text)
	if err != nil {
		return nil, err
	}
	result := &verdict{Endpoints: len(policy.Endpoints())}
	if checkpointFile == "" {
		return result, nil
	}
	checkpoint, err := os.ReadFile(checkpointFile)
	if err != nil {
		return nil, err
	}
	result.Satisfied = policy.Satisfied(checkpoint)
	return result, nil
}

func judgeProof(policyFile, proofFile, entryFile string) (*verdict, error) {
	text, err := os.ReadFile(policyFile)
	if err != nil {
		return nil, err
	}
	policy, err := torchwood.ParsePolicy(text)
	if err != nil {
		return nil, err
	}
	proof, err := os.ReadFile(proofFile)
	if err != nil {
		return nil, err
	}
	entry, err := os.ReadFile(entryFile)
	if err != nil {
		return nil, err
	}
	if err := torchwood.VerifyProof(policy, tlog.RecordHash(entry), proof); err != nil {
		return nil, err
	}
	return &verdict{Satisfied: true}, nil
}
