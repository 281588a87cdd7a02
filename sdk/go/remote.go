// What can go wrong between a client and a log.

package tecp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"tecp.example/go/internal/jcs"
	"tecp.example/go/internal/plain"
)

// A RemoteErrorKind says how a request to a log failed.
type RemoteErrorKind string

const (
	// RemoteUnreachable says that there was no connection, or that it broke.
	RemoteUnreachable RemoteErrorKind = "unreachable"
	// RemoteTimeout says that the answer did not come in time.
	RemoteTimeout RemoteErrorKind = "timeout"
	// RemoteStatus says that the log answered with a problem.
	RemoteStatus RemoteErrorKind = "status"
	// RemoteTooLarge says that the answer is above its limit.
	RemoteTooLarge RemoteErrorKind = "too-large"
	// RemoteBadContent says that the answer is not what it must be.
	RemoteBadContent RemoteErrorKind = "bad-content"
)

// A RemoteError says why a log gave no answer that can be used. A cancelled context is no RemoteError,
// but the context's own error.
type RemoteError struct {
	Kind RemoteErrorKind
	// URL is what was asked, without a user and a password that it may have.
	URL string
	// Status is that of the answer, or 0.
	Status int
	// Code and Detail are those of the log's problem document (docs/API.md), such as
	// "proof-pending", where it sent one; Field is the member or parameter that is wrong. They may hold
	// any characters.
	Code, Detail, Field string
	// RetryAfter is how long the log asks to be left alone, or 0.
	RetryAfter time.Duration
	// Err is what failed below, or nil.
	Err error
}

func (e *RemoteError) Error() string {
	parts := []string{"tecp: " + e.URL + ": " + string(e.Kind)}
	if e.Status != 0 {
		parts[0] += fmt.Sprintf(" %d", e.Status)
	}
	// A log may say anything, and what failed below may repeat it.
	for _, part := range []string{e.Code, e.Detail} {
		if part != "" {
			parts = append(parts, plain.Text(part))
		}
	}
	if e.Err != nil {
		parts = append(parts, plain.Text(e.Err.Error()))
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns what failed below.
func (e *RemoteError) Unwrap() error { return e.Err }

// mayTryAgain tells whether the same request may succeed later.
func (e *RemoteError) mayTryAgain() bool {
	switch e.Kind {
	case RemoteUnreachable, RemoteTimeout:
		return true
	case RemoteStatus:
		return e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable
	}
	return false
}

// fill takes over what a problem document (RFC 9457) says, as far as it is understood.
func (e *RemoteError) fill(body []byte) {
	document := readMembers(body)
	document.read("code", &e.Code)
	document.read("detail", &e.Detail)
	document.read("field", &e.Field)
}

// members are those of a JSON object, by their exact names, which encoding/json does not insist on.
type members map[string]json.RawMessage

// readMembers returns none of what is no object, or no UTF-8, or has a lone surrogate in a text that is known here.
func readMembers(text []byte) (m members) {
	if !utf8.Valid(text) || json.Unmarshal(text, &m) != nil {
		return nil
	}
	for _, name := range []string{"leaf_hash", "proof", "code", "detail", "field", "message"} {
		if value := m[name]; bytes.HasPrefix(value, []byte{'"'}) {
			// encoding/json has replaced a lone surrogate by another character.
			if _, err := jcs.Parse(string(value)); err != nil {
				return nil
			}
		}
	}
	return m
}

// read tells whether there is a member of the type of target, which is left alone otherwise. It may not be
// null, which encoding/json takes for any type.
func (m members) read(name string, target any) bool {
	text, isThere := m[name]
	return isThere && string(text) != "null" && json.Unmarshal(text, target) == nil
}

// readOptional is the same of a member that may be absent.
func (m members) readOptional(name string, target any) bool {
	_, isThere := m[name]
	return !isThere || m.read(name, target)
}

// readWarnings reads those of an answer, if it has any. Each has a code.
func (m members) readWarnings(target *[]Finding) bool {
	var texts []json.RawMessage
	if !m.readOptional("warnings", &texts) {
		return false
	}
	for _, text := range texts {
		var warning Finding
		document := readMembers(text)
		if !document.read("code", &warning.Code) {
			return false
		}
		document.read("field", &warning.Field)
		document.read("message", &warning.Message)
		*target = append(*target, warning)
	}
	return true
}
