package parser

import (
	"bytes"
	"math"
)

// Message framing: what the fields of this layer say, and at the end of the head what follows from them
// together. A field is judged by itself when its line is complete; only verdicts about the whole wait.

// seen collects what the field lines said.
type seen uint16

const (
	seenHost seen = 1 << iota
	seenLength
	seenCoding
	codingChunked // chunked is the only coding
	codingUnknown // a coding other than chunked
	codingNotLast // chunked, and something behind it
	seenClose
	seenKeepAlive
	seenUpgradeOption // Connection: upgrade
	seenUpgrade
	seenContinue
)

func (h *Head) has(s seen) bool { return h.seen&s != 0 }

// decide judges the head as a whole, once its last line has come, unless the walk has seen that there is no body and
// nothing special: then all that is left to say is zero.
func (h *Head) decide() Status {
	if h.Minor > 0 && !h.has(seenHost) {
		return MissingHost // RFC 9112 §3.2
	}
	if st := h.frame(); st != OK {
		return st
	}
	hasBody := h.Chunked || h.ContentLength > 0
	if h.Method == MethodTrace && hasBody {
		return BodyWithTrace // RFC 9110 §9.3.8
	}

	if h.Minor == 0 { // RFC 9112 §9.3; Expect and Upgrade do not exist in 1.0 (RFC 9110 §10.1.1, §7.8)
		h.KeepAlive = h.has(seenKeepAlive) && !h.has(seenClose)
		h.Close = !h.KeepAlive
		return OK
	}
	h.Close = h.has(seenClose)
	h.ExpectContinue = h.has(seenContinue) && hasBody
	h.Upgrade = h.has(seenUpgrade) && h.has(seenUpgradeOption)
	return OK
}

// frame decides where the body ends, in the order of RFC 9112 §6.3. Rules 1 and 2 are about responses.
func (h *Head) frame() Status {
	switch {
	// 3. Both Transfer-Encoding and Content-Length: "ought to be handled as an error".
	case h.has(seenCoding) && h.has(seenLength):
		return LengthAndChunked
	// §6.1: HTTP/1.0 does not know Transfer-Encoding, so its framing is faulty whatever it says.
	case h.has(seenCoding) && h.Minor == 0:
		return TransferEncodingIn10
	// 4. Transfer-Encoding without chunked at the end: 400, or the body could only end with the connection.
	case h.has(codingNotLast):
		return ChunkedNotLast
	// §6.1: a coding we do not understand: 501.
	case h.has(codingUnknown):
		return UnknownCoding
	case h.has(codingChunked):
		h.Chunked = true
	// 5. An invalid Content-Length was refused with its line. 6. A valid one is the length.
	// 7. Neither field: no body.
	default:
	}
	return OK
}

// hostField: exactly one, and valid (RFC 9112 §3.2). The authority of the target goes before it (§3.2.2); only
// then may it be empty.
func (h *Head) hostField(buf []byte, f *Field) Status {
	from, n := uint(f.Value.Off), uint(f.Value.Len)
	if h.seen&seenHost != 0 || h.Form != FormOrigin || from+n > uint(len(buf)) || !h.lastHost.is(buf[from:from+n]) {
		return h.newHost(buf, f.Value)
	}
	h.seen |= seenHost
	h.Host.Off, h.Host.Len = uint16(from), uint16(n)
	return OK
}

// newHost judges a host that is not the one of the request before.
func (h *Head) newHost(buf []byte, value Span) Status {
	if h.has(seenHost) {
		return DuplicateHost
	}
	h.seen |= seenHost
	fromTarget := h.Form == FormAbsolute || h.Form == FormAuthority
	if value.Len == 0 && fromTarget {
		return OK
	}
	if _, ok := parseAuthority(value.In(buf)); !ok {
		if value.Len == 0 {
			return EmptyHost
		}
		return BadHost
	}
	h.lastHost.keep(value.In(buf))
	if !fromTarget {
		h.Host = value
	}
	return OK
}

