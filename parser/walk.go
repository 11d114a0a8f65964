package parser

import (
	"encoding/binary"

	"github.com/covetgo/covet/parser/asm"
)

// The walk: from marks to spans.
//
// asm.Index has looked at every byte and noted where names, targets and lines end; its doc comment draws it. What is
// left is to check that the bytes at these places are the ones that must stand there, and to write down what lies
// between. All bytes between are valid: a name is token bytes up to its mark, or the mark would come earlier, and in
// the same way a value holds no control byte and a target none that it must not hold.
//
// The walk only ever accepts. Whatever is not as it should be, or not there yet, goes to the judges in judge.go, who
// look at its line byte by byte and find the words.

// walk goes on at the line that starts at h.lineStart.
func (h *Head) walk(buf []byte, lim *Limits) (n int, st Status) {
	pos, k := h.lineStart, 0
	request := h.stage < stageFields
	if request && pos < len(buf) && buf[pos] == '\r' {
		if pos, st = h.skipEmptyLines(buf, pos, lim); st != OK {
			return 0, st
		}
	}
	marks := asm.Index(buf, pos, request, &h.marks)
	if request {
		next := 0
		if k, next = h.requestLine(buf, pos, lim); next == 0 {
			if next, st = h.judgeRequestLine(buf, pos, lim); st != OK {
				return 0, st
			}
			k, marks = 0, asm.Index(buf, next, false, &h.marks)
		}
		if h.Form != FormOrigin {
			if st := h.takeApart(buf, lim); st != OK {
				return h.fail(st)
			}
		}
		h.stage, pos = stageFields, next
	}
	for {
		before := int(h.fieldCount)
		var known uint64
		pos, k, known = h.fieldLines(buf, pos, k, lim)
		if known != 0 {
			if st := h.knownFields(buf, before, known); st != OK {
				return h.fail(st)
			}
		}
		switch {
		case pos+1 < len(buf) && buf[pos] == '\r' && buf[pos+1] == '\n':
			if st := h.decide(); st != OK {
				return h.fail(st)
			}
			return h.done(pos + crlfBytes)
		case marks > asm.MarksFull && k+1 >= marks:
			k, marks = 0, asm.Index(buf, pos, false, &h.marks)
			continue
		}
		next := h.backquoteLine(buf, pos, k, lim)
		if next == 0 {
			return h.judgeField(buf, pos, lim)
		}
		pos, k = next, k+2
	}
}

// "HTTP/1." in the low seven bytes of a word, and "\r\n" in the low two.
const (
	wordHTTP1 = 'H' | 'T'<<8 | 'T'<<16 | 'P'<<24 | '/'<<32 | '1'<<40 | '.'<<48
	wordCRLF  = '\r' | '\n'<<8
)

// requestLine = method SP request-target SP HTTP-version CRLF (RFC 9112 §3). It returns where the next line and its
// marks start, or next 0 if this is a line for the judge.
func (h *Head) requestLine(buf []byte, pos int, lim *Limits) (k, next int) {
	method, space, end, query := int(h.marks[0]), int(h.marks[1]), int(h.marks[2]), 0
	k = 3
	if space < len(buf) && buf[space] == '?' {
		query = space
		for end < len(buf) && buf[end] == '?' {
			end = int(h.marks[k&(asm.MarksMax-1)])
			k++
		}
		space, end = end, int(h.marks[k&(asm.MarksMax-1)])
		k++
	}
	from := method + 1
	if end+1 >= len(buf) || end != space+len(" HTTP/1.1") || method <= pos || space <= from || pos < 0 {
		return 0, 0
	}
	tail := buf[space : end+crlfBytes]
	version := binary.LittleEndian.Uint64(tail[1:])
	minor := version>>56 - '0'
	next = end + crlfBytes
	if version<<8>>8 != wordHTTP1 || minor > 9 || binary.LittleEndian.Uint16(tail[9:]) != wordCRLF || tail[0] != ' ' ||
		buf[method] != ' ' || next-pos > lim.requestLineBytes() || space-from > lim.TargetBytesMax {
		return 0, 0
	}
	h.acceptLine(buf, pos, method, query, space, minor)
	return k, next
}

