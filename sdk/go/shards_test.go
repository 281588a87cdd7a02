// Lists of shards from a log; what a list may say is in the vectors (cmd/tecp-verify-go).

package tecp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// rotation returns two signed lists that follow one another and their operator, from the vectors.
func rotation(t *testing.T) (first, second string, operator *VerifierKey) {
	t.Helper()
	text, err := os.ReadFile("../vectors/optional/shards.vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Name    string
			Request struct {
				Note []byte
				Key  string
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases {
		switch c.Name {
		case "a list of two":
			first = string(c.Request.Note)
			if operator, err = ParseVerifierKey(c.Request.Key); err != nil {
				t.Fatal(err)
			}
		case "a rotation":
			second = string(c.Request.Note)
		}
	}
	if first == "" || second == "" {
		t.Fatal("the vectors lack the lists")
	}
	return first, second, operator
}

func TestAListOfShardsIsFetchedAndNoOlderOneAfterIt(t *testing.T) {
	first, second, operator := rotation(t)
	answer := func(note string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v1/log/shards" {
				t.Errorf("asked for %s", r.URL.Path)
			}
			fmt.Fprint(w, note)
		}
	}
	log := serve(t, status(http.StatusServiceUnavailable), answer(first), answer(second), answer(first))
	client, _ := clientOf(t, log.URL, LogClientOptions{})
	options := ShardListOptions{Now: time.Unix(1_754_000_000, 0)}
	list, err := client.ShardList(t.Context(), operator, options)
	if err != nil {
		t.Fatal(err)
	}
	if write := list.ShardToWrite(); write == nil || write.URL != "https://log.example/2026" {
		t.Errorf("to write to: %v", write)
	}
	if options.Before, err = ParseShardList(list.String()); err != nil {
		t.Fatal(err)
	}
	if options.Before, err = client.ShardList(t.Context(), operator, options); err != nil {
		t.Fatal(err)
	}
	if write := options.Before.ShardToWrite(); write == nil || write.Key.Name() != "log.example/2027" {
		t.Errorf("to write to: %v", write)
	}
	_, err = client.ShardList(t.Context(), operator, options)
	expectFormatCode(t, err, CodeStale)
	// By the clock of this machine it has long expired.
	_, err = client.ShardList(t.Context(), operator, ShardListOptions{})
	expectFormatCode(t, err, CodeStale)
}

func TestAListOfShardsIsOpenedAtATime(t *testing.T) {
	first, _, operator := rotation(t)
	_, err := OpenShardList(first, operator, ShardListOptions{})
	var option *OptionError
	if !errors.As(err, &option) {
		t.Errorf("without a time: %v", err)
	}
	_, err = OpenShardList(first, nil, ShardListOptions{Now: time.Unix(1, 0)})
	expectFormatCode(t, err, CodeBadKey)
}

// The limit of bytes; the vectors of it are compressed.
func TestAListOfShardsHasALimitOfBytes(t *testing.T) {
	first, _, operator := rotation(t)
	text, _, _ := strings.Cut(first, "\n\n")
	text += "\n"
	longer := strings.Replace(text, "https://log.example/2025", "https://log.example/"+
		strings.Repeat("x", maxShardListBytes-len(text)+len("2025")), 1)
	list, err := ParseShardList(longer)
	if err != nil || len(list.String()) != maxShardListBytes {
		t.Errorf("at the limit: %v", err)
	}
	_, err = ParseShardList(strings.Replace(longer, "xx", "xxx", 1))
	expectFormatCode(t, err, CodeMalformed)
	if _, err := ParseShardList(operator.String()); err == nil {
		t.Error("a key is no list")
	}
}

func expectFormatCode(t *testing.T, err error, code string) {
	t.Helper()
	var format *FormatError
	if !errors.As(err, &format) || format.Code != code {
		t.Errorf("expected %s, got %v", code, err)
	}
}
