// Bodies of requests and responses, hashed while others read them.

package tecp

import (
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"net/http"
	"sync"
)

// bodyHash is the hash of a request's body: of the last copy of it, as a transport may send a request
// again on another connection. The transport reads it in a goroutine of its own.
type bodyHash struct {
	mu     sync.Mutex
	last   *hashedBody
	isNone bool
}

// sum returns the hash, and whether all of the body was read.
func (b *bodyHash) sum() (Hash, bool) {
	if b.isNone {
		return sha256.Sum256(nil), true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last.sum()
}

func (b *bodyHash) wrap(body io.ReadCloser, length int64) io.ReadCloser {
	hashed := newHashedBody(body, length)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = hashed
	return hashed
}

// hashRequest returns a request like this one, whose body is hashed. The request itself is not changed,
// as a RoundTripper must not.
func hashRequest(request *http.Request) (*http.Request, *bodyHash) {
	if request.Body == nil || request.Body == http.NoBody {
		return request, &bodyHash{isNone: true}
	}
	input := &bodyHash{}
	length := request.ContentLength
	if length == 0 {
		length = -1 // Of a request that has a body, 0 says that its length is not known.
	}
	sent := request.Clone(request.Context())
	sent.Body = input.wrap(request.Body, length)
	if request.GetBody != nil {
		sent.GetBody = func() (io.ReadCloser, error) {
			body, err := request.GetBody()
			if err != nil {
				return nil, err
			}
			return input.wrap(body, length), nil
		}
	}
	return sent, input
}

// hashResponse returns the body of a response, which calls done once: when it was read to its end, or
// closed before.
func hashResponse(response *http.Response, done func(output Hash, whole bool)) io.ReadCloser {
	body := response.Body
	if body == nil {
		body = http.NoBody // Not every RoundTripper sets one, and http.Client makes up for it.
	}
	hashed := newHashedBody(body, response.ContentLength)
	if response.Request != nil && response.Request.Method == http.MethodHead {
		hashed.expected = 0 // The length is that of the body which a GET would have.
	}
	hashed.done = done
	if writer, ok := body.(io.Writer); ok {
		// A connection that changed its protocol is written to by its body.
		return struct {
			io.ReadCloser
			io.Writer
		}{hashed, writer}
	}
	return hashed
}

// hashedBody hashes what is read from a body.
type hashedBody struct {
	body io.ReadCloser
	// expected is how long the body is; negative where that is not known.
	expected int64
	done     func(output Hash, whole bool)

	mu    sync.Mutex
	hash  hash.Hash
	count int64
	ended bool
	once  sync.Once
}

func newHashedBody(body io.ReadCloser, length int64) *hashedBody {
	return &hashedBody{body: body, expected: length, hash: sha256.New()}
}

func (h *hashedBody) Read(p []byte) (int, error) {
	n, err := h.body.Read(p)
	h.mu.Lock()
	h.hash.Write(p[:n])
	h.count += int64(n)
	h.ended = h.ended || errors.Is(err, io.EOF)
	h.mu.Unlock()
	if err != nil {
		h.finish()
	}
	return n, err
}

func (h *hashedBody) Close() error {
	err := h.body.Close()
	h.finish()
	return err
}

// finish says once what was read.
func (h *hashedBody) finish() {
	h.once.Do(func() {
		if h.done != nil {
			h.done(h.sum())
		}
	})
}

// sum returns the hash of what was read, and whether that is all.
func (h *hashedBody) sum() (Hash, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Hash(h.hash.Sum(nil)), h.ended || h.count == h.expected
}
