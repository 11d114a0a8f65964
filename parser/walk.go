package parser

import (
	"encoding/binary"
	"math/bits"

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
	pos, k := uint(h.lineStart), uint(0)
	if h.stage < stageFields {
		if pos, k, st = h.start(buf, pos, lim); st != OK {
			return 0, st
		}
	}
	if k == 0 {
		h.marked = uint8(asm.Index(buf, int(pos), false, &h.marks))
	} else if next := h.hostAgain(buf, pos, k, lim); next != 0 {
		if next+1 < uint(len(buf)) && uint16(buf[next])|uint16(buf[next+1])<<8 == wordCRLF && h.Minor != 0 {
			return h.done(int(next) + crlfBytes)
		}
		pos, k = next, k+2
	}
	for {
		before := uint(h.fieldCount)
		last := max(uint(h.marked), 1) - 1                                   // a line has two marks: without its second one it waits for the next list
		if int(2*before+last-k) >= 2*min(lim.FieldCountMax, FieldCountCap) { // there may be more lines than room
			last = min(last, k+2*(lim.fieldCount()-before))
		}
		next, known := h.fieldLines(buf, pos, k, last)
		if int(next-pos) > lim.FieldLineBytesMax {
			next, known = h.cutAtLongLine(before, next, known, lim)
		}
		pos, k = next, k+2*(uint(h.fieldCount)-before)
		for known != 0 {
			bit := uint(bits.Len64(known)-1) & 63 // the lowest bit stands for the last line
			known &^= 1 << bit
			i := uint(h.fieldCount) - 1 - bit
			if st := h.known(buf, &h.fields[i&(FieldCountCap-1)], i); st != OK {
				return h.fail(st)
			}
		}
		switch {
		case pos+1 < uint(len(buf)) && uint16(buf[pos])|uint16(buf[pos+1])<<8 == wordCRLF:
			if h.Minor == 0 || h.seen&^seenKeepAlive != seenHost { // else there is no body and nothing special
				if st := h.decide(); st != OK {
					return h.fail(st)
				}
			}
			return h.done(int(pos) + crlfBytes)
		case h.marked > asm.MarksFull && k+1 >= uint(h.marked):
			k, h.marked = 0, uint8(asm.Index(buf, int(pos), false, &h.marks))
			continue
		}
		if next = h.backquoteLine(buf, pos, k, lim); next == 0 {
			return h.judgeField(buf, int(pos), lim)
		}
		pos, k = next, k+2
	}
}

// What stands around a target, behind a line, and behind most names.
const (
	wordHTTP1   = ' ' | 'H'<<8 | 'T'<<16 | 'T'<<24 | 'P'<<32 | '/'<<40 | '1'<<48 | '.'<<56
	wordCRLF    = '\r' | '\n'<<8
	wordColonSP = ':' | ' '<<8
)

// start reads the request line, method SP request-target SP HTTP-version CRLF (RFC 9112 §3), and empty lines before it. It
// returns where the next line and its marks start; there are none yet if k is 0.
func (h *Head) start(buf []byte, pos uint, lim *Limits) (next, k uint, st Status) {
	if pos < uint(len(buf)) && buf[pos] == '\r' {
		if pos, st = h.skipEmptyLines(buf, pos, lim); st != OK {
			return 0, 0, st
		}
	}
	h.marked = uint8(asm.Index(buf, int(pos), true, &h.marks))
	method, space, end, query := uint(h.marks[0]), uint(h.marks[1]), uint(h.marks[2]), uint(0)
	k = 3
	if space < uint(len(buf)) && buf[space] == '?' {
		query, k = space, h.passQueries(buf)
		space, end = uint(h.marks[(k-2)&(asm.MarksMax-1)]), uint(h.marks[(k-1)&(asm.MarksMax-1)])
	}
	from := method + 1
	if uint(h.marked) < k || pos >= method || from >= space || space+9 != end || space+10 >= uint(len(buf)) || pos+8 > uint(len(buf)) {
		return h.otherStart(buf, pos, lim)
	}
	minor := buf[space+8] - '0'
	if binary.LittleEndian.Uint64(buf[space:space+8]) != wordHTTP1 || minor > 9 ||
		uint16(buf[space+9])|uint16(buf[space+10])<<8 != wordCRLF {
		return h.otherStart(buf, pos, lim)
	}
	m, n := methodOf(binary.LittleEndian.Uint64(buf[pos : pos+8]))
	if uint(n) != method-pos {
		if m = MethodUnknown; buf[method] != ' ' || method-pos > methodBytesMax {
			return h.otherStart(buf, pos, lim)
		}
	}
	if buf[from] != '/' || m == MethodConnect || int(space-from) > lim.TargetBytesMax {
		return h.otherStart(buf, pos, lim)
	}
	h.stage, h.Method, h.Minor = stageFields, m, min(minor, 1)
	h.MethodName.Off, h.MethodName.Len = uint16(pos), uint16(method-pos)
	h.Target.Off, h.Target.Len = uint16(from), uint16(space-from)
	h.Path = h.Target
	if query != 0 {
		h.splitQuery(int(from), int(query), int(space))
	}
	return end + uint(crlfBytes), k, OK
}

// otherStart is for a request line that is wrong, or incomplete, or asks for something rare.
func (h *Head) otherStart(buf []byte, pos uint, lim *Limits) (next, k uint, st Status) {
	if next, st = h.judgeRequestLine(buf, pos, lim); st != OK {
		return 0, 0, st
	}
	if h.Form != FormOrigin {
		if st := h.takeApart(buf, lim); st != OK {
			h.fail(st)
			return 0, 0, st
		}
	}
	h.stage = stageFields
	return next, 0, OK
}

