// How requests are made (http.go): tries and pauses, limits, and what errors say.

package tecp

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// answerer is a server that answers the requests that it gets one after another.
type answerer struct {
	*httptest.Server
	requests atomic.Int32
}

func serve(t *testing.T, answers ...http.HandlerFunc) *answerer {
	t.Helper()
	served := &answerer{}
	served.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(served.requests.Add(1))
		answers[min(n, len(answers))-1](w, r)
	}))
	t.Cleanup(served.Close)
	return served
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"status":%d,"code":"some-code","detail":"in words","field":"ts"}`, code)
	}
}

func breakOff(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// submittedAnswer is what a log says of a receipt.
func submittedAnswer(t testing.TB, receipt *Receipt, proof string) http.HandlerFunc {
	leafHash, err := ReceiptLeafHash(receipt)
	if err != nil {
		t.Fatal(err)
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"leaf_index":0,"leaf_hash":"%s","duplicate":false,"proof":%q}`, leafHash, proof)
	}
}

// clientOf returns a client that notes its pauses, and does not make them.
func clientOf(t testing.TB, url string, options LogClientOptions) (client *LogClient, pauses *[]time.Duration) {
	t.Helper()
	client, err := NewLogClient(url, options)
	if err != nil {
		t.Fatal(err)
	}
	pauses = &[]time.Duration{}
	client.pause = func(ctx context.Context, d time.Duration) error {
		*pauses = append(*pauses, d)
		return ctx.Err()
	}
	return client, pauses
}

func remoteOf(t *testing.T, err error) *RemoteError {
	t.Helper()
	var remote *RemoteError
	if !errors.As(err, &remote) {
		t.Fatalf("expected a RemoteError, got %v", err)
	}
	return remote
}

func TestWhatWasRefusedForLoadOrLostIsSentAgain(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	log := serve(t, status(429), status(503), breakOff, submittedAnswer(t, receipt, "the proof"))
	client, pauses := clientOf(t, log.URL, LogClientOptions{})
	logged, err := client.Log(t.Context(), receipt)
	if err != nil || logged.Proof() != "the proof" {
		t.Fatalf("%v, %v", logged, err)
	}
	if len(*pauses) != 3 || log.requests.Load() != 4 {
		t.Errorf("%d pauses, %d requests", len(*pauses), log.requests.Load())
	}
}

func TestARequestIsSentFiveTimesAtMost(t *testing.T) {
	log := serve(t, status(503))
	client, pauses := clientOf(t, log.URL, LogClientOptions{})
	_, err := client.Proof(t.Context(), Hash{})
	remote := remoteOf(t, err)
	if remote.Kind != RemoteStatus || remote.Status != 503 || remote.Code != "some-code" ||
		remote.Detail != "in words" || remote.Field != "ts" {
		t.Errorf("%+v", remote)
	}
	if log.requests.Load() != 5 || len(*pauses) != 4 {
		t.Errorf("%d requests, %d pauses", log.requests.Load(), len(*pauses))
	}
	for i, pause := range *pauses {
		least := firstPause << i / 2
		if pause < least || pause >= 3*least {
			t.Errorf("pause %d of %v", i, pause)
		}
	}
}

func TestAPauseThatIsAskedForInOtherWordsThanDigitsIsNone(t *testing.T) {
	for _, retryAfter := range []string{"", "0", "+4", "-4", "4.5", "4e0", "0x4", "1_0", "4, 4", "Wed, 21 Oct 2099 07:28:00 GMT"} {
		log := serve(t, status(429, "Retry-After", retryAfter))
		client, pauses := clientOf(t, log.URL, LogClientOptions{})
		_, err := client.ProofAt(t.Context(), 1)
		if remoteOf(t, err).RetryAfter != 0 || (*pauses)[0] < firstPause/2 || (*pauses)[0] > 2*firstPause {
			t.Errorf("asked for %q: %v", retryAfter, *pauses)
		}
	}
}

