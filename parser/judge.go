package parser

import "bytes"

// The judges. A line comes here if the walk did not accept it: it is wrong, or incomplete, or of a kind that the marks
// do not tell apart. They read it byte by byte. Where they find it sound but incomplete, the head waits for more.

// skipEmptyLines skips empty lines before the request (RFC 9112 §2.2).
func (h *Head) skipEmptyLines(buf []byte, pos uint, lim *Limits) (next uint, st Status) {
	for pos+1 < uint(len(buf)) && load16(buf, int(pos)) == wordCRLF {
		if int(h.leading) >= lim.LeadingCRLFMax {
			_, st = h.fail(TooManyLeadingCRLF)
			return 0, st
		}
		h.leading++
		pos += uint(crlfBytes)
	}
	return pos, OK
}

// judgeRequestLine accepts a request line, returning where the next one starts, or refuses it, or waits.
func (h *Head) judgeRequestLine(buf []byte, start uint, lim *Limits) (_ uint, st Status) {
	pos := int(start)
	method := run(buf, pos, tchar)
	if method == pos || method >= len(buf) || buf[method] != ' ' {
		_, st := h.refuse(buf, pos, method, unlessDelimiter(buf, method, BadMethod), lim)
		return 0, st
	}
	from := method + 1
	space := run(buf, from, target)
	if space == from || space >= len(buf) || buf[space] != ' ' {
		_, st := h.refuse(buf, pos, space, unlessDelimiter(buf, space, BadTarget), lim)
		return 0, st
	}
	next := space + len(" HTTP/1.1\r\n")
	if next > len(buf) {
		_, st := h.badVersion(buf, pos, space+1, lim)
		return 0, st
	}
	minor := uint64(buf[next-crlfBytes-1] - '0')
	if load64(buf, space) != wordHTTP1 || minor > 9 || load16(buf, next-crlfBytes) != wordCRLF {
		_, st := h.badVersion(buf, pos, space+1, lim)
		return 0, st
	}
	if next-pos > lim.requestLineBytes() || space-from > lim.TargetBytesMax {
		_, st := h.refuse(buf, pos, -1, TargetTooLong, lim)
		return 0, st
	}
	query := 0
	if i := bytes.IndexByte(buf[from:space], '?'); i >= 0 {
		query = from + i
	}
	h.acceptLine(buf, pos, method, query, space, minor)
	return uint(next), OK
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

// run returns the end of the bytes of a class that start at i.
func run(buf []byte, i int, bits uint8) int {
	for i < len(buf) && is(buf[i], bits) {
		i++
	}
	return i
}

// unlessDelimiter is st, unless buf[i] is one of the bytes that RFC 9112 §3 lets a lenient recipient split a request
// line at.
func unlessDelimiter(buf []byte, i int, st Status) Status {
	if i < len(buf) && isDelimiterLike(buf[i]) {
		return BadSpacing
	}
	return st
}

func isDelimiterLike(b byte) bool { return in(b, " \t\v\f") }

// badVersion explains why buf[from:] is not HTTP/1.x and CRLF.
func (h *Head) badVersion(buf []byte, pos, from int, lim *Limits) (int, Status) {
	const pattern = "HTTP/0.0\r\n" // 0 stands for any digit
	for k := range len(pattern) {
		i := from + k
		if i >= len(buf) {
			return h.refuse(buf, pos, i, BadVersion, lim)
		}
		c := buf[i]
		if c == pattern[k] || pattern[k] == '0' && is(c, digit) {
			continue
		}
		switch {
		case pattern[k] == '\n': // the CR before it was not the end
			return h.refuse(buf, pos, i-1, BareCR, lim)
		case (k == 0 || pattern[k] == '\r') && isDelimiterLike(c):
			return h.refuse(buf, pos, i, BadSpacing, lim)
		}
		return h.refuse(buf, pos, i, BadVersion, lim)
	}
	return h.refuse(buf, pos, -1, VersionNotSupported, lim)
}

// judgeField finds what is wrong with the field line at pos, or waits for more of it.
func (h *Head) judgeField(buf []byte, pos int, lim *Limits) (int, Status) {
	if pos < len(buf) && buf[pos] == '\r' {
		return h.refuse(buf, pos, pos, BareCR, lim) // or half of the empty line
	}
	colon := run(buf, pos, tchar)
	if colon >= len(buf) {
		return h.refuse(buf, pos, colon, MissingColon, lim)
	}
	if colon == pos || buf[colon] != ':' {
		return h.refuse(buf, pos, colon, nameStatus(buf[colon], colon == pos), lim)
	}
	end := run(buf, colon+1, fieldChar)
	next := end + crlfBytes
	switch {
	case next > len(buf) || load16(buf, end) != wordCRLF:
		return h.badValue(buf, pos, end, lim)
	case next-pos > lim.fieldLineBytes():
		return h.fail(FieldTooLong)
	}
	return h.fail(TooManyFields)
}

// nameStatus says what c means where a field name should go on or, if it is the first byte of a line, start.
func nameStatus(c byte, first bool) Status {
	switch {
	case c == '\n':
		return BareLF
	case isSpace(c) && first:
		return LineFold // RFC 9112 §5.2, and §2.2 for the first line
	case isSpace(c):
		return SpaceBeforeColon // RFC 9112 §5.1
	case c == ':':
		return EmptyFieldName
	case c == '\r':
		return MissingColon
	}
	return BadFieldName
}

// badValue explains why the value of the line at pos does not end with CRLF at i.
func (h *Head) badValue(buf []byte, pos, i int, lim *Limits) (int, Status) {
	st := ControlInValue
	if i < len(buf) && buf[i] == 0 {
		st = NULInValue
	}
	return h.refuse(buf, pos, i, st, lim)
}

// requestLineTooLong finds the part that exceeds its share of line, which is as long as a line may be and has no
// LF. If neither method nor target is to blame, it is what follows them.
func requestLineTooLong(line []byte, lim *Limits) Status {
	n := run(line, 0, tchar)
	switch {
	case n < len(line) && line[n] != ' ':
		return BadMethod
	case n > methodBytesMax:
		return MethodTooLong
	}
	from := n + 1
	i := from
	for i < len(line) && line[i] != ' ' {
		i++
	}
	if i-from > lim.TargetBytesMax {
		return TargetTooLong
	}
	return BadVersion
}
