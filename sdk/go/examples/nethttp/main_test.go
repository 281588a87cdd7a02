package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	tecp "tecp.example/go"
)

func TestTheExampleGetsAnAnswerAndItsReceipt(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "an answer")
	}))
	defer service.Close()
	log := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, `{"leaf_index":0,"leaf_hash":"%s","duplicate":false,"proof":"a proof"}`, tecp.LeafHash(body))
	}))
	defer log.Close()
	key, err := tecp.GenerateIssuerKey()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(&out, service.URL, log.URL, key); err != nil {
		t.Fatal(err)
	}
	answer, line, _ := bytes.Cut(out.Bytes(), []byte("\n"))
	if string(answer) != "an answer" {
		t.Errorf("answer %q", answer)
	}
	receipt, err := tecp.ParseReceipt(bytes.TrimSuffix(line, []byte("\n")))
	if err != nil || receipt.Proof() != "a proof" {
		t.Fatalf("%q: %v", line, err)
	}
	verdict, err := tecp.VerifyReceiptValue(receipt, tecp.VerifyOptions{Now: time.Now()})
	if err != nil || !verdict.Valid {
		t.Errorf("%v, %v", verdict, err)
	}
}