// acceptLine notes a request line of valid parts. query is where its first "?" is, or 0.
func (h *Head) acceptLine(buf []byte, pos, method, query, space int, minor uint64) {
	m, n := methodOf(load64(buf, pos))
	if n != method-pos {
		m = MethodUnknown
	}
	from := method + 1
	h.Method, h.Minor = m, uint8(min(minor, 1))
	h.MethodName, h.Target = span(pos, method), span(from, space)
	h.splitQuery(from, query, space)
	if buf[from] != '/' || m == MethodConnect {
		h.Form = FormAbsolute // or another of the rare ones: takeApart tells
	}
}

// splitQuery divides buf[from:to] at the "?" at query, if there is one.
func (h *Head) splitQuery(from, query, to int) {
	if query == 0 {
		h.Path = span(from, to)
		return
	}
	h.HasQuery = true
	h.Path, h.Query = span(from, query), span(query+1, to)
}

// fieldLines walks the lines from pos on, whose marks start at h.marks[k], for as long as they are sound. It returns
// where it stopped, and a bit for each line that may be a known field, the first line the lowest. One call sees fewer
// than 64 lines, since no more marks are made at once.
//
//	field-line = field-name ":" OWS field-value OWS CRLF (RFC 9112 §5)
//
// This is the hottest loop of the package. It calls nothing, so that all it needs stays in registers, and the first
// three conditions are put so that the compiler sees each index in bounds.
func (h *Head) fieldLines(buf []byte, pos, k int, lim *Limits) (next, nextK int, known uint64) {
	fields, lineMax := h.fields[:clamp(lim.FieldCountMax, FieldCountCap)], uint(lim.fieldLineBytes())
	count, at, bit := int(h.fieldCount), uint(pos), uint64(1)
	for count < len(fields) {
		colon, end := uint(h.marks[k&(asm.MarksMax-1)]), uint(h.marks[(k+1)&(asm.MarksMax-1)])
		if at >= colon || colon >= end || end+1 >= uint(len(buf)) {
			break
		}
		crlf := uint16(buf[end]) | uint16(buf[end+1])<<8
		line := end + uint(crlfBytes) - at
		if buf[colon] != ':' || crlf != wordCRLF || line > lineMax {
			break
		}
		from, to := colon+1, end
		if buf[from] == ' ' {
			from++
		}
		if buf[from] <= ' ' || buf[to-1] <= ' ' { // more white space, or an empty value
			for from < to && isSpace(buf[from]) {
				from++
			}
			for to > from && isSpace(buf[to-1]) {
				to--
			}
		}
		f := &fields[count]
		f.Name.Off, f.Name.Len = uint16(at), uint16(colon-at)
		f.Value.Off, f.Value.Len = uint16(from), uint16(to-from)
		if knownInitials[(colon-at)&31]>>(buf[at]&31)&1 != 0 {
			known |= bit
		}
		bit <<= 1
		count++
		k += 2
		at = end + uint(crlfBytes)
	}
	h.fieldCount = uint8(count)
	return int(at), k, known
}

// backquoteLine accepts the line at pos if all that stopped the walk is a "`" in its name, the one tchar that asm takes
// for the end of a name. It returns where the next line starts, or 0.
func (h *Head) backquoteLine(buf []byte, pos, k int, lim *Limits) (next int) {
	i, end := int(h.marks[k&(asm.MarksMax-1)]), int(h.marks[(k+1)&(asm.MarksMax-1)])
	next = end + crlfBytes
	if i >= len(buf) || next > len(buf) || buf[i] != '`' || load16(buf, end) != wordCRLF {
		return 0
	}
	colon, count := run(buf, i, tchar), int(h.fieldCount)
	if buf[colon] != ':' || next-pos > lim.fieldLineBytes() || count >= clamp(lim.FieldCountMax, FieldCountCap) {
		return 0
	}
	from, to := colon+1, end
	for from < to && isSpace(buf[from]) {
		from++
	}
	for to > from && isSpace(buf[to-1]) {
		to--
	}
	h.fields[count] = Field{Name: span(pos, colon), Value: span(from, to)}
	h.fieldCount++
	return next
}

func load16(b []byte, i int) uint16 { return binary.LittleEndian.Uint16(b[i:]) }
func load32(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }
func load64(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }
