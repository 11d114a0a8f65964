package parser

// A Status is the outcome of one call: three ways to go on, and one constant for each distinct reason to
// refuse. Errors are numbers here because nothing is known yet about where they will be told: to the peer as
// Code, to the log as String. Neither ever repeats bytes of the request.

// Status says how a call of [Head.Parse] or [Chunked.Next] ended.
type Status uint8

const (
	// NeedMore: nothing wrong so far; call again when more bytes are there.
	NeedMore Status = iota
	// OK: the head, or the chunked body, is complete.
	OK
	// ChunkData: some data of a chunked body; call again with what follows.
	ChunkData

	// The request line.
	BadMethod           // not a token
	MethodTooLong       // a token that leaves no room for the rest of the line
	BadTarget           // a byte that no target may hold
	BadTargetForm       // not one of the four forms, or not with this method
	BadAuthority        // the target's host or port
	TargetTooLong       // longer than TargetBytesMax
	MisdirectedScheme   // https on cleartext or http over TLS
	BadVersion          // not HTTP/DIGIT.DIGIT
	VersionNotSupported // well-formed, but not 1.x
	TooManyLeadingCRLF  // more empty lines than LeadingCRLFMax

	// Field lines.
	BareCR           // a CR that no LF follows
	LineFold         // white space at the start of a line (obs-fold)
	EmptyFieldName   // a line that starts with the colon
	BadFieldName     // a byte that is no tchar
	SpaceBeforeColon // white space in or after the name: a smuggling classic
	MissingColon     // a field line without one
	NULInValue       // in a field value
	FieldTooLong     // a line longer than FieldLineBytesMax
	TooManyFields    // more lines than FieldCountMax
	HeadTooLarge     // longer than HeadBytesMax

	// Host, Expect.
	MissingHost        // in HTTP/1.1
	DuplicateHost      // a second field line
	EmptyHost          // and the target has no authority of its own
	BadHost            // not a host with an optional port
	UnknownExpectation // any but 100-continue

	// Body framing.
	BadContentLength         // not 1*DIGIT
	ContentLengthOverflow    // more than 63 bits
	DifferingContentLength   // two lengths
	BadTransferEncoding      // not a list of codings, or chunked with a parameter
	RepeatedTransferEncoding // a second field line
	TransferEncodingIn10     // which does not know it
	ChunkedNotLast           // or chunked twice
	UnknownCoding            // any but chunked
	BodyWithTrace            // which must not have one

	// Chunks.
	BadChunkSize     // not 1*HEXDIG
	ChunkSizeTooLong // too many digits, or a sum over 63 bits
	BadChunkEnd      // chunk data without its CRLF
	ChunkExtTooLong  // beyond ExtLineBytesMax or ExtExcessBytesMax
	TrailerTooLong   // longer than TrailerBytesMax
	TooManyTrailers  // more lines than TrailerCountMax

	policyFirst // from here on: what the RFCs would let us tolerate
)

// Deliberate strictness. The RFCs allow a recipient to be lenient here. We are not: each leniency is a place
// where two implementations can read two different messages. The letter and number name the rule's heading in
// testdata.
const (
	// BareLF (A4): RFC 9112 §2.2 lets a recipient end a line at a lone LF. A peer that does not would see another
	// message (llhttp#877). Refused in heads, chunk lines and trailers alike.
	BareLF Status = policyFirst + iota
	// BadSpacing (A6): RFC 9112 §3 lets a recipient split the request line at runs of white space. We want one SP
	// twice and nothing after the version.
	BadSpacing
	// ControlInValue (B9): RFC 9110 §5.5 calls controls other than CR, LF and NUL invalid but lets a recipient keep
	// them. No sound sender needs them; HTAB alone is fine.
	ControlInValue
	// RepeatedContentLength (C7): RFC 9110 §8.6 lets a recipient fold identical repeats ("5, 5") into one.
	RepeatedContentLength
	// LeadingZeroLength (C8): 1*DIGIT admits "005". Others read it as octal, so nobody sound sends it.
	LeadingZeroLength
	// LengthAndChunked (C10): RFC 9112 §6.1 lets a server ignore Content-Length beside Transfer-Encoding, and then
	// demands to close. It is the first of all smuggling vectors; we do not run the request at all.
	LengthAndChunked
	// EmptyCoding (C18): RFC 9110 §5.6.1.2 lets a recipient skip empty list members. In Transfer-Encoding they have
	// only ever served to hide "chunked" from somebody.
	EmptyCoding
	// BadChunkExt (D6): RFC 9112 §7.1.1 demands that unknown extensions be ignored; we still demand their grammar,
	// since lenient readers disagree about where the line ends (CVE-2025-55315).
	BadChunkExt

	statusCount = iota + int(policyFirst)
)

