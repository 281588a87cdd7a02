package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight  = 8
	tileWidth   = 1 << tileHeight
	entryLevel  = -1
	maxResponse = 32 << 20
)

// server is the log over HTTP. It is a tlog.TileReader: what it reads is suspect until SaveTiles.
type server struct {
	url    string
	client *http.Client
	tiles  map[tlog.Tile][]byte
}

func newServer(url string) *server {
	return &server{
		url:    strings.TrimSuffix(url, "/"),
		client: &http.Client{Timeout: 30 * time.Second},
		tiles:  map[tlog.Tile][]byte{},
	}
}

// get fetches a path. Go's client asks for gzip, and undoes it, by itself.
func (s *server) get(path, accept string) ([]byte, error) {
	request, err := http.NewRequest(http.MethodGet, s.url+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxResponse))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET /%s: %s: %s", path, response.Status, body)
	}
	return body, nil
}

// tilePath is the path of C2SP tlog-tiles: x/mod's own without the height, `entries` for `data`.
func tilePath(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
	return strings.Replace(path, "tile/data/", "tile/entries/", 1)
}

func (s *server) Height() int { return tileHeight }

func (s *server) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		if saved, ok := s.tiles[tile]; ok {
			data[i] = saved
			continue
		}
		read, err := s.get(tilePath(tile), "")
		if err != nil {
			return nil, err
		}
		if len(read) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", tilePath(tile), len(read))
		}
		data[i] = read
	}
	return data, nil
}

func (s *server) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, tile := range tiles {
		s.tiles[tile] = data[i]
	}
}

// entries reads every entry of a tree of size leaves.
func (s *server) entries(size int64) ([][]byte, error) {
	var all [][]byte
	for first := int64(0); first < size; first += tileWidth {
		tile := tlog.Tile{
			H: tileHeight,
			L: entryLevel,
			N: first / tileWidth,
			W: int(min(tileWidth, size-first)),
		}
		bundle, err := s.get(tilePath(tile), "")
		if err != nil {
			return nil, err
		}
		read, err := splitBundle(bundle)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", tilePath(tile), err)
		}
		if len(read) != tile.W {
			return nil, fmt.Errorf("%s has %d entries", tilePath(tile), len(read))
		}
		all = append(all, read...)
	}
	return all, nil
}

// splitBundle reads entries that each have a big-endian 16-bit length before them.
func splitBundle(bundle []byte) ([][]byte, error) {
	var entries [][]byte
	for len(bundle) > 0 {
		if len(bundle) < 2 {
			return nil, io.ErrUnexpectedEOF
		}
		length := int(binary.BigEndian.Uint16(bundle))
		bundle = bundle[2:]
		if len(bundle) < length {
			return nil, io.ErrUnexpectedEOF
		}
		entries = append(entries, bundle[:length])
		bundle = bundle[length:]
	}
	return entries, nil
}
