package parser

// Every length a peer controls has a limit here. The hard caps are properties of the data structures; the
// fields of [Limits] are what an operator may lower, or raise as far as the caps.

const (
	// HeadBytesCap is the longest head whose offsets fit the uint16 of a [Span].
	HeadBytesCap = 1<<16 - 1
	// FieldCountCap is the size of the array inside [Head]: 8 bytes a field, 1 KiB in all.
	FieldCountCap = 128

	// methodBytesMax is the part of a request line reserved for its method; a longer one fits only if it
	// takes room from the target. Registered methods end at 17 bytes (UPDATEREDIRECTREF).
	methodBytesMax   = 64
	requestLineSlack = methodBytesMax + len(" ") + len(" HTTP/1.1")
	crlfBytes        = len("\r\n")

	// chunkSizeDigitsMax is 64 bits of hex. Zeros count, so that a size cannot be padded at will.
	chunkSizeDigitsMax = 16
)

const (
	defaultHeadBytes    = 16 << 10
	defaultTargetBytes  = 8 << 10
	defaultFieldBytes   = 8 << 10
	defaultFieldCount   = 100
	defaultLeadingCRLF  = 8
	defaultExtLineBytes = 4 << 10
	defaultExtExcess    = 16 << 10
	defaultTrailerBytes = 8 << 10
	defaultTrailerCount = 32

	shortestRequestLine = len("A / HTTP/1.1\r\n")
)

// The defaults must fit the caps and one another; a negative difference does not compile.
const (
	_ = uint(HeadBytesCap - defaultHeadBytes)
	_ = uint(FieldCountCap - defaultFieldCount)
	_ = uint(defaultHeadBytes - (defaultTargetBytes + requestLineSlack))
	_ = uint(defaultHeadBytes - (defaultFieldBytes + shortestRequestLine + crlfBytes))
	_ = uint(defaultTargetBytes - 8000) // RFC 9112 §3: support request lines of at least 8000 octets
)

// Limits bounds a request head. The zero value admits nothing; start from [DefaultLimits]. It must not change
// between the calls of [Head.Parse] that share one head.
type Limits struct {
	// HeadBytesMax bounds the whole head in bytes, leading CRLFs and final CRLF included; at most
	// [HeadBytesCap]. It is the memory one slow peer can hold.
	HeadBytesMax int
	// TargetBytesMax bounds the request-target in bytes. RFC 9112 §3 recommends at least 8000 for the
	// request line. Beyond it: 414.
	TargetBytesMax int
	// FieldLineBytesMax bounds one field line in bytes, without its CRLF. Cookies are the long ones.
	FieldLineBytesMax int
	// FieldCountMax bounds the number of field lines; at most [FieldCountCap].
	FieldCountMax int
	// LeadingCRLFMax bounds the empty lines skipped before a request line (RFC 9112 §2.2).
	LeadingCRLFMax int

	// Secured says that the bytes come out of TLS. An absolute-form target must then be https, else http;
	// a mismatch is answered 421 (RFC 9110 §7.4).
	Secured bool
}

// DefaultLimits returns the limits for a server facing the open network.
func DefaultLimits() Limits {
	return Limits{
		HeadBytesMax:      defaultHeadBytes,
		TargetBytesMax:    defaultTargetBytes,
		FieldLineBytesMax: defaultFieldBytes,
		FieldCountMax:     defaultFieldCount,
		LeadingCRLFMax:    defaultLeadingCRLF,
	}
}

// window is the part of buf a head may occupy: what lies beyond HeadBytesMax is never looked at.
func (l *Limits) window(buf []byte) []byte {
	if n := l.HeadBytesMax; len(buf) > n || n > HeadBytesCap {
		return buf[:min(len(buf), l.headBytes())]
	}
	return buf
}

func (l *Limits) headBytes() int { return clamp(l.HeadBytesMax, HeadBytesCap) }

// requestLineBytes and fieldLineBytes bound a line with its CRLF.
func (l *Limits) requestLineBytes() int {
	return clamp(l.TargetBytesMax, HeadBytesCap) + requestLineSlack + crlfBytes
}

func (l *Limits) fieldLineBytes() int {
	return clamp(l.FieldLineBytesMax, HeadBytesCap) + crlfBytes
}

func (l *Limits) fieldCount() uint { return uint(clamp(l.FieldCountMax, FieldCountCap)) }

func clamp(n, most int) int { return max(0, min(n, most)) }

// ChunkLimits bounds what surrounds the data of a chunked body. The data itself is the caller's to bound:
// see [Chunked.Declared].
type ChunkLimits struct {
	// ExtLineBytesMax bounds the extensions of one chunk in bytes, from the byte after the size to the CR.
	ExtLineBytesMax int
	// ExtExcessBytesMax bounds the extension bytes of a whole body that its data has not paid for, one byte
	// each: a tiny chunk with a long extension is how CVE-2023-39326 and CVE-2024-22019 multiply work.
	ExtExcessBytesMax int
	// TrailerBytesMax bounds the trailer section in bytes, CRLFs included.
	TrailerBytesMax int
	// TrailerCountMax bounds the number of trailer lines.
	TrailerCountMax int
}

// DefaultChunkLimits returns the limits for a server facing the open network.
func DefaultChunkLimits() ChunkLimits {
	return ChunkLimits{
		ExtLineBytesMax:   defaultExtLineBytes,
		ExtExcessBytesMax: defaultExtExcess,
		TrailerBytesMax:   defaultTrailerBytes,
		TrailerCountMax:   defaultTrailerCount,
	}
}
