package parser

import "math/bits"

// request-line = method SP request-target SP HTTP-version CRLF (RFC 9112 §3)
//
// The straight line handles a known method, a valid target and HTTP/1.x. Everything else leaves it by a call
// that either gets back on it (unknown methods, empty lines before the request) or refuses.

// "HTTP/1." in the low seven bytes of a word, and "\r\n" in the low two.
const (
	wordHTTP1 = 'H' | 'T'<<8 | 'T'<<16 | 'P'<<24 | '/'<<32 | '1'<<40 | '.'<<48
	wordCRLF  = '\r' | '\n'<<8
)

// requestLine parses the line at pos and returns where the next one starts.
func (h *Head) requestLine(buf []byte, pos int, lim *Limits) (next int, st Status) {
	words := buf // word wants eight bytes, the first lines of a slow peer have fewer
	if len(buf) < wordBytes {
		words = append(make([]byte, 0, wordBytes), buf...)[:wordBytes]
	}
	m, n := methodOf(word(words, pos))
	if n == 0 {
		if pos, n, st = h.rareMethod(buf, pos, lim); st != OK {
			return 0, st
		}
		m, _ = methodOf(word(words, pos)) // it may have come behind empty lines
	}

	from, query := pos+n+1, -1
	i := from
	for {
		stops := targetStops(word(words, i))
		if stops == 0 {
			i += wordBytes
			continue
		}
		i += bits.TrailingZeros64(stops) >> 3
		if i < len(buf) && buf[i] == '?' {
			if query < 0 {
				query = i
			}
			i++
			continue
		}
		break
	}
	if i >= len(buf) || buf[i] != ' ' || i == from {
		return h.badTarget(buf, pos, i, lim)
	}

	version := word(words, i+1)
	minor := version>>56 - '0'
	next = i + len(" HTTP/1.1\r\n")
	if version<<8>>8 != wordHTTP1 || minor > 9 || word(words, next-crlfBytes)&0xFFFF != wordCRLF {
		return h.badVersion(buf, pos, i+1, lim)
	}
	if next-pos > lim.requestLineBytes() || i-from > lim.TargetBytesMax {
		return h.longRequestLine(buf, pos, lim)
	}

	h.Method, h.Minor = m, uint8(min(minor, 1))
	h.MethodName, h.Target = span(pos, pos+n), span(from, i)
	if buf[from] != '/' || m == MethodConnect {
		if st := h.rareForm(buf, from, i, lim); st != OK {
			return h.fail(st)
		}
	} else {
		h.splitQuery(from, query, i)
	}
	h.stage = stageFields
	return next, OK
}

// splitQuery divides buf[from:to] at the "?" at query, if there is one.
func (h *Head) splitQuery(from, query, to int) {
	if query < 0 {
		h.Path = span(from, to)
		return
	}
	h.HasQuery = true
	h.Path, h.Query = span(from, query), span(query+1, to)
}

// rareMethod skips empty lines before the request (RFC 9112 §2.2) and measures a method that is not known by its
// first word. It returns the start of the request line and the length of the method.
func (h *Head) rareMethod(buf []byte, pos int, lim *Limits) (start, n int, st Status) {
	for pos+1 < len(buf) && buf[pos] == '\r' && buf[pos+1] == '\n' {
		if int(h.leading) >= lim.LeadingCRLFMax {
			_, st = h.fail(TooManyLeadingCRLF)
			return 0, 0, st
		}
		h.leading++
		pos += crlfBytes
	}
	i := pos
	for i < len(buf) && is(buf[i], tchar) {
		i++
	}
	if i > pos && i < len(buf) && buf[i] == ' ' {
		return pos, i - pos, OK
	}
	st = BadMethod
	if i < len(buf) && isDelimiterLike(buf[i]) {
		st = BadSpacing
	}
	_, st = h.refuse(buf, pos, i, st, lim)
	return 0, 0, st
}

// isDelimiterLike holds the bytes RFC 9112 §3 lets a lenient recipient split a request line at.
func isDelimiterLike(b byte) bool { return in(b, " \t\v\f") }

// badTarget explains why the target that ends before i is not followed by SP.
func (h *Head) badTarget(buf []byte, pos, i int, lim *Limits) (int, Status) {
	st := BadTarget
	if i < len(buf) && isDelimiterLike(buf[i]) {
		st = BadSpacing
	}
	return h.refuse(buf, pos, i, st, lim)
}

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

// longRequestLine is the verdict about a valid line, or a valid target in it, that is too long.
func (h *Head) longRequestLine(buf []byte, pos int, lim *Limits) (int, Status) {
	return h.refuse(buf, pos, -1, TargetTooLong, lim)
}

// requestLineTooLong finds the part that exceeds its share of line, which is as long as a line may be and has no
// LF. If neither method nor target is to blame, it is what follows them.
func requestLineTooLong(line []byte, lim *Limits) Status {
	n := 0
	for n < len(line) && is(line[n], tchar) {
		n++
	}
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
