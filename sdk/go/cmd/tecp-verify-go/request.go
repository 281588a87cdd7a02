package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"unicode/utf8"

	tecp "tecp.example/go"
	"tecp.example/go/internal/b64"
	"tecp.example/go/internal/jcs"
)

// A request is read member by member. The first that is missing or of another type is remembered, so
// that an operation asks once whether all was well.
type request struct {
	members map[string]any
	bad     bool
}

// parseRequest reads a line, which does not have to be canonical.
func parseRequest(line []byte) (*request, bool) {
	if !utf8.Valid(line) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var members map[string]any
	if err := decoder.Decode(&members); err != nil || members == nil {
		return nil, false
	}
	_, err := decoder.Token()
	return &request{members: members}, errors.Is(err, io.EOF)
}

func (r *request) has(name string) bool {
	_, isThere := r.members[name]
	return isThere
}

// note remembers a member that was not what it has to be.
func (r *request) note(ok bool) { r.bad = r.bad || !ok }

func (r *request) text(name string) string {
	text, ok := r.members[name].(string)
	r.note(ok)
	return text
}

func (r *request) bytes(name string) []byte {
	content, ok := bytesOf(r.members[name])
	r.note(ok)
	return content
}

func bytesOf(value any) ([]byte, bool) {
	text, ok := value.(string)
	if !ok {
		return nil, false
	}
	return b64.Decode(text)
}

func (r *request) hash(name string) tecp.Hash {
	hash, ok := hashOf(r.members[name])
	r.note(ok)
	return hash
}

func hashOf(value any) (hash tecp.Hash, ok bool) {
	content, ok := bytesOf(value)
	if !ok || len(content) != len(hash) {
		return hash, false
	}
	return tecp.Hash(content), true
}

func (r *request) hashes(name string) []tecp.Hash {
	list, ok := listOf(r.members[name], hashOf)
	r.note(ok)
	return list
}

func (r *request) texts(name string) []string {
	list, ok := textsOf(r.members[name])
	r.note(ok)
	return list
}

func textsOf(value any) ([]string, bool) {
	return listOf(value, func(item any) (string, bool) {
		text, ok := item.(string)
		return text, ok
	})
}

// listOf is never nil where it is ok.
func listOf[T any](value any, of func(any) (T, bool)) ([]T, bool) {
	items, ok := value.([]any)
	list := make([]T, 0, len(items))
	for _, item := range items {
		element, isElement := of(item)
		ok = ok && isElement
		list = append(list, element)
	}
	return list, ok
}

// integer takes any integer that JSON can write.
func (r *request) integer(name string) json.Number {
	number, ok := r.members[name].(json.Number)
	value, err := number.Float64()
	r.note(ok && err == nil && value == math.Trunc(value))
	return number
}

// count takes an integer in 0 to 2^53-1.
func (r *request) count(name string) int64 {
	count, ok := countOf(r.members[name])
	r.note(ok)
	return count
}

func countOf(value any) (int64, bool) {
	number, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	text, err := jcs.Write(number, maxAnswerBytes)
	if err != nil {
		return 0, false
	}
	integer, err := json.Number(text).Int64()
	return integer, err == nil && integer >= 0
}
