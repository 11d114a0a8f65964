package parser

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/covetgo/covet/internal/testkit"
)

// TestMutants for chunked bodies, from those of the casebook:
//
//	go test ./parser -run 'TestChunkMutants$' -mutants 10000000 -seed 7 -timeout 0

// A mutant must get the verdict of the model, in front of a page that cannot be read; and the same one, with the same
// data, in pieces.
func TestChunkMutants(t *testing.T) {
	m := &mutants{r: rand.New(rand.NewPCG(*mutantSeed, 1)), seeds: append(chunkedBodies(t), chunkSeeds...), pieces: chunkPieces}
	guard := testkit.NewGuarded(t, 4*mutantBytesMax).Last
	verdicts := map[Status]int{}
	var pieces [][]byte
	for range *mutantCount {
		input := m.next()
		data, n, st := decode(guard, input)
		compareWithModel(t, input, data, n, st)
		verdicts[st]++

		pieces = pieces[:0]
		for rest := input; len(rest) > 0; {
			cut := min(1+m.r.IntN(1+m.r.IntN(len(input))), len(rest)) // most are short
			pieces, rest = append(pieces, rest[:cut]), rest[cut:]
		}
		dataAgain, nAgain, stAgain := decode(guard, pieces...)
		if nAgain != n || stAgain != st || !bytes.Equal(data, dataAgain) {
			t.Fatalf("%q: whole: %d %v %q; as %q: %d %v %q", input, n, st, data, pieces, nAgain, stAgain, dataAgain)
		}
	}
	t.Logf("%d mutants of seed %d: %d complete, %d incomplete, %d reasons to refuse", *mutantCount, *mutantSeed,
		verdicts[OK], verdicts[NeedMore], len(verdicts)-2)
	if *mutantCount >= 20_000 && (verdicts[OK] < *mutantCount/20 || len(verdicts) < 15) {
		t.Errorf("the mutants do not reach far: %v", verdicts)
	}
}

// chunkSeeds are longer than the lessons of the casebook: chunks behind each other, at the edges of the limits.
var chunkSeeds = [][]byte{
	[]byte("5\r\nhello\r\n6;a=b\r\n world\r\n1;c=\"d;\\\"e\"\r\n!\r\n0\r\nX: y\r\nZ: \t w \r\n\r\nGET"),
	[]byte("1\r\na\r\n1\r\nb\r\n1\r\nc\r\n1\r\nd\r\n0;last\r\n\r\n"),
	[]byte("00000000000000A\r\n0123456789\r\n0a ; x = y ; z\r\n9876543210\r\n000\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"),
	[]byte("20;" + strings.Repeat("e", 37) + "\r\n" + strings.Repeat("d", 32) + "\r\n1;" + strings.Repeat("f", 39) + "\r\nx\r\n0\r\n" +
		"Long-Trailer: " + strings.Repeat("v", 60) + "\r\n\r\n"),
}

var chunkPieces = piecesOf("\r\n", "\r\n\r\n", "\r\n0\r\n\r\n", "0\r\n\r\n", "1\r\nx\r\n", "5\r\nhello\r\n", "\n\n", "\r\r", "\r\nx",
	"00000000", "FFFFFFFF", "7fffffffffffffff\r\n", "8000000000000000\r\n", "0x", "-1", ";a", ";a=b", "; a = \"b\"", ";a=\"", "\\\"", "\"\r\n",
	" ;", "\t;", ";;", "=b", "X: y\r\n", "X:\r\n", "X : y\r\n", " folded\r\n", "Content-Length: 5\r\n", strings.Repeat("a", 20),
	";"+strings.Repeat("a", 39)+"\r\n")
