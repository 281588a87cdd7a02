package tecp

import (
	"compress/gzip"
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
		answerWith("0", "leaf_hash", `,"duplicate":false,"warnings":[null]`),
		answerWith("0", "leaf_hash", `,"duplicate":false,"warnings":[{"Code":"W"}]`),
		answerWith("0", "leaf_hash", `,"duplicate":false,"detail":"`+"\xff"+`"`),
		answerWith("0", "leaf_hash", `,"duplicate":false,"proof":""`),
		answerWith("0", "leaf_hash", `,"duplicate":false,"proof":null`),
		answerWith("0", "leaf_hash", `,"duplicate":false,"proof":"a \ud800 proof"`),
		answerWith("0", "leaf_hash", `,"duplicate":false,"warnings":[{"code":"W","message":"\udfff"}]`),
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

func TestWhatALogSaysIsTakenAsFarAsItIsUnderstood(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	leafHash, _ := ReceiptLeafHash(receipt)
	log := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		fmt.Fprint(w, `{"code":"a\u001b[31m","detail":7,"field":null,"status":1e400}`)
	}, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"leaf_index":1,"leaf_hash":"%s","duplicate":false,"new":[0.5,-0,{"a":1e999}],`, leafHash)
		fmt.Fprint(w, `"warnings":[{"code":"W-NEW-001","field":3,"since":0.5},{"code":"W-TS-002","message":"late","field":"ts"}]}`)
	})
	client, _ := clientOf(t, log.URL, LogClientOptions{})
	_, err := client.ProofAt(t.Context(), 0)
	if remote := remoteOf(t, err); remote.Code != "a\x1b[31m" || remote.Detail != "" || remote.Field != "" {
		t.Errorf("%+v", remote)
	}
	submitted, err := client.Submit(t.Context(), receipt)
	if err != nil {
		t.Fatal(err)
	}
	want := []Finding{{Code: "W-NEW-001"}, {WarnSubmittedLate, "ts", "late"}}
	if submitted.Index != 1 || submitted.LeafHash != leafHash || !slices.Equal(submitted.Warnings, want) {
		t.Errorf("%+v", submitted)
	}
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

func TestTheEntryIsSubmittedWithoutAProofThatTheReceiptHas(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	leafHash, _ := ReceiptLeafHash(receipt)
	proven, err := AttachProof(receipt, "an old proof")
	if err != nil {
		t.Fatal(err)
	}
	log := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if want := string(mustEncode(t, receipt)); strings.TrimSuffix(string(body), "\n") != want {
			t.Errorf("%s", body)
		}
		fmt.Fprintf(w, `{"status":200,"leaf_index":7,"leaf_hash":"%s","duplicate":true,"proof":"a proof"}`, leafHash)
	})
	client, _ := clientOf(t, log.URL, LogClientOptions{})
	if _, err := client.Submit(t.Context(), proven); err != nil {
		t.Error(err)
	}
	logged, err := client.Log(t.Context(), proven)
	if err != nil || logged.Proof() != "a proof" {
		t.Errorf("%v, %v", logged, err)
	}
	if results, err := client.SubmitMany(t.Context(), []*Receipt{proven}); err != nil || results[0].Err != nil {
		t.Errorf("%v, %v", results, err)
	}
}

func TestEachOfManyReceiptsIsLoggedOrSaysWhyNot(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	leafHash, _ := ReceiptLeafHash(receipt)
	const lines = 5
	log := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != entriesPath || r.URL.RawQuery != "wait=proof" {
			t.Errorf("%s", r.URL)
		}
		for _, result := range []string{
			`{"status":200,"leaf_index":7,"leaf_hash":"%s","duplicate":true,"proof":"a proof"}`,
			`{"status":503,"code":"proof-pending","leaf_hash":"%s"}`,
			`{"status":200,"leaf_index":7,"leaf_hash":"%s","duplicate":true}`,
			`{"status":200,"leaf_index":7,"leaf_hash":"%s","duplicate":true,"proof":"` + strings.Repeat("a", 1<<20) + `"}`,
			`{"status":200,"leaf_index":7,"leaf_hash":"00%s","duplicate":true,"proof":"a proof"}`,
		} {
			fmt.Fprintf(w, result+"\n", leafHash)
		}
	})
	client, _ := clientOf(t, log.URL, LogClientOptions{})
	results, err := client.LogMany(t.Context(), slices.Repeat([]*Receipt{receipt}, lines))
	if err != nil || len(results) != lines {
		t.Fatalf("%v, %v", results, err)
	}
	if results[0].Err != nil || results[0].Receipt.Proof() != "a proof" {
		t.Errorf("%+v", results[0])
	}
	if pending := remoteOf(t, results[1].Err); pending.Status != 503 || pending.Code != "proof-pending" {
		t.Errorf("%v", pending)
	}
	for _, result := range results[2:] {
		if result.Receipt != nil || remoteOf(t, result.Err).Kind != RemoteBadContent {
			t.Errorf("%+v", result)
		}
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

func TestARefusalOfOneOfManyNeedsAStatusAlone(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	for text, isStatus := range map[string]bool{
		"100": true, "204": true, "400": true, "503": true, "999": true,
		"0": false, "99": false, "1000": false, "-400": false, "400.5": false, `"400"`: false, "null": false,
	} {
		log := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"status":%s,"code":7,"field":null}`, text)
		})
		client, _ := clientOf(t, log.URL, LogClientOptions{})
		results, err := client.SubmitMany(t.Context(), []*Receipt{receipt})
		if err != nil {
			t.Fatal(err)
		}
		if remote := remoteOf(t, results[0].Err); (remote.Kind == RemoteStatus) != isStatus || remote.Code != "" {
			t.Errorf("%s: %v", text, remote)
		}
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

