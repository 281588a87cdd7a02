package tecp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
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
		log := serve(t, status(code, "Location", "/elsewhere"))
		client, _ := clientOf(t, log.URL, LogClientOptions{})
		_, err := client.Submit(t.Context(), mustCreate(t, exampleParams(t)))
		if remote := remoteOf(t, err); remote.Status != code || log.requests.Load() != 1 {
			t.Errorf("%d: %v after %d requests", code, err, log.requests.Load())
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

func TestAnAnswerThatIsNoneIsRefused(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	other := exampleParams(t)
	other.Nonce = make([]byte, 16)
	answers := []http.HandlerFunc{submittedAnswer(t, mustCreate(t, other), "a proof"), submittedAnswer(t, receipt, "")}
	leafHash, _ := ReceiptLeafHash(receipt)
	answerWith := func(index, name, more string) string {
		return fmt.Sprintf(`{"leaf_index":%s,%q:"%s","proof":"a proof"%s}`, index, name, leafHash, more)
	}
	for _, text := range []string{
		"", "null", "{}", "\xff",
		answerWith("-1", "leaf_hash", `,"duplicate":false`),
		answerWith("0.5", "leaf_hash", `,"duplicate":false`),
		answerWith("9007199254740992", "leaf_hash", `,"duplicate":false`),
		answerWith("null", "leaf_hash", `,"duplicate":false`),
		answerWith("0", "Leaf_Hash", `,"duplicate":false`),
		answerWith("0", "leaf_hash", ""),
		answerWith("0", "leaf_hash", `,"duplicate":false,"warnings":[1]`),
		answerWith("0", "leaf_hash", `,"duplicate":false,"detail":"`+"\xff"+`"`),
		strings.Replace(answerWith("0", "leaf_hash", `,"duplicate":false`), "a proof", strings.Repeat("a", 1<<20), 1),
	} {
		answers = append(answers, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) })
	}
	for i, answer := range answers {
		log := serve(t, answer)
		client, _ := clientOf(t, log.URL, LogClientOptions{})
		_, err := client.Log(t.Context(), receipt)
		if remote := remoteOf(t, err); remote.Kind != RemoteBadContent {
			t.Errorf("answer %d: %v", i, err)
		}
	}
	log := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "\xff") })
	client, _ := clientOf(t, log.URL, LogClientOptions{})
	_, err := client.Proof(t.Context(), Hash{})
	if remoteOf(t, err).Kind != RemoteBadContent {
		t.Errorf("a proof that is no text: %v", err)
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

func TestWhatALogSaysIsTakenAsFarAsItIsUnderstoodAndPrintedWithoutControls(t *testing.T) {
	log := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		fmt.Fprint(w, `{"code":"a\u001b[31m","detail":7,"field":null}`)
	})
	client, _ := clientOf(t, log.URL, LogClientOptions{})
	_, err := client.ProofAt(t.Context(), 0)
	if remote := remoteOf(t, err); remote.Code != "a\x1b[31m" || remote.Detail != "" || remote.Field != "" {
		t.Errorf("%+v", remote)
	}
	if strings.Contains(err.Error(), "\x1b") {
		t.Errorf("%q", err.Error())
	}
}

func TestEachOfManyReceiptsHasItsResult(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	leafHash, _ := ReceiptLeafHash(receipt)
	log := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		encoded := string(mustEncode(t, receipt)) + "\n"
		if r.Header.Get("Content-Type") != "application/x-ndjson" || strings.ReplaceAll(string(body), encoded, "") != "" {
			t.Errorf("%s: %q", r.Header.Get("Content-Type"), body)
		}
		fmt.Fprintf(w, `{"status":200,"leaf_index":7,"leaf_hash":"%s","duplicate":true,"warnings":[{"code":"W-TS-002","message":"late","field":"ts"}]}`, leafHash)
		fmt.Fprint(w, "\n"+`{"status":400,"code":"E-TS-003","detail":"too old","field":"ts"}`+"\n[]\n")
	})
	client, _ := clientOf(t, log.URL, LogClientOptions{})
	results, err := client.SubmitMany(t.Context(), []*Receipt{receipt, receipt, receipt})
	if err != nil || len(results) != 3 {
		t.Fatalf("%v, %v", results, err)
	}
	first := results[0].Submitted
	if first == nil || first.Index != 7 || !first.Duplicate || len(first.Warnings) != 1 || first.Warnings[0].Code != WarnSubmittedLate {
		t.Errorf("%+v, %v", first, results[0].Err)
	}
	if refused := remoteOf(t, results[1].Err); refused.Code != CodeExpired || refused.Status != 400 {
		t.Errorf("%v", refused)
	}
	if remoteOf(t, results[2].Err).Kind != RemoteBadContent {
		t.Errorf("%v", results[2].Err)
	}
	if _, err := client.SubmitMany(t.Context(), []*Receipt{receipt}); remoteOf(t, err).Kind != RemoteBadContent {
		t.Errorf("three results for one receipt: %v", err)
	}
}

func TestMoreReceiptsThanALogTakesAtOnceAreSeveralRequests(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	leafHash, _ := ReceiptLeafHash(receipt)
	log := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		line := fmt.Sprintf(`{"status":200,"leaf_index":7,"leaf_hash":"%s","duplicate":true}`+"\n", leafHash)
		fmt.Fprint(w, strings.Repeat(line, strings.Count(string(body), "\n")))
	})
	client, _ := clientOf(t, log.URL, LogClientOptions{})
	results, err := client.SubmitMany(t.Context(), slices.Repeat([]*Receipt{receipt}, 2*maxBatch+1))
	if err != nil || len(results) != 2*maxBatch+1 || log.requests.Load() != 3 {
		t.Errorf("%d results of %d requests, %v", len(results), log.requests.Load(), err)
	}
}

func TestRequestsThatNobodyCanMeanAreNotSent(t *testing.T) {
	log := serve(t, status(200))
	client, _ := clientOf(t, log.URL+"//", LogClientOptions{})
	ctx := t.Context()
	for field, err := range map[string]error{
		"receipt": second(client.Log(ctx, nil)),
		"index":   second(client.ProofAt(ctx, -1)),
		"url":     second(NewLogClient("ftp://log.example", LogClientOptions{})),
		"timeout": second(NewLogClient(log.URL, LogClientOptions{Timeout: -1})),
	} {
		if optionField(err) != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if results, err := client.SubmitMany(ctx, nil); len(results) != 0 || err != nil {
		t.Errorf("no receipts: %v, %v", results, err)
	}
	broken, _ := clientOf(t, "http://[", LogClientOptions{})
	if _, err := broken.ProofAt(ctx, 0); optionField(err) != "url" {
		t.Errorf("a URL that does not parse: %v", err)
	}
	if log.requests.Load() != 0 {
		t.Errorf("%d requests", log.requests.Load())
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
