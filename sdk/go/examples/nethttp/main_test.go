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

func TestTheExampleGetsAnAnswerAndAReceiptOfEachExchange(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/there" {
			http.Redirect(w, r, "/there", http.StatusFound)
			return
		}
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
	lines := bytes.Split(bytes.TrimSuffix(out.Bytes(), []byte("\n")), []byte("\n"))
	if len(lines) != 3 || string(lines[0]) != "an answer" {
		t.Fatalf("%q", lines)
	}
	for _, line := range lines[1:] {
		receipt, err := tecp.ParseReceipt(line)
		if err != nil || receipt.Proof() != "a proof" {
			t.Fatalf("%q: %v", line, err)
		}
		verdict, err := tecp.VerifyReceiptValue(receipt, tecp.VerifyOptions{Now: time.Now()})
		if err != nil || !verdict.Valid {
			t.Errorf("%v, %v", verdict, err)
		}
	}
}
