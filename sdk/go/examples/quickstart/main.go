// Command quickstart makes a key and a receipt, logs it, and writes it with its proof.
//
//	quickstart LOG_URL OUT_FILE
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	tecp "tecp.example/go"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: quickstart LOG_URL OUT_FILE")
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(logURL, outFile string) error {
	key, err := tecp.GenerateIssuerKey()
	if err != nil {
		return err
	}
	receipt, err := tecp.CreateReceipt(tecp.ReceiptParams{
		Key:       key,
		CodeRef:   "git:0123456789abcdef0123456789abcdef01234567",
		Input:     []byte("what went in"),
		Output:    []byte("what came out"),
		PolicyIDs: []string{"no_retention"},
	})
	if err != nil {
		return err
	}
	client, err := tecp.NewLogClient(logURL, tecp.LogClientOptions{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	logged, err := client.Log(ctx, receipt)
	if err != nil {
		return err
	}
	encoded, err := tecp.EncodeReceipt(logged)
	if err != nil {
		return err
	}
	if err := os.WriteFile(outFile, append(encoded, '\n'), 0o644); err != nil {
		return err
	}
	fmt.Println(outFile)
	return nil
}
