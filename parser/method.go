package parser

// The methods that have a constant, and how one is told from the first word of a request line.

// Method is a request method of RFC 9110 §9 or RFC 5789. Methods are case-sensitive: "get" is unknown.
type Method uint8

const (
	MethodUnknown Method = iota // a valid token without a constant here: see [Head.MethodName]
	MethodGet
	MethodHead
	MethodPost
	MethodPut
	MethodPatch
	MethodDelete
	MethodConnect
	MethodOptions
	MethodTrace
)

var methodNames = [...]string{
	"UNKNOWN", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE",
}

// String returns the method as it stands on the wire, or "UNKNOWN".
func (m Method) String() string {
	if int(m) < len(methodNames) {
		return methodNames[m]
	}
	return methodNames[MethodUnknown]
}

// Every known method and the SP behind it fit one word.
const (
	wordGET     = 'G' | 'E'<<8 | 'T'<<16 | ' '<<24
	wordPUT     = 'P' | 'U'<<8 | 'T'<<16 | ' '<<24
	wordHEAD    = 'H' | 'E'<<8 | 'A'<<16 | 'D'<<24 | ' '<<32
	wordPOST    = 'P' | 'O'<<8 | 'S'<<16 | 'T'<<24 | ' '<<32
	wordPATCH   = 'P' | 'A'<<8 | 'T'<<16 | 'C'<<24 | 'H'<<32 | ' '<<40
	wordTRACE   = 'T' | 'R'<<8 | 'A'<<16 | 'C'<<24 | 'E'<<32 | ' '<<40
	wordDELETE  = 'D' | 'E'<<8 | 'L'<<16 | 'E'<<24 | 'T'<<32 | 'E'<<40 | ' '<<48
	wordCONNECT = 'C' | 'O'<<8 | 'N'<<16 | 'N'<<24 | 'E'<<32 | 'C'<<40 | 'T'<<48 | ' '<<56
	wordOPTIONS = 'O' | 'P'<<8 | 'T'<<16 | 'I'<<24 | 'O'<<32 | 'N'<<40 | 'S'<<48 | ' '<<56
)

// methodOf recognises a method by the first word of the request line. n is its length, 0 if unknown.
func methodOf(w uint64) (m Method, n int) {
	switch w << 32 >> 32 {
	case wordGET:
		return MethodGet, 3
	case wordPUT:
		return MethodPut, 3
	}
	switch w << 24 >> 24 {
	case wordPOST:
		return MethodPost, 4
	case wordHEAD:
		return MethodHead, 4
	}
	switch w << 16 >> 16 {
	case wordPATCH:
		return MethodPatch, 5
	case wordTRACE:
		return MethodTrace, 5
	}
	switch {
	case w<<8>>8 == wordDELETE:
		return MethodDelete, 6
	case w == wordCONNECT:
		return MethodConnect, 7
	case w == wordOPTIONS:
		return MethodOptions, 7
	}
	return MethodUnknown, 0
}
