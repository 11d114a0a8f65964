// Package parser reads HTTP/1.1 requests: from bytes to spans, methods, framing decisions and chunk data. It
// does no I/O, allocates nothing, keeps no pointer into the caller's memory and never copies.
//
// [Head] parses a request head, [Chunked] decodes a chunked body. Both are resumable: fed a byte at a time they
// give the same answer as fed at once, and look at each byte a bounded number of times. Both are strict: where
// RFC 9110 and RFC 9112 offer leniency, the refusals we chose are listed as constants in status.go.
//
// Read in this order: head.go (the result and how a call proceeds), asm/asm.go (from bytes to marks), walk.go (from
// marks to spans), known.go, framing.go (where the body ends), target.go, host.go, list.go, judge.go (what is wrong
// with a line), chunked.go; class.go holds the byte classes all of them use, limits.go what bounds them, status.go
// every reason to refuse. docs/PARSING.md tells it as one story.
//
// # Lines are judged whole
//
// A line is judged when its LF has arrived, or when it has outgrown its limit without one; never earlier, save
// that the first byte of a request must begin a token or a CRLF. The first offending line decides, and in it the
// first offending byte. So the verdict is a function of the bytes alone, however they were cut on their way.
package parser

import (
	"bytes"

	"github.com/covetgo/covet/parser/asm"
)

// A Span is a range of the buffer given to [Head.Parse], relative to its first byte. Spans hold for any later
// buffer that starts with the same bytes.
type Span struct{ Off, Len uint16 }

// In returns the bytes of s in buf, as a view that cannot be appended to.
func (s Span) In(buf []byte) []byte {
	end := int(s.Off) + int(s.Len)
	return buf[s.Off:end:end]
}

// End returns the offset behind the span.
func (s Span) End() int { return int(s.Off) + int(s.Len) }

func span(from, to int) Span { return Span{uint16(from), uint16(to - from)} }

// A Field is one field line; Value is without the white space around it. Lines are kept as they came: repeated
// fields are not joined.
type Field struct{ Name, Value Span }

// Form is the form of the request-target (RFC 9112 §3.2).
type Form uint8

const (
	FormOrigin    Form = iota // /path?query
	FormAbsolute              // http://host/path?query
	FormAuthority             // host:port, with CONNECT only
	FormAsterisk              // *, with OPTIONS only
)

var formNames = [...]string{"origin", "absolute", "authority", "asterisk"}

func (f Form) String() string { return formNames[f&3] }

// Head is a parsed request head, and the progress of parsing it. The zero value is ready. It holds no pointer
// and about 1.1 KiB: keep one for each loop or connection, not one for each request. It has a single owner.
//
// Results are valid once Parse has returned OK, until Reset.
type Head struct {
	Method Method
	Minor  uint8 // of HTTP/1.Minor: 0, or 1 for 1.1 to 1.9 (RFC 9110 §6.2: handled as 1.1)
	Form   Form

	HasQuery   bool // the target has a "?", though Query may be empty
	Chunked    bool // the body is chunked; ContentLength is then 0
	Close      bool // the connection must not persist after this message
	KeepAlive  bool // HTTP/1.0 with "Connection: keep-alive": a response that persists must echo it
	Upgrade    bool // HTTP/1.1 with Upgrade, listed in Connection; the body, if any, comes first
	fieldCount uint8
	stage      stage
	failure    Status
	seen       seen
	leading    uint16 // CRLFs skipped before the request line

	// ExpectContinue: the client waits for 100 (Continue), or a final status, before it sends the body.
	ExpectContinue bool

	MethodName Span
	Target     Span
	Path       Span // Len 0 means "/", or "*" with OPTIONS (RFC 9112 §3.2.4); only absolute-form can omit it
	Query      Span // without "?"
	Host       Span // the authority that applies: the target's, else Host's; Len 0 only in HTTP/1.0

	// ContentLength is the length of the body in bytes; 0 when there is none, or it is chunked.
	ContentLength int64

	first [knownCount]uint8 // of each known field: the number of its first line, from 1

	// Where the next call resumes: all before lineStart is parsed; buf[lineStart:scanned] holds no LF; a
	// buffer shorter than verdictAt cannot decide anything without one. verdictAt is 0 unless a line is being
	// collected.
	lineStart, scanned, verdictAt int

	lastHost soundHost
	marks    asm.Marks // of the call in hand
	marked   uint8     // how many there are
	fields   [FieldCountCap]Field
}

// stage says what lineStart is the start of.
type stage uint8

const (
	stageFresh       stage = iota // nothing was kept from an earlier call
	stageRequestLine              // an earlier call saw part of the request line
	stageFields
	stageDone
	stageFailed
)

// Reset prepares h for the next head. It leaves the array of fields as it is.
func (h *Head) Reset() {
	h.Method, h.Minor, h.Form = 0, 0, 0
	h.HasQuery, h.Chunked, h.Close, h.KeepAlive, h.Upgrade, h.ExpectContinue = false, false, false, false, false, false
	h.seen, h.stage, h.failure, h.leading, h.fieldCount = 0, 0, 0, 0, 0
	h.MethodName, h.Target, h.Path, h.Query, h.Host = Span{}, Span{}, Span{}, Span{}, Span{}
	h.ContentLength = 0
	h.first = [knownCount]uint8{}
	h.lineStart, h.scanned, h.verdictAt = 0, 0, 0
}

