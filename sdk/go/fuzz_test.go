package tecp

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
)

// seed adds the requests of the repository's vectors that have this operation, as add reads them.
func seed(f *testing.F, op string, add func(member func(name string) []byte)) {
	f.Helper()
	paths, err := filepath.Glob("../vectors/*.vectors.json")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no vectors: %v", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		var file struct {
			Cases []struct {
				Request map[string]json.RawMessage `json:"request"`
			} `json:"cases"`
		}
		if err := json.Unmarshal(text, &file); err != nil {
			f.Fatal(err)
		}
		for _, c := range file.Cases {
			var name string
			if err := json.Unmarshal(c.Request["op"], &name); err != nil || name != op {
				continue
			}
			add(func(name string) []byte {
				var content []byte
				// What is no base64 is a seed without content.
				_ = json.Unmarshal(c.Request[name], &content)
				return content
			})
		}
	}
}

// maxSeed keeps large seeds out, which the fuzzer would do little else than copy.
const maxSeed = 16 << 10

func FuzzReceipt(f *testing.F) {
	seed(f, "verify", func(member func(string) []byte) {
		if receipt := member("receipt"); len(receipt) <= maxSeed {
			f.Add(receipt)
		}
	})
	f.Fuzz(func(t *testing.T, text []byte) {
		verdict, err := VerifyReceipt(text, VerifyOptions{Now: time.UnixMilli(1753000000000)})
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := ParseReceipt(text)
		if err != nil {
			var bad *ReceiptError
			if !errors.As(err, &bad) || len(verdict.Errors) != 1 || verdict.Errors[0].Code != bad.Code {
				t.Fatalf("%v, and %+v", err, verdict)
			}
			return
		}
		if !bytes.Equal(mustEncode(t, receipt), text) {
			t.Fatal("encoded in another way")
		}
		ofValue, err := VerifyReceiptValue(receipt.Members(), VerifyOptions{Now: time.UnixMilli(1753000000000)})
		if err != nil {
			t.Fatal(err)
		}
		want, _ := json.Marshal(verdict)
		if got, _ := json.Marshal(ofValue); !bytes.Equal(got, want) {
			t.Fatalf("bytes %s, value %s", want, got)
		}
	})
}

func FuzzKey(f *testing.F) {
	f.Add("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
	seed(f, "policy", func(member func(string) []byte) {
		for _, item := range bytes.Fields(member("policy")) {
			if bytes.Count(item, []byte("+")) >= 2 {
				f.Add(string(item))
			}
		}
	})
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ParseVerifierKey(text)
		if err != nil {
			if formatCode(err) != CodeBadKey {
				t.Fatal(err)
			}
			return
		}
		if key.String() != text {
			t.Fatalf("%q is written as %q", text, key)
		}
	})
}

// notesKeys are those by which most of the notes of the vectors are signed.
func notesKeys(f *testing.F) *Policy {
	f.Helper()
	policy, err := ParsePolicy(workedExample(f, "policy") + "\n")
	if err != nil {
		f.Fatal(err)
	}
	return policy
}

func FuzzNote(f *testing.F) {
	policy := notesKeys(f)
	log := LogIdentity{Origin: "log.example/2025", Keys: []*VerifierKey{policy.Logs()[0].Key}}
	for _, witness := range policy.Witnesses() {
		log.Witnesses = append(log.Witnesses, witness.Key)
	}
	for _, op := range []string{"note", "checkpoint"} {
		seed(f, op, func(member func(string) []byte) {
			if note := member("note"); len(note) <= maxSeed {
				f.Add(string(note))
			}
		})
	}
	f.Fuzz(func(t *testing.T, text string) {
		note, noteErr := OpenNote(text, log.Keys)
		checkpoint, checkpointErr := OpenCheckpoint(text, log)
		for _, err := range []error{noteErr, checkpointErr} {
			if err != nil && formatCode(err) == "" {
				t.Fatal(err)
			}
		}
		// A checkpoint is a note, and signed as one.
		if checkpointErr == nil && (noteErr != nil || note.Text == "" || len(checkpoint.Verified) == 0) {
			t.Fatalf("%v, %+v", noteErr, checkpoint)
		}
	})
}

func FuzzPolicy(f *testing.F) {
	seed(f, "policy", func(member func(string) []byte) {
		if policy := member("policy"); len(policy) <= maxSeed {
			f.Add(string(policy))
		}
	})
	f.Fuzz(func(t *testing.T, text string) {
		policy, err := ParsePolicy(text)
		if err != nil {
			if formatCode(err) != CodeMalformed {
				t.Fatal(err)
			}
			return
		}
		all := map[string]int64{}
		for _, witness := range policy.Witnesses() {
			all[witness.Name] = 1
		}
		if _, met := policy.quorumTime(all); !met {
			t.Fatal("a quorum that all witnesses together do not meet")
		}
		if _, met := policy.quorumTime(nil); met != (policy.Quorum() == noQuorum) {
			t.Fatal("a quorum that nobody meets")
		}
	})
}

func FuzzProof(f *testing.F) {
	policy := notesKeys(f)
	leaf := LeafHash([]byte(workedExample(f, "entry")))
	seed(f, "proof", func(member func(string) []byte) {
		if proof := member("proof"); len(proof) <= maxSeed {
			f.Add(string(proof))
		}
	})
	f.Add(workedExample(f, "proof") + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		inclusion, err := VerifyProof(text, leaf, policy)
		if err != nil {
			if formatCode(err) == "" {
				t.Fatal(err)
			}
			return
		}
		if inclusion.Index >= inclusion.TreeSize || inclusion.QuorumMet == inclusion.LoggedAt.IsZero() {
			t.Fatalf("%+v", inclusion)
		}
	})
}

// FuzzLogAnswer holds that whatever a log says of a receipt is a result or a RemoteError that can be shown.
func FuzzLogAnswer(f *testing.F) {
	receipt := mustCreate(f, exampleParams(f))
	leafHash, err := ReceiptLeafHash(receipt)
	if err != nil {
		f.Fatal(err)
	}
	client, err := NewLogClient("http://log.example", LogClientOptions{})
	if err != nil {
		f.Fatal(err)
	}
	for _, answer := range []string{
		`{"status":200,"leaf_index":7,"leaf_hash":"` + leafHash.String() + `","duplicate":true,"proof":"p","warnings":[{"code":"W-TS-002"}]}`,
		`{"status":503,"code":"proof-pending","detail":"a\u009b","field":null}`, `{"status":65536}`, `null`, `[]`, "",
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		result := client.readResult(line, receipt)
		if result.Err == nil {
			if result.Submitted.LeafHash != leafHash || !isSize(result.Submitted.Index) {
				t.Fatalf("%+v", result.Submitted)
			}
			return
		}
		if message := remoteOf(t, result.Err).Error(); strings.ContainsFunc(message, unicode.IsControl) {
			t.Fatalf("%q", message)
		}
	})
}
