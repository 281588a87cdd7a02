// Azul goes through the steps of the witness test of github.com/cloudflare/azul
// (crates/integration_tests/tests/tlog_witness.rs) against a witness, in code that shares nothing with
// it: proofs of golang.org/x/mod, signatures of filippo.io/mldsa, and subtrees by the definitions of
// draft-ietf-plants-merkle-tree-certs, section 4.
//
// Usage: azul <URL of a fresh witness> <private key of its log>
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"filippo.io/mldsa"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var url string

func main() {
	url = os.Args[1]
	signer := must(note.NewSigner(os.Args[2]))
	origin := signer.Name()

	// 1. Metadata.
	meta := readMetadata(origin)
	key := mlDsaKey(meta.WitnessPublicKey)
	verifies := func(start, end int64, hash tlog.Hash, body string) {
		checkCosignature(meta.WitnessName, key, origin, start, end, hash, body)
	}

	// 2. and 3. The first checkpoint, and one with a consistency proof.
	log := &toyLog{}
	log.push("leaf 0")
	first := log.checkpoint(signer)
	verifies(0, 1, log.root(), expect("first", 200, addCheckpoint(0, nil, first)))
	log.push("leaf 1")
	expect("second", 200, addCheckpoint(1, log.consistency(1), log.checkpoint(signer)))

	// 4. A stale old size.
	log.push("leaf 2")
	log.push("leaf 3")
	stale := addCheckpoint(1, log.consistency(1), log.checkpoint(signer))
	if body := expect("stale", 409, stale); body != "2\n" || stale.contentType != "text/x.tlog.size" {
		fail("stale: %q as %q", body, stale.contentType)
	}

	// 5. to 7. Another origin, another key, the log's name and ID with garbage.
	one := &toyLog{}
	one.push("x")
	expect("unknown origin", 404, addCheckpoint(0, nil, one.checkpoint(newSigner("not.configured.example/log"))))
	expect("untrusted", 403, addCheckpoint(0, nil, one.checkpoint(newSigner(origin))))
	expect("garbage", 403, addCheckpoint(0, nil, one.checkpoint(garbage{signer})))

	// 8. to 10. A bad proof; an old size above the new one, of a tree that is none of the log's, which is not
	// looked at; no request.
	log.push("leaf 4")
	bogus := make([]tlog.Hash, len(log.consistency(2)))
	expect("bad proof", 422, addCheckpoint(2, bogus, log.checkpoint(signer)))
	expect("old above", 400, addCheckpoint(999, nil, one.checkpoint(signer)))
	expect("malformed", 400, post("add-checkpoint", "old 0\n"))

	// 11. A subtree of a cosigned checkpoint; here all of them.
	checkpoint := log.checkpoint(signer)
	lines := expect("size 5", 200, addCheckpoint(2, log.consistency(2), checkpoint))
	verifies(0, 5, log.root(), lines)
	cosigned := checkpoint + lines
	subtrees := 0
	for start := int64(0); start < 5; start++ {
		for end := start + 1; end <= 5; end++ {
			hash, proof := log.hash(start, end), log.subproof(start, end, 0, 5, true)
			answer := signSubtree(start, end, hash, proof, cosigned)
			if !isSubtree(start, end) {
				expect("no subtree", 400, answer)
				continue
			}
			verifies(start, end, hash, expect("subtree", 200, answer))
			subtrees++
		}
	}

	// 12. and 13. A checkpoint that is not cosigned, and a subtree beyond the tree.
	other := &toyLog{}
	other.push("a")
	other.push("b")
	expect("not cosigned", 403, signSubtree(0, 1, other.hash(0, 1), other.subproof(0, 1, 0, 2, true), other.checkpoint(signer)))
	expect("beyond", 400, signSubtree(0, 6, tlog.Hash{}, nil, cosigned))
	expect("bad subtree proof", 422, signSubtree(0, 4, log.hash(0, 4), nil, cosigned))

	fmt.Printf(`{"subtrees": %d}`+"\n", subtrees)
}

type metadata struct {
	WitnessName      string `json:"witness_name"`
	WitnessPublicKey []byte `json:"witness_public_key"`
	SubmissionPrefix string `json:"submission_prefix"`
	MonitoringPrefix string `json:"monitoring_prefix"`
	Logs             []struct {
		Origin        string   `json:"origin"`
		LogPublicKeys [][]byte `json:"log_public_keys"`
	} `json:"logs"`
}

func readMetadata(origin string) metadata {
	response := must(http.Get(url + "/metadata"))
	defer response.Body.Close()
	var meta metadata
	check(json.NewDecoder(response.Body).Decode(&meta))
	if response.StatusCode != 200 || !strings.HasPrefix(meta.SubmissionPrefix, "http") {
		fail("metadata: %d %+v", response.StatusCode, meta)
	}
	for _, log := range meta.Logs {
		if log.Origin == origin && len(log.LogPublicKeys) == 1 {
			return meta
		}
	}
	fail("metadata does not list %s", origin)
	return meta
}

