package tecp

import (
	"bytes"
	"crypto/ed25519"
	"testing"
	"time"
)

func benchParams(b *testing.B) ReceiptParams {
	key, err := IssuerKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		b.Fatal(err)
	}
	return ReceiptParams{
		Key: key, CodeRef: "git:0123456789abcdef0123456789abcdef01234567",
		Input: []byte("abc"), Output: []byte("def"), PolicyIDs: []string{"no_retention"},
		Time: time.UnixMilli(1753000000000), Nonce: bytes.Repeat([]byte{9}, 16),
	}
}

func BenchmarkCreateReceipt(b *testing.B) {
	params := benchParams(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := CreateReceipt(params); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyReceipt(b *testing.B) {
	receipt, err := CreateReceipt(benchParams(b))
	if err != nil {
		b.Fatal(err)
	}
	options := VerifyOptions{Now: receipt.Time()}
	b.ReportAllocs()
	for b.Loop() {
		if verdict, err := VerifyReceipt(receipt.encoded, options); err != nil || !verdict.Valid {
			b.Fatal(err)
		}
	}
}

func BenchmarkBareSign(b *testing.B) {
	params := benchParams(b)
	private := params.Key.private()
	message := make([]byte, 450)
	for b.Loop() {
		ed25519.Sign(private, message)
	}
}

func BenchmarkParts(b *testing.B) {
	receipt, err := CreateReceipt(benchParams(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var parts receiptParts
			if err := readReceipt(receipt.encoded, &parts); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := canonicalReceipt(receipt.parts.members); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("leaf", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			LeafHash(receipt.encoded)
		}
	})
}
