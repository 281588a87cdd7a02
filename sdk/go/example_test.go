package tecp_test

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	tecp "tecp.example/go"
)

// A key, a time and a nonce that are fixed make the same receipt every time.
func fixedReceipt() *tecp.Receipt {
	key, err := tecp.IssuerKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		panic(err)
	}
	receipt, err := tecp.CreateReceipt(tecp.ReceiptParams{
		Key:       key,
		CodeRef:   "git:0123456789abcdef0123456789abcdef01234567",
		Input:     []byte("abc"),
		Output:    []byte{},
		PolicyIDs: []string{"no_retention"},
		Time:      time.UnixMilli(1753000000000),
		Nonce:     bytes.Repeat([]byte{9}, 16),
	})
	if err != nil {
		panic(err)
	}
	return receipt
}

func ExampleCreateReceipt() {
	key, err := tecp.GenerateIssuerKey()
	if err != nil {
		panic(err)
	}
	receipt, err := tecp.CreateReceipt(tecp.ReceiptParams{
		Key:       key,
		CodeRef:   "git:0123456789abcdef0123456789abcdef01234567",
		Input:     []byte("what went in"),
		Output:    []byte("what came out"),
		PolicyIDs: []string{"no_retention", "eu_region"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(receipt.PolicyIDs())
	// Output: [eu_region no_retention]
}

func ExampleVerifyReceipt() {
	encoded, err := tecp.EncodeReceipt(fixedReceipt())
	if err != nil {
		panic(err)
	}
	verdict, err := tecp.VerifyReceipt(encoded, tecp.VerifyOptions{Now: time.UnixMilli(1753000060000)})
	if err != nil {
		panic(err) // An option that nobody can mean; never the receipt.
	}
	fmt.Println(verdict.Valid, verdict.LeafHash)

	// Two days later, without a proof of when it was logged:
	verdict, err = tecp.VerifyReceipt(encoded, tecp.VerifyOptions{Now: time.UnixMilli(1753172800000)})
	if err != nil {
		panic(err)
	}
	for _, finding := range verdict.Errors {
		fmt.Println(verdict.Valid, finding.Code, finding.Field)
	}
	// Output:
	// true 661a40cae295845ce598db63f5863267cff8bbc7b9e28eb9acbf4c7df622a287
	// false E-TS-003 ts
}

func ExampleParseReceipt() {
	_, err := tecp.ParseReceipt([]byte(`{"version":"TECP-0.1"}`))
	var bad *tecp.ReceiptError
	if errors.As(err, &bad) {
		fmt.Println(bad.Code, bad.Field)
	}
	// Output: E-SCHEMA-001 code_ref
}

func ExampleCanonicalize() {
	value, err := tecp.ParseJSON([]byte(` { "b" : 1 , "a" : "\u00e9" } `))
	if err != nil {
		panic(err)
	}
	canonical, err := tecp.Canonicalize(value)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(canonical))
	// Output: {"a":"é","b":1}
}

func ExampleOpenNote() {
	key, err := tecp.ParseVerifierKey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
	if err != nil {
		panic(err)
	}
	note, err := tecp.OpenNote("This is an example message.\n\n"+
		"— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
		[]*tecp.VerifierKey{key})
	if err != nil {
		panic(err)
	}
	fmt.Print(note.Text)
	// Output: This is an example message.
}
