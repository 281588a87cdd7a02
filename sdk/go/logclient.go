// A client of a log's JSON interface (docs/API.md, "The log").

package tecp

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// maxBatch is how many receipts a log takes in one request.
	maxBatch = 1000
	// maxAnswerBytes is more than the largest proof takes in JSON, whatever its escapes, and more than the
	// results of a batch without proofs.
	maxAnswerBytes = 8 << 20
	// maxProvenBytes is more than a thousand proofs of 35 witnesses with two keys each.
	maxProvenBytes = 128 << 20
)

// A LogClient submits receipts to a log and asks it for proofs. It may be used by several goroutines.
//
// Whoever submits to a log may always submit again: an entry has one index for ever. So a request
// that was refused for load (429, 503), came to no answer in time, or was lost on the way, is sent
// again, up to five times in all, after as long as the log asks for and ten seconds at most.
//
// What comes back is not verified: [VerifyReceipt] does that, with a trust policy from elsewhere.
type LogClient struct {
	// url has no slash at its end, and neither user nor password: errors have it.
	url string
	// authorize gives a request the user and the password of the URL. A function is printed without what it
	// holds, whatever the verb.
	authorize func(*http.Request)
	http      *http.Client
	timeout   time.Duration
	// pause waits between two attempts.
	pause func(context.Context, time.Duration) error
}

// LogClientOptions may be left empty.
type LogClientOptions struct {
	// HTTPClient sends the requests; [http.DefaultClient] where it is nil. Redirects are refused
	// whatever it says.
	HTTPClient *http.Client
	// Timeout is for one attempt, its answer included; 30 seconds where it is 0. A log may take ten
	// seconds until the witnesses have cosigned.
	Timeout time.Duration
}

// NewLogClient returns a client of the log under an http or https URL without a query. A user and a password
// in it are sent as Basic authorization, and shown nowhere. The error is an [OptionError].
func NewLogClient(logURL string, options LogClientOptions) (*LogClient, error) {
	prefix, ok := urlPrefixOf(logURL)
	parsed, err := url.Parse(prefix)
	if !ok || err != nil || parsed.Hostname() == "" || strings.ContainsAny(prefix, "?#") {
		return nil, &OptionError{"url", "expected an http or https URL without query and fragment"}
	}
	if options.Timeout < 0 {
		return nil, &OptionError{"timeout", "expected a time of more than 0"}
	}
	client := *http.DefaultClient
	if options.HTTPClient != nil {
		client = *options.HTTPClient
	}
	client.Transport = noRedirects{client.Transport}
	timeout := options.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	authorize := basicAuthorization(parsed.User)
	parsed.User = nil
	return &LogClient{parsed.String(), authorize, &client, timeout, sleep}, nil
}

// Submitted is a log's answer to a submission.
type Submitted struct {
	// Index is the entry's, from 0.
	Index int64
	// LeafHash identifies the entry.
	LeafHash Hash
	// Duplicate says that the log had the entry before.
	Duplicate bool
	// Proof is a tlog-proof, or "" where it was not waited for.
	Proof string
	// Warnings are what a submitter should know of an entry that was taken, such as [WarnSubmittedLate].
	// They may hold any characters.
	Warnings []Finding
}

// Log submits a receipt, waits until witnesses have cosigned it, and returns it with the proof attached.
// After a [RemoteError] with the code "proof-pending" it is in the log: ask again later.
func (c *LogClient) Log(ctx context.Context, receipt *Receipt) (*Receipt, error) {
	submitted, err := c.submit(ctx, receipt, awaitProof)
	if err != nil {
		return nil, err
	}
	return c.attach(receipt, submitted)
}

func (c *LogClient) attach(receipt *Receipt, submitted *Submitted) (*Receipt, error) {
	if submitted.Proof == "" {
		return nil, c.badContent("an answer without a proof")
	}
	logged, err := AttachProof(receipt, submitted.Proof)
	if err != nil {
		return nil, c.badContent("a proof that no receipt can hold")
	}
	return logged, nil
}

// LogResult is what became of one receipt of many: Receipt with its proof attached, or Err, a
// [RemoteError].
type LogResult struct {
	Receipt *Receipt
	Err     error
}

// LogMany logs any number of receipts, a thousand in a request, and waits for each thousand until
// witnesses have cosigned it. It returns a result for each receipt, in their order. One that is refused
// spoils only itself; one that is "proof-pending" is in the log, and may be logged again. The error is for
// a request as a whole, and comes with the results of the requests before it. The others may be in the
// log then, and logging them again is safe.
func (c *LogClient) LogMany(ctx context.Context, receipts []*Receipt) ([]LogResult, error) {
	answers, err := c.submitAll(ctx, receipts, awaitProof)
	results := make([]LogResult, len(answers))
	for i, answer := range answers {
		results[i].Err = answer.Err
		if answer.Err == nil {
			results[i].Receipt, results[i].Err = c.attach(receipts[i], answer.Submitted)
		}
	}
	return results, err
}

// Submit submits a receipt, which is durable when the answer comes; it does not wait for a proof.
func (c *LogClient) Submit(ctx context.Context, receipt *Receipt) (*Submitted, error) {
	return c.submit(ctx, receipt, "")
}

const (
	entriesPath = "/v1/log/entries"
	// awaitProof has the log answer when there is a proof.
	awaitProof = "?wait=proof"
)

