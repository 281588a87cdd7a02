// Command bastion is a backend of an HTTPS bastion: the example of C2SP https-bastion, Appendix A, over
// golang.org/x/net/http2. It tells what it was asked, and its key hash on standard output.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"os"
	"time"

	"golang.org/x/net/http2"
)

func main() {
	address := flag.String("bastion", "", "host:port to dial")
	roots := flag.String("roots", "", "PEM file of whom to trust")
	flag.Parse()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	check(err)
	fmt.Printf("%x\n", sha256.Sum256(public))

	pem, err := os.ReadFile(*roots)
	check(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	config := &tls.Config{
		RootCAs:      pool,
		Certificates: []tls.Certificate{{Certificate: [][]byte{certificate(private)}, PrivateKey: private}},
		MinVersion:   tls.VersionTLS13,
		NextProtos:   []string{"bastion/0"},
	}
	for {
		conn, err := tls.Dial("tcp", *address, config)
		check(err)
		(&http2.Server{}).ServeConn(conn, &http2.ServeConnOpts{Handler: http.HandlerFunc(tell)})
		time.Sleep(50 * time.Millisecond) // not yet on the list
	}
}

func tell(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	fmt.Fprintf(w, "%s %s from %s: %s", r.Method, r.URL.RequestURI(), r.Header["X-Forwarded-For"], body)
}

func certificate(key ed25519.PrivateKey) []byte {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "Bastion backend"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	check(err)
	return der
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