// passQueries returns the number of the mark behind the first two that are no "?", for a target whose second mark is one.
func (h *Head) passQueries(buf []byte) (k uint) {
	k = 2
	for k < uint(h.marked) && buf[h.marks[k&(asm.MarksMax-1)]] == '?' {
		k++
	}
	return k + 2
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

// fieldLines walks the lines from pos on, the last of which has its first mark before h.marks[last], for as long as they
// are sound. It returns where it stopped, and a bit for each line that may be a known field, the last line the lowest.
// One call sees fewer than 64 lines, since no more marks are made at once. That no line is too long is the caller's to see.
//
//	field-line = field-name ":" OWS field-value OWS CRLF (RFC 9112 §5)
//
// This is the hottest loop of the package. It calls nothing, so that all it needs stays in registers, and the
// conditions are put so that the compiler sees each index in bounds.
func (h *Head) fieldLines(buf []byte, pos, k, last uint) (next uint, known uint64) {
	count := uint(h.fieldCount)
	f := &h.fields[count&(FieldCountCap-1)]
	for last = min(last, asm.MarksMax-1); k < last; k += 2 {
		colon, end := uint(h.marks[k]), uint(h.marks[k+1])
		if pos >= colon || colon >= end || end+1 >= uint(len(buf)) {
			break
		}
		if uint16(buf[end])|uint16(buf[end+1])<<8 != wordCRLF {
			break
		}
		from, to := colon+2, end
		if colon+1 >= end || uint16(buf[colon])|uint16(buf[colon+1])<<8 != wordColonSP || buf[from] <= ' ' || buf[end-1] <= ' ' {
			if buf[colon] != ':' {
				break
			}
			for from = colon + 1; from < to && isSpace(buf[from]); {
				from++
			}
			for to > from && isSpace(buf[to-1]) {
				to--
			}
		}
		f.Name.Off, f.Name.Len = uint16(pos), uint16(colon-pos)
		f.Value.Off, f.Value.Len = uint16(from), uint16(to-from)
		known += known + uint64(knownHints[knownHint(buf[pos], colon-pos)])
		count++
		f = &h.fields[count&(FieldCountCap-1)]
		pos = end + uint(crlfBytes)
	}
	h.fieldCount = uint8(count)
	return pos, known
}

// hostAgain accepts the line behind the request line if it is Host, as clients should have it (RFC 9110 §7.2), and names
// the same one as the request before. It returns where the next line starts, or 0.
func (h *Head) hostAgain(buf []byte, pos, k uint, lim *Limits) (next uint) {
	const before = uint(len("Host: "))
	from, n := pos+before, uint(h.lastHost.length)
	end := from + n
	if uint(h.marks[(k+1)&(asm.MarksMax-1)]) != end || k+1 >= uint(h.marked) || n == 0 || from > end || end+1 >= uint(len(buf)) {
		return 0
	}
	name := buf[pos:from:end]
	if lower32(name) != wordHost || load16(name, 4) != wordColonSP || uint16(buf[end])|uint16(buf[end+1])<<8 != wordCRLF ||
		string(h.lastHost.bytes[:n&hostKeptBytes]) != string(buf[from:end]) ||
		int(end-pos) > lim.FieldLineBytesMax || lim.FieldCountMax < 1 {
		return 0
	}
	h.seen |= seenHost
	h.first[KnownHost], h.fieldCount = 1, 1
	f := &h.fields[0]
	f.Name.Off, f.Name.Len = uint16(pos), uint16(len("Host"))
	f.Value.Off, f.Value.Len = uint16(from), uint16(n)
	h.Host.Off, h.Host.Len = uint16(from), uint16(n)
	return end + uint(crlfBytes)
}

// cutAtLongLine takes back the lines from number first on, the last of which ends at pos, if one of them is too long:
// that one and all behind it.
func (h *Head) cutAtLongLine(first uint, pos uint, known uint64, lim *Limits) (uint, uint64) {
	count := uint(h.fieldCount)
	for i := first; i < count; i++ {
		from, next := uint(h.fields[i].Name.Off), pos
		if i+1 < count {
			next = uint(h.fields[i+1].Name.Off)
		}
		if int(next-from) > lim.fieldLineBytes() {
			h.fieldCount = uint8(i)
			return from, known >> (count - i)
		}
	}
	return pos, known
}

// backquoteLine accepts the line at pos if all that stopped the walk is a "`" in its name, the one tchar that asm takes
// for the end of a name. It returns where the next line starts, or 0.
func (h *Head) backquoteLine(buf []byte, pos, k uint, lim *Limits) (next uint) {
	if k+1 >= uint(h.marked) {
		return 0
	}
	i, end := int(h.marks[k&(asm.MarksMax-1)]), int(h.marks[(k+1)&(asm.MarksMax-1)])
	next = uint(end + crlfBytes)
	if i >= len(buf) || int(next) > len(buf) || buf[i] != '`' || load16(buf, end) != wordCRLF {
		return 0
	}
	colon, count := run(buf, i, tchar), uint(h.fieldCount)
	if buf[colon] != ':' || int(next-pos) > lim.fieldLineBytes() || count >= lim.fieldCount() {
		return 0
	}
	from, to := colon+1, end
	for from < to && isSpace(buf[from]) {
		from++
	}
	for to > from && isSpace(buf[to-1]) {
		to--
	}
	h.fields[count] = Field{Name: span(int(pos), colon), Value: span(from, to)}
	h.fieldCount++
	return next
}

func load16(b []byte, i int) uint16 { return binary.LittleEndian.Uint16(b[i:]) }
func load32(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }
func load64(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }
