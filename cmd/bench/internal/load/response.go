package load

// The response parser: incremental, so that a response may arrive in any number
// of pieces, and complete in what it needs to find the end of a response (RFC
// 9112 §6.3). It keeps no bytes but an unfinished line; the body is compared
// with the wanted one as it passes.
//
//	status line ─▶ fields ─┬─▶ body of known length ──────────┬─▶ done
//	                 ▲     ├─▶ chunk line ─▶ data ─▶ … ─▶ trailer
//	                 │     └─▶ until the connection closes    │
//	                 └────────── 1xx: another head follows ◀──┘

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// lineBytesMax bounds a line of a head, and so what a peer can make us keep.
const lineBytesMax = 64 << 10

var (
	errLine    = errors.New("a line of the response's head is longer than 64 KB")
	errVersion = errors.New("the response does not start with HTTP/1.")
	errFraming = errors.New("the response's framing is contradictory")
	errChunk   = errors.New("the response's chunked framing is broken")
)

type parserState uint8

const (
	atStatus parserState = iota
	atField
	atBody      // left bytes are to come
	atChunkLine // a size in hexadecimal
	atChunkData
	atChunkEnd // the line end after the data
	atTrailer
	atClose // the body lasts until the connection does
)

// response is the parser's state for one connection.
type response struct {
	state     parserState
	chunked   bool
	close     bool  // the connection ends after this response
	hasLength bool  // Content-Length was there
	differs   bool  // the body is not the wanted one
	status    int   // of the last status line
	left      int64 // body or chunk bytes still to come
	bodyBytes int64 // body bytes seen
	line      []byte
}

// feed takes bytes up to the end of one response. It returns how many it took
// and whether the response is complete; then status, close and differs say what
// it was, until the next call.
func (r *response) feed(p, want []byte) (taken int, done bool, err error) {
	if r.state == atStatus && len(r.line) == 0 {
		*r = response{line: r.line}
	}
	for taken < len(p) {
		var n int
		switch r.state {
		case atBody, atChunkData, atClose:
			n = r.body(p[taken:], want)
		default:
			n, err = r.nextLine(p[taken:])
		}
		taken += n
		if err != nil {
			return taken, false, err
		}
		if r.complete(want) {
			return taken, true, nil
		}
	}
	return taken, false, nil
}

// complete resets the state after the last byte of a response. A response
// without a body is complete with its head.
func (r *response) complete(want []byte) bool {
	if r.state != atBody || r.left > 0 {
		return false
	}
	r.differs = r.differs || (want != nil && r.bodyBytes != int64(len(want)))
	r.state = atStatus
	return true
}

// ended tells whether the end of the connection completes the response.
func (r *response) ended(want []byte) bool {
	if r.state != atClose {
		return false
	}
	r.state, r.left = atBody, 0
	return r.complete(want)
}

// body passes body bytes and compares them.
func (r *response) body(p, want []byte) int {
	n := len(p)
	if r.state != atClose {
		n = int(min(int64(n), r.left))
		r.left -= int64(n)
	}
	if want != nil && !r.differs {
		end := r.bodyBytes + int64(n)
		r.differs = end > int64(len(want)) || !bytes.Equal(p[:n], want[r.bodyBytes:end])
	}
	r.bodyBytes += int64(n)
	if r.state == atChunkData && r.left == 0 {
		r.state = atChunkEnd
	}
	return n
}

// nextLine takes bytes up to and including a line end; a line without one is
// kept for the next call.
func (r *response) nextLine(p []byte) (taken int, err error) {
	end := bytes.IndexByte(p, '\n')
	if end < 0 {
		if len(r.line)+len(p) > lineBytesMax {
			return len(p), errLine
		}
		r.line = append(r.line, p...)
		return len(p), nil
	}
	line := p[:end]
	if len(r.line) > 0 {
		r.line = append(r.line, line...)
		line = r.line
	}
	err = r.parseLine(bytes.TrimSuffix(line, []byte("\r")))
	r.line = r.line[:0]
	return end + 1, err
}

func (r *response) parseLine(line []byte) error {
	switch r.state {
	case atStatus:
		return r.statusLine(line)
	case atField:
		if len(line) == 0 {
			return r.endOfHead()
		}
		return r.field(line)
	case atChunkLine:
		return r.chunkLine(line)
	case atChunkEnd:
		r.state = atChunkLine
		if len(line) != 0 {
			return errChunk
		}
	case atTrailer:
		if len(line) == 0 {
			r.state, r.left = atBody, 0
		}
	}
	return nil
}

// statusLine: "HTTP/1.1 200 OK". A server of HTTP/1.0 closes unless it says
// otherwise.
func (r *response) statusLine(line []byte) error {
	if len(line) < len("HTTP/1.1 200") || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return errVersion
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil || status < 100 {
		return fmt.Errorf("the response's status line is %.40q", line)
	}
	r.status = status
	r.close = line[7] == '0'
	r.state = atField
	return nil
}

func (r *response) field(line []byte) error {
	name, value, found := bytes.Cut(line, []byte(":"))
	if !found {
		return fmt.Errorf("the response's head has the line %.40q", line)
	}
	value = bytes.TrimSpace(value)
	switch {
	case bytes.EqualFold(name, []byte("Content-Length")):
		n, err := strconv.ParseUint(string(value), 10, 62)
		if err != nil || (r.hasLength && int64(n) != r.left) {
			return errFraming
		}
		r.hasLength, r.left = true, int64(n)
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		if !bytes.EqualFold(value, []byte("chunked")) {
			return fmt.Errorf("the response's Transfer-Encoding is %.40q, only chunked is known", value)
		}
		r.chunked = true
	case bytes.EqualFold(name, []byte("Connection")):
		r.connection(value)
	}
	return nil
}

func (r *response) connection(value []byte) {
	for option := range bytes.SplitSeq(value, []byte(",")) {
		option = bytes.TrimSpace(option)
		if bytes.EqualFold(option, []byte("close")) {
			r.close = true
		} else if bytes.EqualFold(option, []byte("keep-alive")) {
			r.close = false
		}
	}
}

// endOfHead decides how long the body is, in the order of RFC 9112 §6.3.
func (r *response) endOfHead() error {
	switch {
	case r.status < 200:
		*r = response{line: r.line} // an interim response: the real one follows
	case r.status == 204 || r.status == 304:
		r.state, r.left = atBody, 0
	case r.chunked && r.hasLength:
		return errFraming
	case r.chunked:
		r.state = atChunkLine
	case r.hasLength:
		r.state = atBody
	default:
		r.state, r.close = atClose, true
	}
	return nil
}

func (r *response) chunkLine(line []byte) error {
	size, _, _ := bytes.Cut(line, []byte(";"))
	n, err := strconv.ParseUint(string(bytes.TrimRight(size, " \t")), 16, 62)
	if err != nil {
		return errChunk
	}
	r.left = int64(n)
	r.state = atChunkData
	if n == 0 {
		r.state = atTrailer
	}
	return nil
}
