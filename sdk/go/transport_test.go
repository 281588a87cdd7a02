package tecp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// receiptedClient returns a client and what its transport said of each exchange, which is complete once
// the transport's Wait has returned.
func receiptedClient(t *testing.T, log *LogClient) (*http.Client, *Transport, func() []Exchange) {
	t.Helper()
	var mu sync.Mutex
	var exchanges []Exchange
	transport := &Transport{
		Params: ReceiptParams{Key: issuerKey(t, 1), CodeRef: "git:0123abcd"},
		Log:    log,
		Done: func(exchange Exchange) {
			mu.Lock()
			defer mu.Unlock()
			exchanges = append(exchanges, exchange)
		},
	}
	return &http.Client{Transport: transport}, transport, func() []Exchange {
		if err := transport.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		return exchanges
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Method", r.Method)
	_, _ = io.WriteString(w, "answer to ")
	_, _ = io.Copy(w, r.Body)
}

func readAll(t *testing.T, response *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func onlyReceipt(t *testing.T, exchanges []Exchange) *Receipt {
	t.Helper()
	if len(exchanges) != 1 || exchanges[0].Err != nil {
		t.Fatalf("%+v", exchanges)
	}
	return exchanges[0].Receipt
}

func TestEveryExchangeHasAReceiptOfBothBodies(t *testing.T) {
	service := serve(t, echo)
	bodies := map[string]io.Reader{
		"a text": strings.NewReader("a text"), "of unknown length": io.MultiReader(strings.NewReader("of unknown length")), "": nil,
	}
	for input, body := range bodies {
		client, _, wait := receiptedClient(t, nil)
		response, err := client.Post(service.URL, "text/plain", body)
		output := readAll(t, response, err)
		if output != "answer to "+input || response.Header.Get("X-Method") != "POST" {
			t.Errorf("the response was changed: %q", output)
		}
		receipt := onlyReceipt(t, wait())
		if receipt.InputHash() != sha256.Sum256([]byte(input)) || receipt.OutputHash() != sha256.Sum256([]byte(output)) {
			t.Errorf("%q: other hashes", input)
		}
		verdict, err := VerifyReceiptValue(receipt, VerifyOptions{Now: time.Now()})
		if err != nil || !verdict.Valid {
			t.Errorf("%v, %v", verdict, err)
		}
	}
}

func TestAnAnswerWithoutABodyIsAnEmptyOutput(t *testing.T) {
	service := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "5") })
	client, _, wait := receiptedClient(t, nil)
	response, err := client.Head(service.URL)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if receipt := onlyReceipt(t, wait()); receipt.OutputHash() != sha256.Sum256(nil) {
		t.Error("another hash")
	}
}

// answering is a RoundTripper that sends nothing.
type answering struct {
	response  http.Response
	idleCalls int
}

func (a *answering) RoundTrip(*http.Request) (*http.Response, error) { return &a.response, nil }

func (a *answering) CloseIdleConnections() { a.idleCalls++ }

func TestTheBaseTransportMayLeaveOutTheBodyAndIsToldToCloseConnections(t *testing.T) {
	client, transport, wait := receiptedClient(t, nil)
	base := &answering{response: http.Response{StatusCode: http.StatusNoContent}}
	transport.Base = base
	response, err := client.Get("http://service.example")
	if output := readAll(t, response, err); output != "" {
		t.Errorf("%q", output)
	}
	if receipt := onlyReceipt(t, wait()); receipt.OutputHash() != sha256.Sum256(nil) {
		t.Error("another hash")
	}
	if client.CloseIdleConnections(); base.idleCalls != 1 {
		t.Errorf("%d calls", base.idleCalls)
	}
}

