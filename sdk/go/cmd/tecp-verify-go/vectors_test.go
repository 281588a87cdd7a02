package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

type vectorFile struct {
	Cases []struct {
		Name    string          `json:"name"`
		Request json.RawMessage `json:"request"`
		Answer  json.RawMessage `json:"answer"`
	} `json:"cases"`
}

// vectorFiles are the vectors of the repository (sdk/vectors/README.md).
func vectorFiles(t testing.TB) map[string]vectorFile {
	t.Helper()
	var paths []string
	for _, pattern := range []string{"*.vectors.json", "optional/*.vectors.json"} {
		found, err := filepath.Glob(filepath.Join("../../../vectors", pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no vectors: %v", err)
		}
		paths = append(paths, found...)
	}
	files := make(map[string]vectorFile, len(paths))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var file vectorFile
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		files[filepath.Base(path)] = file
	}
	return files
}

func TestAnswersAllVectorsAsTheyAreWrittenDown(t *testing.T) {
	for name, file := range vectorFiles(t) {
		t.Run(name, func(t *testing.T) {
			if len(file.Cases) == 0 {
				t.Fatal("no cases")
			}
			for _, c := range file.Cases {
				expected, ok := parseRequest(c.Answer)
				if !ok {
					t.Fatalf("%s: an answer that is no object", c.Name)
				}
				want, err := encode(expected.members)
				if err != nil {
					t.Fatal(err)
				}
				got, err := encode(answerTo(c.Request))
				if err != nil {
					t.Fatal(err)
				}
				if string(got) != string(want) {
					t.Errorf("%s:\n got %.400s\nwant %.400s", c.Name, got, want)
				}
			}
		})
	}
}
