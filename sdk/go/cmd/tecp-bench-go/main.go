// Command tecp-bench-go measures what the library adds to the bare operations of crypto/ed25519, and
// prints one line of JSON: medians over interleaved rounds, in microseconds of processor time.
//
//	tecp-bench-go FILE
//
// FILE is JSON: {"seed", "receipt", "proven", "policy": base64; "now": Unix milliseconds}.
package main

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"slices"
	"time"

	tecp "tecp.example/go"
)

const (
	// roundLength is how long one operation is repeated in a round.
	roundLength = 5 * time.Millisecond
	total       = 3 * time.Second
)

type input struct {
	Seed, Receipt, Proven, Policy []byte
	Now                           int64
}

// An operation is measured; it fails where what it does is not what it has to do.
type operation struct {
	name    string
	run     func() error
	repeats int
	micros  []float64
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: tecp-bench-go FILE")
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var in input
	if err := json.Unmarshal(text, &in); err != nil {
		log.Fatal(err)
	}
	operations, err := prepare(in)
	if err != nil {
		log.Fatal(err)
	}
	if err := measure(operations); err != nil {
		log.Fatal(err)
	}
	result := map[string]any{"sdk": "go", "library": "crypto/ed25519"}
	for _, o := range operations {
		slices.Sort(o.micros)
		result[o.name+"_us"] = o.micros[len(o.micros)/2]
	}
	line, err := json.Marshal(result)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

func measure(operations []*operation) error {
	for _, o := range operations {
		start := time.Now()
		for o.repeats = 0; o.repeats == 0 || time.Since(start) < roundLength; o.repeats++ {
			if err := o.run(); err != nil {
				return fmt.Errorf("%s: %w", o.name, err)
			}
		}
	}
	for start := time.Now(); time.Since(start) < total; {
		for _, o := range operations {
			before := processorTime()
			for range o.repeats {
				if err := o.run(); err != nil {
					return fmt.Errorf("%s: %w", o.name, err)
				}
			}
			spent := processorTime() - before
			o.micros = append(o.micros, float64(spent)/float64(time.Microsecond)/float64(o.repeats))
		}
	}
	return nil
}

func prepare(in input) ([]*operation, error) {
	key, err := tecp.IssuerKeyFromSeed(in.Seed)
	if err != nil {
		return nil, err
	}
	policy, err := tecp.ParsePolicy(string(in.Policy))
	if err != nil {
		return nil, err
	}
	now := time.UnixMilli(in.Now)
	private := ed25519.NewKeyFromSeed(in.Seed)
	public, _ := private.Public().(ed25519.PublicKey)
	// As long as the signed bytes: the receipt without its member sig.
	message := in.Receipt[:max(0, len(in.Receipt)-len(`"sig":"",`)-86)]
	sig := ed25519.Sign(private, message)
	params := tecp.ReceiptParams{
		Key: key, CodeRef: "git:0123456789abcdef0123456789abcdef01234567",
		Input: []byte("abc"), Output: []byte("def"), PolicyIDs: []string{"no_retention"},
		Time: now, Nonce: make([]byte, 16),
	}
	return []*operation{
		{name: "sign", run: func() error {
			ed25519.Sign(private, message)
			return nil
		}},
		{name: "verify", run: func() error {
			if !ed25519.Verify(public, message, sig) {
				return errors.New("not valid")
			}
			return nil
		}},
		{name: "create", run: func() error {
			_, err := tecp.CreateReceipt(params)
			return err
		}},
		{name: "verify_receipt", run: verification(in.Receipt, tecp.VerifyOptions{Now: now})},
		{name: "verify_proof", run: verification(in.Proven, tecp.VerifyOptions{Now: now, Policy: policy})},
	}, nil
}

func verification(receipt []byte, options tecp.VerifyOptions) func() error {
	return func() error {
		verdict, err := tecp.VerifyReceipt(receipt, options)
		if err == nil && !verdict.Valid {
			err = fmt.Errorf("not valid: %v", verdict.Errors)
		}
		return err
	}
}
