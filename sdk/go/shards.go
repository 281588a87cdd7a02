// Lists of shards (docs/spec/shards.md): which logs an operator has, one after the other, as a note that
// he signs. A list names the log to write to and those to read, and nobody whom to trust for a tree.

package tecp

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxShards         = 256
	maxShardListBytes = 512 << 10
	shardListHeader   = "tecp-shards@v1"
)

// A FinalTree is what a log that is frozen ends with.
type FinalTree struct {
	Size int64
	Root Hash
}

// A Shard is one log of an operator. Its origin is the name of its key.
type Shard struct {
	Key *VerifierKey
	// URL has no slash at its end. It is what the operator wrote, and need not be one that can be asked.
	URL string
	// Began is since when it is written to, in POSIX seconds.
	Began int64
	// Final is nil while the log takes entries.
	Final *FinalTree
}

// A ShardList is what [OpenShardList] and [ParseShardList] return.
type ShardList struct {
	Version int64
	// Issued and Expires are POSIX seconds.
	Issued, Expires int64
	// Shards stand in the order in which they began; there is at least one.
	Shards []Shard
	text   string
}

// ShardListOptions say when a list is opened, and after which.
type ShardListOptions struct {
	// Now is the time at which the list must not have expired.
	Now time.Time
	// Before is the list that was seen last, or nil. Keep its String from run to run: an older list is
	// refused only by who has seen a newer one.
	Before *ShardList
}

// String returns the text of the list, which [ParseShardList] takes.
func (l *ShardList) String() string { return l.text }

// ShardToWrite returns the last shard that takes entries, or nil if all are frozen.
func (l *ShardList) ShardToWrite() *Shard {
	for i := len(l.Shards) - 1; i >= 0; i-- {
		if l.Shards[i].Final == nil {
			return &l.Shards[i]
		}
	}
	return nil
}

// OpenShardList verifies a list by the operator's key, which is of type 0x01. The error is an [OptionError]
// without a time, and else a [FormatError]: [CodeBadKey], [CodeMalformed], [CodeBadSignature],
// [CodeUntrusted], or [CodeStale] for a list that has expired or does not follow the one before.
func OpenShardList(note string, operator *VerifierKey, options ShardListOptions) (*ShardList, error) {
	if options.Now.IsZero() {
		return nil, &OptionError{"now", "expected the time"}
	}
	if operator == nil || operator.keyType != KeyTypeEd25519 {
		return nil, badKey("expected a key of type 1")
	}
	opened, err := OpenNote(note, []*VerifierKey{operator})
	if err != nil {
		return nil, err
	}
	list, err := ParseShardList(opened.Text)
	if err != nil {
		return nil, err
	}
	for _, shard := range list.Shards {
		if shard.Key.name == operator.name {
			return nil, badKey("expected a key of the operator, not of a shard")
		}
	}
	if options.Now.Unix() >= list.Expires {
		return nil, stale("the list of shards has expired")
	}
	if options.Before != nil && !list.follows(options.Before) {
		return nil, stale("the list of shards does not follow the one that was seen before")
	}
	return list, nil
}

func stale(message string) *FormatError { return &FormatError{CodeStale, message} }

func (l *ShardList) follows(before *ShardList) bool {
	if l.Version < before.Version || (l.Version == before.Version && l.text != before.text) {
		return false
	}
	now := make(map[string]Shard, len(l.Shards))
	for _, shard := range l.Shards {
		now[shard.Key.text] = shard
	}
	for _, shard := range before.Shards {
		same, isKept := now[shard.Key.text]
		if !isKept || same.Began != shard.Began {
			return false
		}
		if shard.Final != nil && (same.Final == nil || *same.Final != *shard.Final) {
			return false
		}
	}
	return true
}

// ShardList fetches the operator's list, which any of his logs serves, and opens it as [OpenShardList] does,
// at the time of this machine where the options have none.
func (c *LogClient) ShardList(
	ctx context.Context, operator *VerifierKey, options ShardListOptions,
) (*ShardList, error) {
	body, err := c.send(ctx, exchange{
		method:         http.MethodGet,
		path:           "/v1/log/shards",
		maxAnswerBytes: maxNoteBytes,
	})
	if err != nil {
		return nil, err
	}
	if options.Now.IsZero() {
		options.Now = time.Now()
	}
	return OpenShardList(string(body), operator, options)
}

