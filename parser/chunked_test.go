package parser

import (
	"bytes"
	"math"
	"testing"
)

// Data is handed out as views of the caller's buffer, in pieces as large as the buffer holds, without copying.
func TestChunkedIsZeroCopy(t *testing.T) {
	payload := bytes.Repeat([]byte("d"), 64<<10)
	buf := append([]byte("10000\r\n"), payload...)
	lim := DefaultChunkLimits()
	var d Chunked
	data, n, st := d.Next(buf, &lim)
	if st != ChunkData || n != len(buf) || len(data) != len(payload) || &data[0] != &buf[len("10000\r\n")] || cap(data) != len(data) {
		t.Errorf("%v, %d consumed, %d bytes of data", st, n, len(data))
	}
	if d.Declared() != int64(len(payload)) {
		t.Error("declared", d.Declared())
	}
	if _, n, st := d.Next(nil, &lim); n != 0 || st != NeedMore {
		t.Error("an empty buffer gives", n, st)
	}
	if _, n, st := d.Next([]byte("\r\n0\r\n\r\nnext"), &lim); n != 7 || st != OK {
		t.Error("the end gives", n, st)
	}
	if _, n, st := d.Next([]byte("next"), &lim); n != 0 || st != OK {
		t.Error("behind the end gives", n, st)
	}
}

// Ten thousand chunks of one byte: each call consumes a chunk's framing and its byte, so there are as many calls as
// chunks, and no byte is given twice.
func TestChunkedManySmall(t *testing.T) {
	const chunks = 10_000
	input := append(bytes.Repeat([]byte("1\r\nx\r\n"), chunks), "0\r\n\r\n"...)
	lim := DefaultChunkLimits()
	var d Chunked
	total, calls := 0, 0
	for {
		data, n, st := d.Next(input, &lim)
		total, calls, input = total+len(data), calls+1, input[n:]
		if st == OK {
			break
		}
		if st != ChunkData || n == 0 {
			t.Fatal(n, st)
		}
	}
	if total != chunks || calls != chunks+1 || len(input) != 0 || d.Declared() != chunks {
		t.Errorf("%d bytes in %d calls, %d left", total, calls, len(input))
	}
}

// The sum of sizes overflows where no input could be long enough to get there.
func TestChunkedSum(t *testing.T) {
	lim := DefaultChunkLimits()
	for room, want := range map[int64]Status{5: ChunkData, 4: ChunkSizeTooLong} {
		d := Chunked{declared: math.MaxInt64 - room}
		if _, _, st := d.Next([]byte("5\r\nhello"), &lim); st != want {
			t.Errorf("with room for %d: %v", room, st)
		}
	}
}

// On an error n is where it is.
func TestChunkedErrorPosition(t *testing.T) {
	lim := DefaultChunkLimits()
	for input, want := range map[string]int{"5\r\nhelloX": 8, "x": 0, "5;a=\x01": 4, "0\r\nX: y\x00": 7} {
		var d Chunked
		rest, at := []byte(input), 0
		for {
			_, n, st := d.Next(rest, &lim)
			rest, at = rest[n:], at+n
			if st.IsError() {
				break
			}
			if st != ChunkData {
				t.Fatalf("%q: %v", input, st)
			}
		}
		if at != want {
			t.Errorf("%q is refused at %d, want %d", input, at, want)
		}
	}
}