// lengthField: Content-Length = 1*DIGIT, once (RFC 9110 §8.6).
func (h *Head) lengthField(value []byte) Status {
	n, st := parseLength(value)
	switch {
	case st == BadContentLength:
		return repeatedLength(value)
	case st != OK:
		return st
	case !h.has(seenLength):
		h.seen |= seenLength
		h.ContentLength = n
		return OK
	case n == h.ContentLength:
		return RepeatedContentLength
	}
	return DifferingContentLength
}

func parseLength(b []byte) (n int64, st Status) {
	if len(b) == 0 {
		return 0, BadContentLength
	}
	for _, c := range b {
		if !is(c, digit) {
			return 0, BadContentLength
		}
	}
	if len(b) > 1 && b[0] == '0' {
		return 0, LeadingZeroLength
	}
	for _, c := range b {
		d := int64(c - '0')
		if n > (math.MaxInt64-d)/10 {
			return 0, ContentLengthOverflow
		}
		n = n*10 + d
	}
	return n, OK
}

// repeatedLength tells a list of lengths, which joining of lines may produce, from any other garbage.
func repeatedLength(list []byte) Status {
	first, rest, more := cutMember(list)
	same := more
	for more {
		var member []byte
		if member, rest, more = cutMember(rest); !bytes.Equal(member, first) {
			same = false
		}
		if _, st := parseLength(member); st != OK {
			return BadContentLength
		}
	}
	if _, st := parseLength(first); st != OK {
		return BadContentLength
	}
	if same {
		return RepeatedContentLength
	}
	if bytes.IndexByte(list, ',') >= 0 {
		return DifferingContentLength
	}
	return BadContentLength
}

// codingField: Transfer-Encoding (RFC 9112 §6.1). Of all lists only "chunked" alone is accepted; which error the
// others are depends on the version and on Content-Length too, so decide has the last word.
func (h *Head) codingField(value []byte) Status {
	if h.has(seenCoding) {
		return RepeatedTransferEncoding
	}
	h.seen |= seenCoding
	if equalFold(value, "chunked") {
		h.seen |= codingChunked
		return OK
	}
	return h.codingList(value)
}

func (h *Head) codingList(list []byte) Status {
	for more := true; more; {
		var member []byte
		member, list, more = cutMember(list)
		n := run(member, 0, tchar)
		name, parameters := member[:n], trimSpace(member[n:])
		isChunked := equalFold(name, "chunked")
		switch {
		case len(member) == 0:
			return EmptyCoding
		case len(name) == 0, len(parameters) > 0 && (isChunked || parameters[0] != ';'):
			return BadTransferEncoding
		}
		if h.has(codingChunked) {
			h.seen |= codingNotLast
		}
		if isChunked {
			h.seen |= codingChunked
		} else {
			h.seen |= codingUnknown
		}
	}
	return OK
}

// connectionField: Connection = #connection-option; lines add up (RFC 9110 §7.6.1).
func (h *Head) connectionField(list []byte) Status {
	if len(list) == len("keep-alive") && lower64(list) == wordKeep && lower16(list[8:]) == wordVe {
		h.seen |= seenKeepAlive // the one that most clients send
		return OK
	}
	for more := true; more; {
		var option []byte
		option, list, more = cutMember(list)
		switch {
		case equalFold(option, "keep-alive"):
			h.seen |= seenKeepAlive
		case equalFold(option, "close"):
			h.seen |= seenClose
		case equalFold(option, "upgrade"):
			h.seen |= seenUpgradeOption
		}
	}
	return OK
}

// upgradeField: what protocols are offered is the caller's to read (RFC 9110 §7.8).
func (h *Head) upgradeField(value []byte) Status {
	if len(value) > 0 {
		h.seen |= seenUpgrade
	}
	return OK
}

// expectField: 100-continue is the only expectation there is (RFC 9110 §10.1.1).
func (h *Head) expectField(list []byte) Status {
	for more := true; more; {
		var expectation []byte
		expectation, list, more = cutMember(list)
		switch {
		case len(expectation) == 0:
		case equalFold(expectation, "100-continue"):
			h.seen |= seenContinue
		default:
			return UnknownExpectation
		}
	}
	return OK
}