func TestAPauseIsAsLongAsTheLogAsksForAndTenSecondsAtMost(t *testing.T) {
	for retryAfter, want := range map[string]time.Duration{"3": 3 * time.Second, "600": maxPause, "99999999999999999999": maxPause} {
		log := serve(t, status(429, "Retry-After", retryAfter))
		client, pauses := clientOf(t, log.URL, LogClientOptions{})
		_, err := client.ProofAt(t.Context(), 1)
		if remoteOf(t, err).RetryAfter == 0 {
			t.Error("the error does not say how long")
		}
		for i, pause := range *pauses {
			// The own pause may be longer by the fourth.
			if pause < want || i == 0 && pause != want || pause > maxPause {
				t.Errorf("asked for %s: pause %d of %v", retryAfter, i, pause)
			}
		}
	}
}

func TestWhatWillNotSucceedIsNotSentAgain(t *testing.T) {
	for _, code := range []int{400, 403, 404, 413, 500, 204, 301, 307} {
		for _, location := range []string{"/elsewhere", "://"} {
			log := serve(t, status(code, "Location", location))
			client, _ := clientOf(t, log.URL, LogClientOptions{})
			_, err := client.Submit(t.Context(), mustCreate(t, exampleParams(t)))
			if remote := remoteOf(t, err); remote.Status != code || log.requests.Load() != 1 {
				t.Errorf("%d: %v after %d requests", code, err, log.requests.Load())
			}
		}
	}
}

func TestALateAnswerIsATimeoutAndIsAskedForAgain(t *testing.T) {
	release := make(chan struct{})
	log := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a proof") })
	t.Cleanup(func() { close(release) })
	client, pauses := clientOf(t, log.URL, LogClientOptions{Timeout: 50 * time.Millisecond})
	// The second answer may be late as well, on a busy machine.
	var proof string
	var err error
	for proof == "" {
		if proof, err = client.ProofAt(t.Context(), 0); err != nil && remoteOf(t, err).Kind != RemoteTimeout {
			t.Fatal(err)
		}
	}
	if len(*pauses) == 0 || proof != "a proof" {
		t.Errorf("%q after %d pauses", proof, len(*pauses))
	}
}

func TestAContextThatEndsEndsTheRequestAndThePauses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	log := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(503)
		cancel()
	})
	client, err := NewLogClient(log.URL, LogClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Proof(ctx, Hash{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if log.requests.Load() != 1 {
		t.Errorf("%d requests", log.requests.Load())
	}
}

func TestAnAnswerAboveItsLimitIsNotReadOn(t *testing.T) {
	log := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for range maxAnswerBytes/4096 + 1 {
			_, _ = io.WriteString(w, strings.Repeat("x", 4096))
		}
	})
	client, _ := clientOf(t, log.URL, LogClientOptions{})
	_, err := client.ProofAt(t.Context(), 0)
	if remote := remoteOf(t, err); remote.Kind != RemoteTooLarge || log.requests.Load() != 1 {
		t.Errorf("%v", err)
	}
}

func TestTheBodyOfAProblemThatIsNotWholeIsNone(t *testing.T) {
	const problem = `{"code":"some-code"}`
	for name, answer := range map[string]http.HandlerFunc{
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			w.WriteHeader(400)
			fmt.Fprint(w, problem)
		},
		"compressed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(400)
			compressed := gzip.NewWriter(w)
			fmt.Fprint(compressed, problem)
			compressed.Close()
		},
		"too long": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			fmt.Fprintf(w, `{"code":"some-code","detail":%q}`, strings.Repeat("a", maxProblemBytes))
		},
		"with a lone surrogate": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			fmt.Fprint(w, `{"code":"some-code","detail":"\ud800"}`)
		},
	} {
		log := serve(t, answer)
		client, _ := clientOf(t, log.URL, LogClientOptions{})
		_, err := client.ProofAt(t.Context(), 0)
		if remote := remoteOf(t, err); remote.Status != 400 || remote.Code != "" || remote.Detail != "" || log.requests.Load() != 1 {
			t.Errorf("%s: %v after %d requests", name, err, log.requests.Load())
		}
	}
}

