// Receipts of HTTP exchanges: an http.RoundTripper around another one.

package tecp

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// ErrIncomplete says that a body was not read to its end, so that no receipt can be made of it.
var ErrIncomplete = errors.New("tecp: the exchange ended before both bodies were read to their ends")

// ErrBusy says that a receipt was made and not logged, as too many are being logged already.
var ErrBusy = errors.New("tecp: too many receipts are being logged")

// maxLogging is how many receipts a Transport logs at the same time.
const maxLogging = 64

// An Exchange is what a [Transport] has to say of a request and its response.
type Exchange struct {
	Request *http.Request
	// Receipt is of the body of the request as input, and that of the response as output, as the
	// program read it. It has a proof if it was logged; it is nil if none could be made.
	Receipt *Receipt
	// Err is why there is no receipt, or why it was not logged.
	Err error
}

// A Transport is an [http.RoundTripper] that makes a receipt of each exchange, when the program has
// read the response to its end. Neither request nor response is changed or held up: bodies are hashed as
// they stream, and receipts are signed and logged in the background. Set its fields before use; it may
// then be used by several goroutines.
//
// The input of a request without a body is empty. Bodies are hashed as the program sees them, which for
// a response that the transport below has decompressed is after that.
type Transport struct {
	// Base sends the requests; [http.DefaultTransport] where it is nil.
	Base http.RoundTripper
	// Params say what each receipt states; its input and output, time and nonce are set for each.
	Params ReceiptParams
	// Log is where receipts are logged; where it is nil they are not.
	Log *LogClient
	// Done is called once for each exchange that got a response, in a goroutine of its own. It must not
	// be nil, as nobody else keeps the receipt.
	Done func(Exchange)

	mu sync.Mutex
	// pending counts exchanges that have ended and were not handed to Done, and logging those of them
	// that are being logged.
	pending, logging int
	// idle is closed when pending comes to 0.
	idle chan struct{}
}

// RoundTrip sends a request by the base transport. The error is that one's, or an [OptionError] where
// Params.Key or Done is missing.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := t.check(); err != nil {
		if request.Body != nil {
			_ = request.Body.Close()
		}
		return nil, err
	}
	sent, input := hashRequest(request)
	response, err := t.base().RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	response.Body = hashResponse(response, func(output Hash, whole bool) {
		t.finish(request, input, output, whole)
	})
	return response, nil
}

func (t *Transport) base() http.RoundTripper {
	if t.Base == nil {
		return http.DefaultTransport
	}
	return t.Base
}

// CloseIdleConnections is what [http.Client.CloseIdleConnections] calls; the base transport does it.
func (t *Transport) CloseIdleConnections() {
	if base, ok := t.base().(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

func (t *Transport) check() error {
	if t.Params.Key.isZero() {
		return errNoKey()
	}
	if t.Done == nil {
		return &OptionError{"done", "expected a function"}
	}
	return nil
}

// Wait returns when the receipts of all exchanges that have ended were handed to Done, or with the error
// of the context: for a program that is about to end.
func (t *Transport) Wait(ctx context.Context) error {
	t.mu.Lock()
	pending, idle := t.pending, t.idle
	t.mu.Unlock()
	if pending == 0 {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t *Transport) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pending == 0 {
		t.idle = make(chan struct{})
	}
	t.pending++
}

func (t *Transport) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pending--; t.pending == 0 {
		close(t.idle)
	}
}

// finish is called when the response has been read, or given up.
func (t *Transport) finish(request *http.Request, input *bodyHash, output Hash, whole bool) {
	t.begin()
	go func() {
		defer t.end()
		receipt, err := t.receiptOf(input, output, whole)
		if err == nil && t.Log != nil {
			receipt, err = t.log(request.Context(), receipt)
		}
		t.Done(Exchange{request, receipt, err})
	}()
}

func (t *Transport) receiptOf(input *bodyHash, output Hash, whole bool) (*Receipt, error) {
	inputHash, inputWhole := input.sum()
	if !whole || !inputWhole {
		return nil, ErrIncomplete
	}
	params := t.Params
	params.Input, params.InputHash = nil, &inputHash
	params.Output, params.OutputHash = nil, &output
	params.Time, params.Nonce = time.Time{}, nil
	return CreateReceipt(params)
}

// log returns the receipt as it is where it could not be logged.
func (t *Transport) log(ctx context.Context, receipt *Receipt) (*Receipt, error) {
	if !t.startLogging() {
		return receipt, ErrBusy
	}
	defer t.stopLogging()
	// The request's context often ends with the exchange, and the receipt is logged all the same.
	logged, err := t.Log.Log(context.WithoutCancel(ctx), receipt)
	if err != nil {
		return receipt, err
	}
	return logged, nil
}

func (t *Transport) startLogging() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.logging == maxLogging {
		return false
	}
	t.logging++
	return true
}

func (t *Transport) stopLogging() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.logging--
}
