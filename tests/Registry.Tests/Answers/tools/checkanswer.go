// Checkanswer verifies the proofs of a signed answer with Go's golang.org/x/mod/sumdb, which the registry did not write.
//
//	checkanswer FILE VKEY
//
// Each proof is a text of C2SP tlog-proof: the leaf as extra data, its index, its hashes, the checkpoint. Prints "ok PROOFS of SIZE", or what
// is wrong and exits with 1.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, args ...interface{}) {
	fmt.Printf(format+"\n", args...)
	os.Exit(1)
}

func main() {
	bytes, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail("%v", err)
	}
	var file struct {
		Proofs []string
	}
	if err := json.Unmarshal(bytes, &file); err != nil {
		fail("%v", err)
	}
	verifier, err := note.NewVerifier(os.Args[2])
	if err != nil {
		fail("%v", err)
	}
	var size int64
	for _, proof := range file.Proofs {
		parts := strings.SplitN(proof, "\n\n", 2)
		lines := strings.Split(parts[0], "\n")
		if lines[0] != "c2sp.org/tlog-proof@v1" {
			fail("%s is no proof", lines[0])
		}
		leaf, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
		if err != nil {
			fail("%v", err)
		}
		index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
		if err != nil {
			fail("%v", err)
		}
		var hashes tlog.RecordProof
		for _, line := range lines[3:] {
			hash, err := tlog.ParseHash(line)
			if err != nil {
				fail("%v", err)
			}
			hashes = append(hashes, hash)
		}
		signed, err := note.Open([]byte(parts[1]), note.VerifierList(verifier))
		if err != nil {
			fail("%v", err)
		}
		tree, err := tlog.ParseTree([]byte(strings.Join(append([]string{"go.sum database tree"}, strings.Split(signed.Text, "\n")[1:]...), "\n")))
		if err != nil {
			fail("%v", err)
		}
		if err := tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(leaf)); err != nil {
			fail("entry %d: %v", index, err)
		}
		size = tree.N
	}
	fmt.Printf("ok %d of %d\n", len(file.Proofs), size)
}