func TestAConnectionThatChangesItsProtocolIsNotReadFrom(t *testing.T) {
	ended := make(chan struct{})
	log := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer connection.Close()
		fmt.Fprint(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
		_, _ = io.Copy(io.Discard, connection)
		close(ended)
	})
	client, _ := clientOf(t, log.URL, LogClientOptions{})
	_, err := client.ProofAt(t.Context(), 0)
	if remote := remoteOf(t, err); remote.Kind != RemoteStatus || remote.Status != 101 {
		t.Errorf("%v", err)
	}
	<-ended
}

// failing is a RoundTripper that says why it fails.
type failing string

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New(string(f)) }

func TestAnErrorRepeatsNothingOfALogThatSteersATerminal(t *testing.T) {
	log := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		fmt.Fprint(w, `{"code":"a\u001b[31m","detail":"b\u007f \u009b31m\r\nc\u202ed"}`)
	})
	client, _ := clientOf(t, log.URL, LogClientOptions{})
	_, err := client.ProofAt(t.Context(), 0)
	if !strings.HasSuffix(remoteOf(t, err).Error(), ": a\ufffd[31m: b\ufffd \ufffd31m\ufffd\ufffdc\ufffdd") {
		t.Errorf("%q", err)
	}
	client, _ = clientOf(t, log.URL, LogClientOptions{HTTPClient: &http.Client{Transport: failing("e\x1b[31m\x9b")}})
	_, err = client.ProofAt(t.Context(), 0)
	if !strings.HasSuffix(remoteOf(t, err).Error(), ": e\ufffd[31m\ufffd") {
		t.Errorf("%q", err)
	}
}

func TestAnErrorSaysOnceWhatWasAskedAndNoPassword(t *testing.T) {
	log := serve(t, status(404))
	at := strings.Replace(log.URL, "http://", "http://somebody:secret@", 1)
	client, _ := clientOf(t, at, LogClientOptions{})
	_, err := client.ProofAt(t.Context(), 0)
	want := log.URL + "/v1/log/proof?index=0"
	if remote := remoteOf(t, err); remote.Status != 404 || remote.URL != want || !strings.HasPrefix(err.Error(), "tecp: "+want+": status 404: ") {
		t.Errorf("%v", err)
	}
	log.Close()
	_, err = client.ProofAt(t.Context(), 0)
	if remoteOf(t, err); strings.Count(err.Error(), "/v1/log/proof") != 1 || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}

func TestThePasswordOfAURLIsSentAndPrintedByNoVerb(t *testing.T) {
	log := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "some@body" || password != "sec:ret" {
			t.Errorf("%q, %q", user, password)
		}
		fmt.Fprint(w, "a proof")
	})
	client, _ := clientOf(t, strings.Replace(log.URL, "http://", "http://some%40body:sec%3Aret@", 1), LogClientOptions{})
	if _, err := client.ProofAt(t.Context(), 0); err != nil {
		t.Error(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p"} {
		for _, value := range []any{client, *client, Transport{Log: client}, struct{ inside LogClient }{*client}} {
			text := fmt.Sprintf(verb, value)
			for _, secret := range []string{"some", "sec", fmt.Sprintf("%x", "sec")} {
				if strings.Contains(text, secret) {
					t.Errorf("%s: %s", verb, text)
				}
			}
		}
	}
}

func TestTheTimeoutOfTheHTTPClientIsOneToo(t *testing.T) {
	release := make(chan struct{})
	log := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	client, _ := clientOf(t, log.URL, LogClientOptions{HTTPClient: &http.Client{Timeout: 20 * time.Millisecond}})
	_, err := client.ProofAt(t.Context(), 0)
	if remoteOf(t, err).Kind != RemoteTimeout {
		t.Errorf("%v", err)
	}
}

func TestALogThatIsAwayIsUnreachable(t *testing.T) {
	log := serve(t, status(200))
	log.Close()
	client, pauses := clientOf(t, log.URL, LogClientOptions{})
	_, err := client.ProofAt(t.Context(), 0)
	if remoteOf(t, err).Kind != RemoteUnreachable || len(*pauses) != 4 {
		t.Errorf("%v after %d pauses", err, len(*pauses))
	}
}