// Fields returns the field lines in the order they came. The slice is h's own.
func (h *Head) Fields() []Field { return h.fields[:h.fieldCount:h.fieldCount] }

// Field returns the value of the first field called name, in any case, and whether there is one. The value is a
// view into buf, which must hold the bytes that were parsed.
func (h *Head) Field(buf []byte, name string) ([]byte, bool) {
	for _, f := range h.Fields() {
		if int(f.Name.Len) == len(name) && equalFold(f.Name.In(buf), name) {
			return f.Value.In(buf), true
		}
	}
	return nil, false
}

// Known is Field for a name that has a number, found without a search.
func (h *Head) Known(buf []byte, k Known) ([]byte, bool) {
	i := h.first[k]
	if i == 0 {
		return nil, false
	}
	return h.fields[i-1].Value.In(buf), true
}

// Parse reads a request head from the start of buf.
//
//   - OK: n is the length of the head, its final CRLF and any CRLFs skipped before it included. The body, or the
//     next request, starts at buf[n].
//   - NeedMore: n is 0. Call again with the same bytes and more behind them, at the same address or another.
//   - Otherwise n is 0 and the request is refused.
//
// A verdict stands until Reset: calling again repeats it.
func (h *Head) Parse(buf []byte, lim *Limits) (n int, st Status) {
	if h.stage != stageFresh {
		if len(buf) == h.scanned+1 && len(buf) < h.verdictAt && buf[h.scanned] != '\n' {
			h.scanned++ // one more byte of a line: the smallest step gets the shortest way
			return 0, NeedMore
		}
		if n, st, settled := h.resume(buf); settled {
			return n, st
		}
	}
	return h.walk(lim.window(buf), lim)
}

// resume is what a call does first that follows a NeedMore. Bytes without an LF, too few to exceed a limit, are
// looked at here once and not again until the line is complete: this is what makes a head of n bytes cost O(n)
// however it is cut. Unless that settles the call, Parse goes on at the start of the line.
func (h *Head) resume(buf []byte) (n int, st Status, settled bool) {
	if len(buf) < h.verdictAt && bytes.IndexByte(buf[h.scanned:], '\n') < 0 {
		h.scanned = len(buf)
		return 0, NeedMore, true
	}
	h.verdictAt = 0
	switch h.stage {
	case stageDone:
		return h.lineStart, OK, true
	case stageFailed:
		return 0, h.failure, true
	}
	return 0, NeedMore, false
}

// refuse ends a call at the line that starts at pos, when the line does not go on as it should. If it is
// complete, its verdict is st; buf[i] is the byte it is about, unless i < 0. It may also just be incomplete.
func (h *Head) refuse(buf []byte, pos, i int, st Status, lim *Limits) (int, Status) {
	most := h.lineBytesMax(lim)
	line := buf[pos:min(len(buf), pos+most)]
	switch {
	case h.stage < stageFields && len(line) > 0 && !is(line[0], tchar) && line[0] != '\r':
		// Not HTTP at all, a TLS hello for instance: do not wait for an LF that may never come.
		return h.fail(h.reason(buf, i, st))
	case bytes.IndexByte(line, '\n') >= 0:
		return h.fail(h.reason(buf, i, st))
	case len(line) == most:
		return h.fail(h.tooLong(line, lim))
	case len(buf) == lim.headBytes():
		return h.fail(HeadTooLarge)
	}
	return h.wait(buf, pos, pos+most, lim)
}

// wait records where to resume. A line of which nothing has come yet is not scanned for its LF: refuse decides
// about its first byte.
func (h *Head) wait(buf []byte, pos, lineEndMax int, lim *Limits) (int, Status) {
	h.stage = max(h.stage, stageRequestLine)
	h.lineStart, h.scanned = pos, len(buf)
	h.verdictAt = min(lineEndMax, lim.headBytes())
	if pos == len(buf) {
		h.verdictAt = 0
	}
	return 0, NeedMore
}

// reason makes a status of the offending byte more precise.
func (h *Head) reason(buf []byte, i int, st Status) Status {
	if i < 0 {
		return st
	}
	switch buf[i] {
	case '\n':
		return BareLF
	case '\r':
		if buf[i+1] != '\n' { // in range: the line is complete, and its LF comes after i
			return BareCR
		}
	}
	return st
}

func (h *Head) lineBytesMax(lim *Limits) int {
	if h.stage < stageFields {
		return lim.requestLineBytes()
	}
	return lim.fieldLineBytes()
}

// tooLong names the part that is to blame for a line without LF within its limit.
func (h *Head) tooLong(line []byte, lim *Limits) Status {
	if h.stage < stageFields {
		return requestLineTooLong(line, lim)
	}
	return FieldTooLong
}

func (h *Head) fail(st Status) (int, Status) {
	h.stage, h.failure = stageFailed, st
	return 0, st
}

func (h *Head) done(n int) (int, Status) {
	h.stage, h.lineStart = stageDone, n
	return n, OK
}