// IsError reports whether s refuses the message. An error is terminal, and after answering [Status.Code] the
// connection must close: the bytes that follow cannot be trusted to start a message.
func (s Status) IsError() bool { return s > ChunkData }

// IsPolicy reports whether s is a refusal by choice rather than by the letter of the RFCs.
func (s Status) IsPolicy() bool { return s >= policyFirst }

// Code returns the HTTP status code that answers an error, and 0 when there is none.
func (s Status) Code() int {
	switch {
	case !s.IsError():
		return 0
	case int(s) < len(codes) && codes[s] != 0:
		return int(codes[s])
	}
	return 400
}

// codes lists the answers that are not 400 Bad Request.
var codes = [statusCount]uint16{
	TargetTooLong:       414,
	UnknownExpectation:  417,
	MisdirectedScheme:   421,
	FieldTooLong:        431,
	TooManyFields:       431,
	HeadTooLarge:        431,
	TrailerTooLong:      431,
	TooManyTrailers:     431,
	MethodTooLong:       501,
	UnknownCoding:       501,
	VersionNotSupported: 505,
}

// String returns a short reason, fit for a log line or an error page.
func (s Status) String() string {
	if int(s) < len(reasons) {
		return reasons[s]
	}
	return "unknown status"
}

var reasons = [statusCount]string{
	NeedMore:  "need more bytes",
	OK:        "ok",
	ChunkData: "chunk data",

	BadMethod:           "method is not a token",
	MethodTooLong:       "method too long",
	BadTarget:           "invalid byte in request target",
	BadTargetForm:       "request target has the wrong form",
	BadAuthority:        "invalid authority in request target",
	TargetTooLong:       "request target too long",
	MisdirectedScheme:   "request target's scheme is not served here",
	BadVersion:          "malformed HTTP version",
	VersionNotSupported: "HTTP version not supported",
	TooManyLeadingCRLF:  "too many empty lines before the request",

	BareCR:           "CR without LF",
	LineFold:         "line starts with white space",
	EmptyFieldName:   "empty field name",
	BadFieldName:     "invalid byte in field name",
	SpaceBeforeColon: "white space before the colon of a field",
	MissingColon:     "field line without colon",
	NULInValue:       "NUL in field value",
	FieldTooLong:     "field line too long",
	TooManyFields:    "too many fields",
	HeadTooLarge:     "request head too large",

	MissingHost:        "Host missing",
	DuplicateHost:      "Host repeated",
	EmptyHost:          "Host empty",
	BadHost:            "invalid Host",
	UnknownExpectation: "unknown expectation",

	BadContentLength:         "invalid Content-Length",
	ContentLengthOverflow:    "Content-Length out of range",
	DifferingContentLength:   "Content-Length given twice, differently",
	BadTransferEncoding:      "invalid Transfer-Encoding",
	RepeatedTransferEncoding: "Transfer-Encoding repeated",
	TransferEncodingIn10:     "Transfer-Encoding in an HTTP/1.0 request",
	ChunkedNotLast:           "chunked is not the final transfer coding",
	UnknownCoding:            "transfer coding not supported",
	BodyWithTrace:            "TRACE with a body",
	BadChunkSize:             "invalid chunk size",
	ChunkSizeTooLong:         "chunk size out of range",
	BadChunkEnd:              "chunk data not followed by CRLF",
	ChunkExtTooLong:          "chunk extensions too long",
	TrailerTooLong:           "trailer section too large",
	TooManyTrailers:          "too many trailer fields",

	BareLF:                "LF without CR",
	BadSpacing:            "request line not delimited by single spaces",
	ControlInValue:        "control byte in field value",
	RepeatedContentLength: "Content-Length repeated",
	LeadingZeroLength:     "Content-Length with leading zeros",
	LengthAndChunked:      "both Content-Length and Transfer-Encoding",
	EmptyCoding:           "empty member in Transfer-Encoding",
	BadChunkExt:           "malformed chunk extension",
}
