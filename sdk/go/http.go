// One exchange with a log, and as many more as it takes. Nothing here trusts the other side:
// redirects are refused, answers are counted while they arrive, and every failure is a RemoteError.

package tecp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	maxAttempts    = 5
	maxPause       = 10 * time.Second
	firstPause     = 200 * time.Millisecond
	defaultTimeout = 30 * time.Second
	// maxProblemBytes is how much of a problem document is looked at.
	maxProblemBytes = 8 << 10
)

// exchange is a request that may be sent several times.
type exchange struct {
	method string
	// path is below the log's URL, with the query.
	path        string
	contentType string
	body        []byte
	// maxAnswerBytes is the largest answer with status 200.
	maxAnswerBytes int64
}

// send sends a request until it is answered with 200, at most maxAttempts times.
func (c *LogClient) send(ctx context.Context, e exchange) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		body, err := c.sendOnce(ctx, e)
		var remote *RemoteError
		if err == nil || !errors.As(err, &remote) || !remote.mayTryAgain() || attempt == maxAttempts {
			return body, err
		}
		if err := c.pause(ctx, pauseAfter(remote, attempt)); err != nil {
			return nil, err
		}
	}
}

// pauseAfter is how long the log asks for, or twice as long each time, up to maxPause. A part of it is
// random, so that many clients do not come back at once.
func pauseAfter(err *RemoteError, attempt int) time.Duration {
	pause := firstPause << (attempt - 1)
	pause = pause/2 + rand.N(pause)
	return min(maxPause, max(pause, err.RetryAfter))
}

// sleep waits, or returns the error of the context when that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// noRedirects takes from answers where they lead to. An [http.Client] then neither follows them nor fails where
// that is no URL, and a redirect is an answer like any other.
type noRedirects struct {
	// base is [http.DefaultTransport] where it is nil.
	base http.RoundTripper
}

func (t noRedirects) RoundTrip(request *http.Request) (*http.Response, error) {
	base := t.base
	if base == nil {
		base = http.DefaultTransport
	}
	response, err := base.RoundTrip(request)
	if response != nil {
		response.Header.Del("Location")
	}
	return response, err
}

// basicAuthorization gives requests this user and password, or nothing.
func basicAuthorization(user *url.Userinfo) func(*http.Request) {
	if user == nil {
		return func(*http.Request) {}
	}
	password, _ := user.Password()
	return func(request *http.Request) { request.SetBasicAuth(user.Username(), password) }
}

// sendOnce returns the body of an answer with status 200.
func (c *LogClient) sendOnce(ctx context.Context, e exchange) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, e.method, c.url+e.path, bytes.NewReader(e.body))
	if err != nil {
		return nil, &OptionError{"url", "cannot be asked"}
	}
	c.authorize(request)
	// What is not asked for is not decompressed: limits are of what is sent.
	request.Header.Set("Accept-Encoding", "identity")
	if e.contentType != "" {
		request.Header.Set("Content-Type", e.contentType)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.failure(ctx, e.path, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, c.statusError(e.path, response)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, e.maxAnswerBytes+1))
	if err != nil {
		return nil, c.failure(ctx, e.path, err)
	}
	if int64(len(body)) > e.maxAnswerBytes {
		return nil, &RemoteError{Kind: RemoteTooLarge, URL: c.url + e.path, Status: response.StatusCode}
	}
	return body, nil
}

// failure tells a context that the caller has ended from an answer that is late, be it by the deadline of
// the attempt or by one of the HTTPClient, and from a broken connection.
func (c *LogClient) failure(ctx context.Context, path string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	failed := &RemoteError{Kind: RemoteUnreachable, URL: c.url + path, Err: err}
	var late interface{ Timeout() bool }
	if errors.As(err, &late) && late.Timeout() {
		failed.Kind = RemoteTimeout
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		failed.Err = wrapped.Err // It says the URL a second time.
	}
	return failed
}

func (c *LogClient) statusError(path string, response *http.Response) *RemoteError {
	err := &RemoteError{Kind: RemoteStatus, URL: c.url + path, Status: response.StatusCode}
	// What is out of range is as long as can be.
	seconds, parseErr := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 31)
	if parseErr == nil || errors.Is(parseErr, strconv.ErrRange) {
		err.RetryAfter = time.Duration(seconds) * time.Second
	}
	if response.StatusCode == http.StatusSwitchingProtocols {
		return err // Its body is the connection, and reading it heeds no context.
	}
	if body, readErr := io.ReadAll(io.LimitReader(response.Body, maxProblemBytes)); readErr == nil {
		err.fill(body)
	}
	return err
}