// The SubjectPublicKeyInfo of an ML-DSA-44 key ends in its 1,312 bytes.
func mlDsaKey(spki []byte) *mldsa.PublicKey {
	oid := []byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11}
	if len(spki) != 22+1312 || !bytes.Equal(spki[8:17], oid) {
		fail("not an ML-DSA-44 key: %x", spki[:22])
	}
	return must(mldsa.NewPublicKey(mldsa.MLDSA44(), spki[22:]))
}

// At least one line must be an ML-DSA-44 cosignature of the subtree; one by sign-subtree has time 0.
func checkCosignature(name string, key *mldsa.PublicKey, origin string, start, end int64, hash tlog.Hash, body string) {
	for _, line := range strings.SplitAfter(strings.TrimSuffix(body, "\n"), "\n") {
		parts := strings.Fields(line)
		blob := must(base64.StdEncoding.DecodeString(parts[2]))
		if len(blob) != 4+8+2420 || parts[1] != name {
			continue
		}
		message := append([]byte("subtree/v1\n\x00"), byte(len(name)))
		message = append(append(message, name...), blob[4:12]...)
		message = append(append(message, byte(len(origin))), origin...)
		message = binary.BigEndian.AppendUint64(message, uint64(start))
		message = binary.BigEndian.AppendUint64(message, uint64(end))
		check(mldsa.Verify(key, append(message, hash[:]...), blob[12:], nil))
		return
	}
	fail("no ML-DSA-44 cosignature in %q", body)
}

type toyLog struct {
	leaves []tlog.Hash
	stored []tlog.Hash
}

func (l *toyLog) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indexes {
		hashes = append(hashes, l.stored[index])
	}
	return hashes, nil
}

func (l *toyLog) push(entry string) {
	l.stored = append(l.stored, must(tlog.StoredHashes(int64(len(l.leaves)), []byte(entry), l))...)
	l.leaves = append(l.leaves, tlog.RecordHash([]byte(entry)))
}

func (l *toyLog) root() tlog.Hash {
	return must(tlog.TreeHash(int64(len(l.leaves)), l))
}

func (l *toyLog) consistency(old int64) []tlog.Hash {
	return must(tlog.ProveTree(int64(len(l.leaves)), old, l))
}

func (l *toyLog) checkpoint(signer note.Signer) string {
	text := fmt.Sprintf("%s\n%d\n%s\n", signer.Name(), len(l.leaves), l.root())
	return string(must(note.Sign(&note.Note{Text: text}, signer)))
}

// MTH(D[start:end]) of RFC 9162, section 2.1.1.
func (l *toyLog) hash(start, end int64) tlog.Hash {
	if end-start == 1 {
		return l.leaves[start]
	}
	middle := start + split(end-start)
	return tlog.NodeHash(l.hash(start, middle), l.hash(middle, end))
}

// SUBTREE_SUBPROOF of the draft, section 4.4.1, by absolute indices.
func (l *toyLog) subproof(start, end, low, high int64, known bool) []tlog.Hash {
	if start == low && end == high {
		if known {
			return nil
		}
		return []tlog.Hash{l.hash(low, high)}
	}
	if high-low < 2 {
		return nil // no subtree: a witness has to say so
	}
	middle := low + split(high-low)
	switch {
	case end <= middle:
		return append(l.subproof(start, end, low, middle, known), l.hash(middle, high))
	case middle <= start:
		return append(l.subproof(start, end, middle, high, known), l.hash(low, middle))
	default:
		return append(l.subproof(middle, end, middle, high, false), l.hash(low, middle))
	}
}

func isSubtree(start, end int64) bool {
	width := int64(1)
	for width < end-start {
		width *= 2
	}
	return start%width == 0
}

func split(count int64) int64 {
	power := int64(1)
	for power*2 < count {
		power *= 2
	}
	return power
}

func newSigner(name string) note.Signer {
	private, _, err := note.GenerateKey(rand.Reader, name)
	check(err)
	return must(note.NewSigner(private))
}

// A signer whose signatures are zeros.
type garbage struct{ note.Signer }

func (garbage) Sign([]byte) ([]byte, error) { return make([]byte, ed25519.SignatureSize), nil }

type answer struct {
	status      int
	contentType string
	body        string
}

func post(path, body string) answer {
	response := must(http.Post(url+"/"+path, "text/plain; charset=utf-8", strings.NewReader(body)))
	defer response.Body.Close()
	text := must(io.ReadAll(response.Body))
	return answer{response.StatusCode, response.Header.Get("Content-Type"), string(text)}
}

func addCheckpoint(old int64, proof []tlog.Hash, checkpoint string) answer {
	return post("add-checkpoint", fmt.Sprintf("old %d\n%s\n%s", old, lines(proof), checkpoint))
}

func signSubtree(start, end int64, hash tlog.Hash, proof []tlog.Hash, checkpoint string) answer {
	return post("sign-subtree", fmt.Sprintf("subtree %d %d\n%s\n%s\n%s", start, end, hash, lines(proof), checkpoint))
}

func lines(hashes []tlog.Hash) string {
	var text strings.Builder
	for _, hash := range hashes {
		fmt.Fprintf(&text, "%s\n", hash)
	}
	return text.String()
}

func expect(step string, status int, got answer) string {
	if got.status != status {
		fail("%s: expected %d, got %d %q", step, status, got.status, got.body)
	}
	return got.body
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}
