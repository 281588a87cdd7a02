// Command reader reads a whole log, or a mirror of one, with filippo.io/torchwood, which verifies every entry
// and tile by the signed root. It prints how many entries there are and exits with 0, or says what is wrong and
// exits with 1.
//
//	reader -log <vkey> <url>
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	logKey := flag.String("log", "", "verifier key of the log")
	flag.Parse()
	if *logKey == "" || flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	count, err := readAll(context.Background(), flag.Arg(0), *logKey)
	if err != nil {
		fmt.Fprintln(os.Stderr, "reader:", err)
		os.Exit(1)
	}
	fmt.Println(count)
}

func readAll(ctx context.Context, url, logKey string) (int64, error) {
	verifier, err := note.NewVerifier(logKey)
	if err != nil {
		return 0, err
	}
	fetcher, err := torchwood.NewTileFetcher(url)
	if err != nil {
		return 0, err
	}
	signed, err := fetcher.ReadEndpoint(ctx, "checkpoint")
	if err != nil {
		return 0, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return 0, err
	}
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	if err != nil {
		return 0, err
	}
	client, err := torchwood.NewClient(fetcher)
	if err != nil {
		return 0, err
	}
	var count int64
	for index := range client.AllEntries(ctx, checkpoint.Tree, 0) {
		if index != count {
			return 0, fmt.Errorf("entry %d came after %d others", index, count)
		}
		count++
	}
	if err := client.Err(); err != nil {
		return 0, err
	}
	if count != checkpoint.N {
		return 0, fmt.Errorf("%d entries of a tree of %d", count, checkpoint.N)
	}
	return count, nil
}