func TestTheAnswerToABatchMayHoldManyProofs(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	leafHash, _ := ReceiptLeafHash(receipt)
	const lines = maxAnswerBytes/1_000_000 + 1
	log := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		proof := strings.Repeat("p", 1_000_000)
		for range lines {
			fmt.Fprintf(w, `{"status":200,"leaf_index":7,"leaf_hash":"%s","duplicate":true,"proof":"%s"}`+"\n", leafHash, proof)
		}
	})
	client, _ := clientOf(t, log.URL, LogClientOptions{})
	results, err := client.LogMany(t.Context(), slices.Repeat([]*Receipt{receipt}, lines))
	if err != nil || len(results) != lines || results[lines-1].Err != nil {
		t.Errorf("%d results, %v", len(results), err)
	}
	if _, err := client.SubmitMany(t.Context(), []*Receipt{receipt}); remoteOf(t, err).Kind != RemoteTooLarge {
		t.Errorf("%v", err)
	}
}

func TestWhatWasDoneBeforeARequestFailedIsHandedOut(t *testing.T) {
	receipt := mustCreate(t, exampleParams(t))
	leafHash, _ := ReceiptLeafHash(receipt)
	line := fmt.Sprintf(`{"status":200,"leaf_index":7,"leaf_hash":"%s","duplicate":true,"proof":"a proof"}`+"\n", leafHash)
	all := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat(line, maxBatch)) }
	receipts := slices.Repeat([]*Receipt{receipt}, maxBatch+1)
	log := serve(t, all, status(403), all, status(403))
	client, _ := clientOf(t, log.URL, LogClientOptions{})
	submitted, err := client.SubmitMany(t.Context(), receipts)
	if remoteOf(t, err).Status != 403 || len(submitted) != maxBatch {
		t.Errorf("%d results, %v", len(submitted), err)
	}
	logged, err := client.LogMany(t.Context(), receipts)
	if remoteOf(t, err).Status != 403 || len(logged) != maxBatch || logged[maxBatch-1].Receipt.Proof() != "a proof" {
		t.Errorf("%d results, %v", len(logged), err)
	}
}

func TestRequestsThatNobodyCanMeanAreNotSent(t *testing.T) {
	log := serve(t, status(200))
	client, _ := clientOf(t, log.URL+"//", LogClientOptions{})
	ctx := t.Context()
	for field, err := range map[string]error{
		"receipt": second(client.Log(ctx, nil)),
		"index":   second(client.ProofAt(ctx, -1)),
		"timeout": second(NewLogClient(log.URL, LogClientOptions{Timeout: -1})),
	} {
		if optionField(err) != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, url := range []string{"", "ftp://log.example", "http://", "http:///", "http://:80", "http://[", "http://log.example/?a", "http://log.example/#a"} {
		if _, err := NewLogClient(url, LogClientOptions{}); optionField(err) != "url" {
			t.Errorf("%q: %v", url, err)
		}
	}
	// The first batch is not sent either.
	receipts := append(slices.Repeat([]*Receipt{mustCreate(t, exampleParams(t))}, maxBatch), &Receipt{})
	for _, err := range []error{second(client.SubmitMany(ctx, receipts)), second(client.LogMany(ctx, receipts))} {
		if optionField(err) != "receipt" {
			t.Errorf("%v", err)
		}
	}
	if results, err := client.SubmitMany(ctx, nil); len(results) != 0 || err != nil {
		t.Errorf("no receipts: %v, %v", results, err)
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