func (c *LogClient) submit(ctx context.Context, receipt *Receipt, query string) (*Submitted, error) {
	if receipt.isZero() {
		return nil, errNoReceipt()
	}
	body, err := c.send(ctx, exchange{
		method:         http.MethodPost,
		path:           entriesPath + query,
		contentType:    "application/json",
		body:           receipt.parts.entry,
		maxAnswerBytes: maxAnswerBytes,
	})
	if err != nil {
		return nil, err
	}
	return c.readSubmitted(body, receipt)
}

// SubmitResult is what became of one receipt of many: Submitted, or Err, a [RemoteError].
type SubmitResult struct {
	Submitted *Submitted
	Err       error
}

// SubmitMany submits any number of receipts, a thousand in a request, and returns a result for each, in
// their order. A receipt that is refused spoils only itself. The error is for a request as a whole, and
// comes with the results of the requests before it. The other receipts may be in the log then, and
// submitting them again is safe.
func (c *LogClient) SubmitMany(ctx context.Context, receipts []*Receipt) ([]SubmitResult, error) {
	return c.submitAll(ctx, receipts, "")
}

func (c *LogClient) submitAll(ctx context.Context, receipts []*Receipt, query string) ([]SubmitResult, error) {
	if slices.ContainsFunc(receipts, (*Receipt).isZero) {
		return nil, errNoReceipt()
	}
	results := make([]SubmitResult, 0, len(receipts))
	for batch := range slices.Chunk(receipts, maxBatch) {
		done, err := c.submitBatch(ctx, batch, query)
		if err != nil {
			return results, err
		}
		results = append(results, done...)
	}
	return results, nil
}

func (c *LogClient) submitBatch(ctx context.Context, receipts []*Receipt, query string) ([]SubmitResult, error) {
	var lines bytes.Buffer
	for _, receipt := range receipts {
		lines.Write(receipt.parts.entry)
		lines.WriteByte('\n')
	}
	request := exchange{
		method:         http.MethodPost,
		path:           entriesPath + query,
		contentType:    "application/x-ndjson",
		body:           lines.Bytes(),
		maxAnswerBytes: maxAnswerBytes,
	}
	if query == awaitProof {
		request.maxAnswerBytes = maxProvenBytes
	}
	body, err := c.send(ctx, request)
	if err != nil {
		return nil, err
	}
	// No more lines are made than are looked at.
	answers := bytes.SplitN(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"), len(receipts)+1)
	if len(answers) != len(receipts) {
		return nil, c.badContent("expected one result for each receipt")
	}
	results := make([]SubmitResult, len(answers))
	for i, answer := range answers {
		results[i] = c.readResult(answer, receipts[i])
	}
	return results, nil
}

func (c *LogClient) readResult(line []byte, receipt *Receipt) SubmitResult {
	var status uint16
	if !readMembers(line).read("status", &status) || status < 100 || status > 999 {
		return SubmitResult{Err: c.badContent("not the result of a submission")}
	}
	if status != http.StatusOK {
		refused := &RemoteError{Kind: RemoteStatus, URL: c.url + entriesPath, Status: int(status)}
		refused.fill(line)
		return SubmitResult{Err: refused}
	}
	submitted, err := c.readSubmitted(line, receipt)
	return SubmitResult{submitted, err}
}

func (c *LogClient) badContent(message string) *RemoteError {
	return &RemoteError{Kind: RemoteBadContent, URL: c.url + entriesPath, Detail: message}
}

// readSubmitted takes an answer about this receipt and no other.
func (c *LogClient) readSubmitted(body []byte, receipt *Receipt) (*Submitted, error) {
	submitted := Submitted{LeafHash: LeafHash(receipt.parts.entry)}
	var leafHash string
	answer := readMembers(body)
	isSubmitted := answer.read("leaf_index", &submitted.Index) && isSize(submitted.Index) &&
		answer.read("leaf_hash", &leafHash) && answer.read("duplicate", &submitted.Duplicate) &&
		answer.readOptional("proof", &submitted.Proof) && answer.readWarnings(&submitted.Warnings)
	if !isSubmitted {
		return nil, c.badContent("not the answer to a submission")
	}
	if leafHash != submitted.LeafHash.String() {
		return nil, c.badContent("the leaf hash of another entry")
	}
	return &submitted, nil
}

// Proof fetches the tlog-proof of the entry with this leaf hash.
func (c *LogClient) Proof(ctx context.Context, leafHash Hash) (string, error) {
	return c.proof(ctx, "leaf="+leafHash.String())
}

// ProofAt fetches the tlog-proof of the entry at an index.
func (c *LogClient) ProofAt(ctx context.Context, index int64) (string, error) {
	if !isSize(index) {
		return "", &OptionError{"index", "expected 0 to 2^53-1"}
	}
	return c.proof(ctx, "index="+strconv.FormatInt(index, 10))
}

func (c *LogClient) proof(ctx context.Context, query string) (string, error) {
	path := "/v1/log/proof?" + query
	body, err := c.send(ctx, exchange{method: http.MethodGet, path: path, maxAnswerBytes: maxAnswerBytes})
	if err != nil {
		return "", err
	}
	if !utf8.Valid(body) {
		return "", &RemoteError{Kind: RemoteBadContent, URL: c.url + path, Detail: "a proof that is not UTF-8"}
	}
	return string(body), nil
}
