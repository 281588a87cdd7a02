// What is submitted to a log, and what its answers are taken for (logclient.go).

package tecp

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

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
