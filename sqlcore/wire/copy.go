package wire

// COPY: data that flows in pieces, one way or the other (§55.2.6).

import "encoding/binary"

// CopyHeaderBytes is what stands before the data of a CopyData: see [PutCopyData].
const CopyHeaderBytes = HeaderBytes

// PutCopyData makes a CopyData message of message, whose data stands behind CopyHeaderBytes already: a buffer that was
// filled in place is sent without being copied.
func PutCopyData(message []byte) bool {
	n := len(message) - 1
	if n < lengthBytes || n >= MessageBytesMax {
		return false
	}
	message[0] = byte(CopyData)
	binary.BigEndian.PutUint32(message[1:], uint32(n))
	return true
}

// AppendCopyDone appends CopyDone: all data was sent.
func AppendCopyDone(dst []byte) []byte { return append(dst, byte(CopyDone), 0, 0, 0, 4) }

// AppendCopyFail appends CopyFail: the server is to undo the COPY, and to give reason as the cause.
func AppendCopyFail(dst []byte, reason string) ([]byte, bool) {
	start := len(dst)
	out, ok := appendString(begin(dst, 'f'), reason)
	if !ok {
		return dst[:start], false
	}
	return end(out, start)
}

// AppendFlush appends Flush: the server sends what it has to say, without waiting for a Sync.
func AppendFlush(dst []byte) []byte { return append(dst, 'H', 0, 0, 0, 4) }

// ParseCopyResponse reads CopyInResponse or CopyOutResponse: the format of the whole, and the number of columns, each
// with a format of its own, which for the text formats is text.
func ParseCopyResponse(message []byte) (format Format, columns int, ok bool) {
	b := body{rest: message}
	format = Format(b.byte())
	columns = int(b.int16())
	if format != Text && format != Binary || b.bad || columns < 0 || len(b.rest) != 2*columns {
		return 0, 0, false
	}
	for range columns {
		if f := Format(b.int16()); f != Text && f != format {
			return 0, 0, false
		}
	}
	return format, columns, true
}

// The binary form of a COPY (COPY's "Binary Format"): a header, then rows, each a count of columns and the values with their
// lengths, as [Params] writes them; then a count of -1.
const (
	CopyBinaryHeader  = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	CopyBinaryTrailer = "\xff\xff"
)
