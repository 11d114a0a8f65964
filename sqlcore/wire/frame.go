package wire

// What all messages share: a type byte, a length of four bytes that counts itself, and a body (§55.7). Entry
// point: [Next].

import (
	"bytes"
	"encoding/binary"
)

// Type is the first byte of a message from the server.
type Type byte

// The messages a server may send (§55.7).
const (
	Authentication       Type = 'R'
	BackendKeyData       Type = 'K'
	BindComplete         Type = '2'
	CloseComplete        Type = '3'
	CommandComplete      Type = 'C'
	CopyBothResponse     Type = 'W'
	CopyInResponse       Type = 'G'
	CopyOutResponse      Type = 'H'
	CopyData             Type = 'd'
	CopyDone             Type = 'c'
	DataRow              Type = 'D'
	EmptyQueryResponse   Type = 'I'
	ErrorResponse        Type = 'E'
	NegotiateProtocol    Type = 'v'
	NoData               Type = 'n'
	NoticeResponse       Type = 'N'
	NotificationResponse Type = 'A'
	ParameterDescription Type = 't'
	ParameterStatus      Type = 'S'
	ParseComplete        Type = '1'
	PortalSuspended      Type = 's'
	ReadyForQuery        Type = 'Z'
	RowDescription       Type = 'T'
)

// Status is what [Next] says about the bytes it saw.
type Status uint8

// The outcomes of [Next].
const (
	OK       Status = iota // a whole message
	NeedMore               // the bytes end before the message does
	BadFrame               // a length below its own four bytes
	TooLong                // a length above the limit
)

// Message is one message, as a view of the buffer it was cut from.
type Message struct {
	Type Type
	Body []byte
}

// Next cuts the first message from buf. n is its length with its header if the status is OK; if it is NeedMore, n
// is how many bytes the message has in all, or 0 if not even its header is there. max bounds the length that the
// header may state, header included, so that a caller can reserve n bytes without asking further.
func Next(buf []byte, max int) (m Message, n int, st Status) {
	if len(buf) < HeaderBytes {
		return m, 0, NeedMore
	}
	length := binary.BigEndian.Uint32(buf[1:])
	if length < lengthBytes {
		return m, 0, BadFrame
	}
	if uint64(length) >= uint64(max) { // the length leaves out the type byte
		return m, 0, TooLong
	}
	n = int(length) + 1
	if len(buf) < n {
		return m, n, NeedMore
	}
	return Message{Type(buf[0]), buf[HeaderBytes:n:n]}, n, OK
}

// begin opens a message of a type. [end] closes it.
func begin(dst []byte, t byte) []byte {
	return append(dst, t, 0, 0, 0, 0)
}

// end writes the length of the message that starts at start, or takes the message away if it is too long.
func end(dst []byte, start int) ([]byte, bool) {
	length := len(dst) - start - 1
	if length >= MessageBytesMax {
		return dst[:start], false
	}
	binary.BigEndian.PutUint32(dst[start+1:], uint32(length))
	return dst, true
}

// appendString writes a string with its NUL, and refuses one that has a NUL inside: the server would read what is
// behind it as the next field.
func appendString(dst []byte, s string) ([]byte, bool) {
	for i := 0; i < len(s); i++ {
		if s[i] == 0 {
			return dst, false
		}
	}
	return append(append(dst, s...), 0), true
}

// body reads fields from a message's body in order. The first one that is not there makes it bad, and everything
// after it zero.
type body struct {
	rest []byte
	bad  bool
}

// take cuts n bytes.
func (b *body) take(n int) []byte {
	if n < 0 || n > len(b.rest) {
		b.bad, b.rest = true, nil
		return nil
	}
	cut := b.rest[:n:n]
	b.rest = b.rest[n:]
	return cut
}

// byte cuts one byte.
func (b *body) byte() byte {
	if cut := b.take(1); len(cut) == 1 {
		return cut[0]
	}
	return 0
}

// int16 cuts an Int16.
func (b *body) int16() int16 {
	if cut := b.take(2); len(cut) == 2 {
		return int16(binary.BigEndian.Uint16(cut))
	}
	return 0
}

// uint32 cuts an Int32 whose bits mean an unsigned number.
func (b *body) uint32() uint32 {
	if cut := b.take(4); len(cut) == 4 {
		return binary.BigEndian.Uint32(cut)
	}
	return 0
}

// int32 cuts an Int32.
func (b *body) int32() int32 { return int32(b.uint32()) }

// string cuts a String: up to its NUL, without it.
func (b *body) string() []byte {
	i := bytes.IndexByte(b.rest, 0)
	if i < 0 {
		b.bad, b.rest = true, nil
		return nil
	}
	cut := b.rest[:i:i]
	b.rest = b.rest[i+1:]
	return cut
}

// whole reports whether all fields were there and nothing came behind them.
func (b *body) whole() bool { return !b.bad && len(b.rest) == 0 }
