// Command nethttp asks a service over HTTP, and gets a receipt of each exchange.
//
//	nethttp URL LOG_URL KEY_FILE
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	tecp "tecp.example/go"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: nethttp URL LOG_URL KEY_FILE")
	}
	key, err := tecp.LoadIssuerKey(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	if err := run(os.Stdout, os.Args[1], os.Args[2], key); err != nil {
		log.Fatal(err)
	}
}

// run prints the body of the answer, and then the receipt of each exchange.
func run(out io.Writer, url, logURL string, key *tecp.IssuerKey) error {
	client, err := tecp.NewLogClient(logURL, tecp.LogClientOptions{})
	if err != nil {
		return err
	}
	// Of one request there are several exchanges when the service redirects, ten at most.
	exchanges := make(chan tecp.Exchange, 10)
	receipted := &tecp.Transport{
		Params: tecp.ReceiptParams{Key: key, CodeRef: "git:0123abcd", PolicyIDs: []string{"no_retention"}},
		Log:    client,
		Done:   func(exchange tecp.Exchange) { exchanges <- exchange },
	}

	// From here on it is a client like any other.
	service := &http.Client{Transport: receipted}
	response, err := service.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(out, response.Body); err != nil {
		return err
	}

	// A server would keep receipts as they come. A program that ends waits for those on the way.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := receipted.Wait(ctx); err != nil {
		return err
	}
	close(exchanges)
	for exchange := range exchanges {
		if exchange.Err != nil {
			return exchange.Err
		}
		encoded, err := tecp.EncodeReceipt(exchange.Receipt)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%s\n", encoded); err != nil {
			return err
		}
	}
	return nil
}
