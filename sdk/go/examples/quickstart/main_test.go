package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	tecp "tecp.example/go"
)

func TestTheQuickStartWritesAReceiptWithItsProof(t *testing.T) {
	log := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, `{"leaf_index":0,"leaf_hash":"%s","duplicate":false,"proof":"a proof"}`, tecp.LeafHash(body))
	}))
	defer log.Close()
	path := filepath.Join(t.TempDir(), "receipt.tecp.json")
	if err := run(log.URL, path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	encoded, isFile := bytes.CutSuffix(content, []byte("\n"))
	receipt, err := tecp.ParseReceipt(encoded)
	if err != nil || !isFile || receipt.Proof() != "a proof" {
		t.Errorf("%q: %v", content, err)
	}
}
