package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// allIndices is the size up to which every index is checked through tiles.
const allIndices = 1024

// checker verifies one checkpoint's tree. rebuild comes first and fills entries and stored.
type checker struct {
	server  *server
	keys    *keyring
	tree    tlog.Tree
	samples int
	entries [][]byte
	// stored are the hashes of a tree that was built here from the entries, in tlog's order.
	stored []tlog.Hash
	counts summary
}

var errForgeryAccepted = errors.New("a forgery was accepted")

// refused counts a forgery that was refused, which is what an error means here.
func (c *checker) refused(err error) error {
	if err == nil {
		return errForgeryAccepted
	}
	c.counts.ForgeriesRefused++
	return nil
}

func (c *checker) readStored(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(c.stored)) {
			return nil, fmt.Errorf("no hash is stored at %d", index)
		}
		hashes[i] = c.stored[index]
	}
	return hashes, nil
}

// rebuild builds the tree from all entries and compares its root and every tile with the log's.
func (c *checker) rebuild() error {
	var err error
	if c.entries, err = c.server.entries(c.tree.N); err != nil {
		return err
	}
	reader := tlog.HashReaderFunc(c.readStored)
	for n, entry := range c.entries {
		hashes, err := tlog.StoredHashes(int64(n), entry, reader)
		if err != nil {
			return err
		}
		c.stored = append(c.stored, hashes...)
	}
	c.counts.Entries = len(c.entries)
	root, err := tlog.TreeHash(c.tree.N, reader)
	if err != nil {
		return err
	}
	if root != c.tree.Hash {
		return fmt.Errorf("root is %v, the checkpoint says %v", root, c.tree.Hash)
	}
	for _, tile := range tlog.NewTiles(tileHeight, 0, c.tree.N) {
		built, err := tlog.ReadTileData(tile, reader)
		if err != nil {
			return err
		}
		served, err := c.server.get(tilePath(tile), "")
		if err != nil {
			return err
		}
		if !bytes.Equal(built, served) {
			return fmt.Errorf("%s is not the tile of its entries", tilePath(tile))
		}
		c.counts.Tiles++
	}
	return nil
}

// sampled are at most about `most` indices below size: the borders of tiles, and evenly between.
func sampled(size int64, most int) []int64 {
	var indices []int64
	if size <= int64(most) {
		for i := int64(0); i < size; i++ {
			indices = append(indices, i)
		}
		return indices
	}
	for _, border := range []int64{0, tileWidth, 2 * tileWidth, tileWidth * tileWidth, size} {
		indices = append(indices, border-1, border, border+1)
	}
	for i := int64(0); i < int64(most); i++ {
		indices = append(indices, i*size/int64(most))
	}
	indices = slices.DeleteFunc(indices, func(i int64) bool { return i < 0 || i >= size })
	slices.Sort(indices)
	return slices.Compact(indices)
}

// inclusion proves entries with tiles that tlog authenticates, and refuses forged ones.
func (c *checker) inclusion() error {
	reader := tlog.TileHashReader(c.tree, c.server)
	most := c.samples
	if c.tree.N <= allIndices {
		most = allIndices
	}
	for _, index := range sampled(c.tree.N, most) {
		proof, err := tlog.ProveRecord(c.tree.N, index, reader)
		if err != nil {
			return err
		}
		if err := c.checkRecord(proof, c.tree, index); err != nil {
			return err
		}
		c.counts.Inclusion++
	}
	c.counts.TilesAuthenticated = len(c.server.tiles)
	return nil
}

// checkRecord checks a proof with the entry itself, with a changed entry and at another index.
func (c *checker) checkRecord(proof tlog.RecordProof, tree tlog.Tree, index int64) error {
	entry := c.entries[index]
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return fmt.Errorf("entry %d of %d: %w", index, tree.N, err)
	}
	changed := append(bytes.Clone(entry), 0)
	err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(changed))
	if err := c.refused(err); err != nil {
		return fmt.Errorf("entry %d, changed: %w", index, err)
	}
	if tree.N == 1 {
		return nil
	}
	elsewhere := (index + 1) % tree.N
	err = tlog.CheckRecord(proof, tree.N, tree.Hash, elsewhere, tlog.RecordHash(entry))
	if err := c.refused(err); err != nil {
		return fmt.Errorf("entry %d at %d: %w", index, elsewhere, err)
	}
	return nil
}

// sizes are tree sizes around every border up to the log's own.
func (c *checker) sizes() []int64 {
	n := c.tree.N
	sizes := []int64{1, 2, 3, 7, 8, n / 3, n / 2, n - 1, n}
	for _, border := range []int64{tileWidth, 2 * tileWidth, tileWidth * tileWidth} {
		sizes = append(sizes, border-1, border, border+1)
	}
	sizes = slices.DeleteFunc(sizes, func(size int64) bool { return size < 1 || size > n })
	slices.Sort(sizes)
	return slices.Compact(sizes)
}

// rebuiltRoot is the root of the first size entries.
func (c *checker) rebuiltRoot(size int64) (tlog.Hash, error) {
	return tlog.TreeHash(size, tlog.HashReaderFunc(c.readStored))
}

// consistency proves that every smaller tree is a prefix of the log's, and refuses another root.
func (c *checker) consistency() error {
	reader := tlog.TileHashReader(c.tree, c.server)
	for _, size := range c.sizes() {
		proof, err := tlog.ProveTree(c.tree.N, size, reader)
		if err != nil {
			return err
		}
		if err := c.checkTree(proof, c.tree, size); err != nil {
			return err
		}
		c.counts.Consistency++
	}
	return nil
}

// checkTree checks a proof against the rebuilt root of the smaller tree, and against a wrong one.
func (c *checker) checkTree(proof tlog.TreeProof, newer tlog.Tree, size int64) error {
	root, err := c.rebuiltRoot(size)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, newer.N, newer.Hash, size, root); err != nil {
		return fmt.Errorf("from %d to %d: %w", size, newer.N, err)
	}
	root[0] ^= 1
	if err := c.refused(tlog.CheckTree(proof, newer.N, newer.Hash, size, root)); err != nil {
		return fmt.Errorf("from %d to %d with another root: %w", size, newer.N, err)
	}
	return nil
}