// ParseShardList parses the text of a list, such as one that was kept. It trusts nothing. The error is a
// [FormatError] with [CodeMalformed].
func ParseShardList(text string) (*ShardList, error) {
	if len(text) > maxShardListBytes || !utf8.ValidString(text) {
		return nil, malformed(fmt.Sprintf("list of shards that is not UTF-8, or above %d bytes", maxShardListBytes))
	}
	body, isWhole := strings.CutSuffix(text, "\n")
	reader := shardReader{lines: strings.Split(body, "\n")}
	if !isWhole || reader.lines[0] != shardListHeader {
		return nil, malformed("expected " + shardListHeader + ", and a newline at the end")
	}
	reader.lines = reader.lines[1:]
	list := &ShardList{text: text}
	list.Version = reader.number("version")
	list.Issued = reader.number("issued")
	list.Expires = reader.number("expires")
	for {
		list.Shards = append(list.Shards, reader.shard())
		if reader.fault != "" || len(reader.lines) == 0 {
			break
		}
	}
	if reader.fault == "" {
		reader.fault = list.fault()
	}
	if reader.fault != "" {
		return nil, malformed("list of shards: " + reader.fault)
	}
	return list, nil
}

// shardReader takes lines away, and remembers what is wrong with the first that is not what it has to be.
type shardReader struct {
	lines []string
	fault string
}

func (r *shardReader) value(keyword string) string {
	var line string
	if len(r.lines) > 0 {
		line, r.lines = r.lines[0], r.lines[1:]
	}
	value, ok := strings.CutPrefix(line, keyword+" ")
	r.expect(ok, keyword)
	return value
}

func (r *shardReader) expect(ok bool, what string) {
	if !ok && r.fault == "" {
		r.fault = "expected " + what
	}
}

func (r *shardReader) number(keyword string) int64 {
	number, ok := parseDecimal(r.value(keyword))
	r.expect(ok, keyword)
	return number
}

func (r *shardReader) shard() (shard Shard) {
	key, bad := parseVerifierKey(r.value("shard"))
	if bad != nil || !key.keyType.isLog() {
		r.expect(false, "the key of a log")
		return shard
	}
	shard.Key = key
	shard.URL = r.value("url")
	r.expect(isShardURL(shard.URL), "an http or https URL to which paths can be appended")
	shard.Began = r.number("began")
	state := r.value("state")
	if state == "open" {
		return shard
	}
	items := strings.Split(state, " ")
	if len(items) != 3 || items[0] != "frozen" {
		r.expect(false, "open, or frozen <size> <root>")
		return shard
	}
	size, isSize := parseDecimal(items[1])
	root, isRoot := decodeHash(items[2])
	r.expect(isSize && isRoot, "a size and a root")
	shard.Final = &FinalTree{size, root}
	return shard
}

// isShardURL looks at characters only, so that no verdict hangs on a parser of URLs.
func isShardURL(url string) bool {
	rest, isHTTP := strings.CutPrefix(url, "http://")
	if !isHTTP {
		rest, isHTTP = strings.CutPrefix(url, "https://")
	}
	if !isHTTP || rest == "" || rest[0] == '/' || rest[len(rest)-1] == '/' {
		return false
	}
	for i := range len(rest) {
		if rest[i] < '!' || rest[i] > '~' || strings.IndexByte(`?#@\`, rest[i]) >= 0 {
			return false
		}
	}
	return true
}

// fault says what is wrong with the list as a whole, or "".
func (l *ShardList) fault() string {
	if l.Version < 1 || l.Expires <= l.Issued || len(l.Shards) > maxShards {
		return "no version, an end before its beginning, or too many shards"
	}
	seen := make(map[string]bool, 2*len(l.Shards))
	for i, shard := range l.Shards {
		if i > 0 && shard.Began < l.Shards[i-1].Began {
			return "shards that are not in the order in which they began"
		}
		for _, identity := range []string{"name " + shard.Key.name, "url " + shard.URL} {
			if seen[identity] {
				return "one origin or one URL twice"
			}
			seen[identity] = true
		}
	}
	return ""
}