func TestWhatWasNotReadToItsEndHasNoReceipt(t *testing.T) {
	service := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 1<<20)) })
	client, _, wait := receiptedClient(t, nil)
	response, err := client.Get(service.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(response.Body, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	exchanges := wait()
	if len(exchanges) != 1 || exchanges[0].Receipt != nil || !errors.Is(exchanges[0].Err, ErrIncomplete) {
		t.Errorf("%+v", exchanges)
	}
}

func TestAReceiptIsLoggedWithoutHoldingUpTheResponse(t *testing.T) {
	read := make(chan struct{})
	log := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		<-read // The log answers after the response was read, or never.
		receipt, err := ParseReceipt(body)
		if err != nil {
			t.Error(err)
			return
		}
		submittedAnswer(t, receipt, "a proof")(w, r)
	})
	logClient, _ := clientOf(t, log.URL, LogClientOptions{})
	client, transport, wait := receiptedClient(t, logClient)
	// A context that ends with the exchange does not keep the receipt from being logged.
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, serve(t, echo).URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	readAll(t, response, err)
	cancel()
	ended, end := context.WithCancel(t.Context())
	end()
	if err := transport.Wait(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("the wait ended: %v", err)
	}
	close(read)
	if receipt := onlyReceipt(t, wait()); receipt.Proof() != "a proof" {
		t.Errorf("proof %q", receipt.Proof())
	}
}

func TestAReceiptThatCannotBeLoggedIsStillHandedOut(t *testing.T) {
	logClient, _ := clientOf(t, serve(t, status(403)).URL, LogClientOptions{})
	client, _, wait := receiptedClient(t, logClient)
	response, err := client.Get(serve(t, echo).URL)
	readAll(t, response, err)
	exchanges := wait()
	if len(exchanges) != 1 || exchanges[0].Receipt == nil || remoteOf(t, exchanges[0].Err).Status != 403 {
		t.Errorf("%+v", exchanges)
	}
}

func TestOnlySoManyReceiptsAreLoggedAtATime(t *testing.T) {
	var transport Transport
	for range maxLogging {
		if !transport.startLogging() {
			t.Fatal("too few")
		}
	}
	transport.Log = &LogClient{}
	receipt := mustCreate(t, exampleParams(t))
	if kept, err := transport.log(t.Context(), receipt); kept != receipt || !errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
	transport.stopLogging()
	if !transport.startLogging() {
		t.Error("a place was not given back")
	}
}

func TestARequestThatIsSentAgainIsHashedAgain(t *testing.T) {
	client, transport, wait := receiptedClient(t, nil)
	transport.Base = twice{}
	response, err := client.Post(serve(t, echo).URL, "text/plain", strings.NewReader("input"))
	readAll(t, response, err)
	if receipt := onlyReceipt(t, wait()); receipt.InputHash() != sha256.Sum256([]byte("input")) {
		t.Error("another hash")
	}
}

// twice sends a request a second time, as a transport does when a connection turns out to be gone.
type twice struct{}

func (twice) RoundTrip(request *http.Request) (*http.Response, error) {
	if _, err := io.CopyN(io.Discard, request.Body, 2); err != nil {
		return nil, err
	}
	if err := request.Body.Close(); err != nil {
		return nil, err
	}
	body, err := request.GetBody()
	if err != nil {
		return nil, err
	}
	again := request.Clone(request.Context())
	again.Body = body
	return http.DefaultTransport.RoundTrip(again)
}

func TestATransportThatIsNotSetUpSendsNothing(t *testing.T) {
	service := serve(t, echo)
	for field, transport := range map[string]*Transport{
		"key":  {Done: func(Exchange) {}},
		"done": {Params: ReceiptParams{Key: issuerKey(t, 1)}},
	} {
		body := &closing{Reader: bytes.NewReader(nil)}
		client := http.Client{Transport: transport}
		if _, err := client.Post(service.URL, "text/plain", body); optionField(err) != field || !body.closed {
			t.Errorf("%s: %v, closed %v", field, err, body.closed)
		}
	}
	if service.requests.Load() != 0 {
		t.Errorf("%d requests", service.requests.Load())
	}
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

func TestABodyOfUnknownLengthIsWholeOnlyAtItsEnd(t *testing.T) {
	request, err := http.NewRequest(http.MethodPost, "http://service.example", io.MultiReader(strings.NewReader("body")))
	if err != nil {
		t.Fatal(err)
	}
	sent, input := hashRequest(request)
	if _, whole := input.sum(); whole {
		t.Error("whole before anything was read")
	}
	if _, err := io.Copy(io.Discard, sent.Body); err != nil {
		t.Fatal(err)
	}
	if hash, whole := input.sum(); !whole || hash != sha256.Sum256([]byte("body")) {
		t.Error("not whole at its end")
	}
}
