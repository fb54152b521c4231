// Checklog reads a registry's log over HTTP with Go's golang.org/x/mod/sumdb, which the registry did not write, and checks the note, the
// tiles, the entries, inclusion and consistency, and the proofs the registry itself gives out.
//
//	checklog URL VKEY [SIZE:ROOT ...]
//
// Each SIZE:ROOT is an earlier tree that must be the beginning of this one. Prints "ok SIZE ROOT", or what is wrong and exits with 1.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var url string

func fail(format string, args ...interface{}) {
	fmt.Printf(format+"\n", args...)
	os.Exit(1)
}

func get(path string) []byte {
	answer, err := http.Get(url + path)
	if err != nil {
		fail("%v", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 {
		fail("%s: %s %v", path, answer.Status, err)
	}
	return body
}

// number writes an index of a tile as the paths of tlog-tiles do.
func number(n int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	return path
}

func partial(width int) string {
	if width == 256 {
		return ""
	}
	return fmt.Sprintf(".p/%d", width)
}

type tiles struct{}

func (tiles) Height() int { return 8 }

func (tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, t := range wanted {
		bytes := get(fmt.Sprintf("/log/tile/%d/%s%s", t.L, number(t.N), partial(t.W)))
		if len(bytes) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %v has %d bytes", t, len(bytes))
		}
		data = append(data, bytes)
	}
	return data, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// entries reads the bundle an entry is in.
func entries(index, size int64) [][]byte {
	bundle := index / 256
	width := size - bundle*256
	if width > 256 {
		width = 256
	}
	bytes := get("/log/tile/entries/" + number(bundle) + partial(int(width)))
	var leaves [][]byte
	for len(bytes) > 0 {
		if len(bytes) < 2 || len(bytes) < 2+int(binary.BigEndian.Uint16(bytes)) {
			fail("bundle %d is cut off", bundle)
		}
		n := int(binary.BigEndian.Uint16(bytes))
		leaves = append(leaves, bytes[2:2+n])
		bytes = bytes[2+n:]
	}
	if int64(len(leaves)) != width {
		fail("bundle %d holds %d entries instead of %d", bundle, len(leaves), width)
	}
	return leaves
}

func parseHash(text string) tlog.Hash {
	hash, err := tlog.ParseHash(text)
	if err != nil {
		fail("%v", err)
	}
	return hash
}

func main() {
	url = os.Args[1]
	verifier, err := note.NewVerifier(os.Args[2])
	if err != nil {
		fail("%v", err)
	}
	opened, err := note.Open(get("/log/checkpoint"), note.VerifierList(verifier))
	if err != nil {
		fail("checkpoint: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || lines[0] != verifier.Name() || len(lines) != 4 {
		fail("checkpoint text: %q", opened.Text)
	}
	root := parseHash(lines[2])
	if size == 0 {
		if base64.StdEncoding.EncodeToString(root[:]) != "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" {
			fail("the root of nothing is wrong")
		}
		fmt.Printf("ok 0 %s\n", lines[2])
		return
	}

	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles{})
	for _, index := range []int64{0, 1, 254, 255, 256, 257, 511, 65535, 65536, 65537, size / 2, size - 2, size - 1} {
		if index < 0 || index >= size {
			continue
		}
		leaf := tlog.RecordHash(entries(index, size)[index%256])
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil || hashes[0] != leaf {
			fail("entry %d is not under the checkpoint: %v", index, err)
		}
		proof, err := tlog.ProveRecord(size, index, reader)
		if err != nil {
			fail("entry %d: %v", index, err)
		}
		if err := tlog.CheckRecord(proof, size, root, index, leaf); err != nil {
			fail("entry %d: %v", index, err)
		}
		checkOwnProof(verifier, index, leaf)
	}
	for _, old := range os.Args[3:] {
		parts := strings.SplitN(old, ":", 2)
		n, _ := strconv.ParseInt(parts[0], 10, 64)
		if n == 0 {
			continue
		}
		proof, err := tlog.ProveTree(size, n, reader)
		if err != nil {
			fail("from %d: %v", n, err)
		}
		if err := tlog.CheckTree(proof, size, root, n, parseHash(parts[1])); err != nil {
			fail("from %d: %v", n, err)
		}
		var answer struct{ Hashes []string }
		if err := json.Unmarshal(get(fmt.Sprintf("/v1/log/consistency?from=%d&to=%d", n, size)), &answer); err != nil {
			fail("%v", err)
		}
		var given tlog.TreeProof
		for _, hash := range answer.Hashes {
			given = append(given, parseHash(hash))
		}
		if err := tlog.CheckTree(given, size, root, n, parseHash(parts[1])); n < size && err != nil {
			fail("the registry's own consistency proof from %d: %v", n, err)
		}
	}
	fmt.Printf("ok %d %s\n", size, lines[2])
}

// checkOwnProof checks the proof of one entry that the registry gives out as a text of its own.
func checkOwnProof(verifier note.Verifier, index int64, leaf tlog.Hash) {
	text := string(get(fmt.Sprintf("/v1/log/%d/proof", index)))
	head, signed := text[:strings.Index(text, "\n\n")], text[strings.Index(text, "\n\n")+2:]
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") || lines[2] != fmt.Sprintf("index %d", index) {
		fail("the proof of entry %d begins %q", index, lines[:3])
	}
	extra, err := base64.StdEncoding.DecodeString(lines[1][6:])
	if err != nil || tlog.RecordHash(extra) != leaf {
		fail("the proof of entry %d holds another entry", index)
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		proof = append(proof, parseHash(line))
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		fail("the proof of entry %d: %v", index, err)
	}
	parts := strings.Split(opened.Text, "\n")
	size, _ := strconv.ParseInt(parts[1], 10, 64)
	if err := tlog.CheckRecord(proof, size, parseHash(parts[2]), index, leaf); err != nil {
		fail("the proof of entry %d: %v", index, err)
	}
}
