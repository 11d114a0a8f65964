package wire

// DataRow: a count and, for each column, a length and that many bytes, or a length of -1 for NULL (§55.7). This is
// what a client reads most of, so it is read by hand and not through body.

import "encoding/binary"

// Row reads the values of a DataRow in order.
type Row struct {
	rest []byte
	left int
}

// ParseRow begins to read a DataRow. n is the number of its columns; a count that the body cannot hold is refused.
func ParseRow(message []byte) (r Row, n int, ok bool) {
	if len(message) < 2 {
		return r, 0, false
	}
	n = int(int16(binary.BigEndian.Uint16(message)))
	if n < 0 || n > (len(message)-2)/lengthBytes {
		return r, 0, false
	}
	return Row{message[2:], n}, n, true
}

// Next returns the next column's bytes, nil for NULL, and never nil for an empty value. ok is false behind the last
// column, and if the message ends before the value does.
func (r *Row) Next() (value []byte, ok bool) {
	if r.left <= 0 || len(r.rest) < lengthBytes {
		return nil, false
	}
	n := int32(binary.BigEndian.Uint32(r.rest))
	rest := r.rest[lengthBytes:]
	if uint32(n) > uint32(len(rest)) {
		return r.null(n)
	}
	r.left--
	r.rest = rest[n:]
	return rest[:n:n], true
}

// null is the way of Next for what is no value: NULL, or a lie.
func (r *Row) null(n int32) ([]byte, bool) {
	if n != -1 {
		r.left = -1 // so that OK says no
		return nil, false
	}
	r.left--
	r.rest = r.rest[lengthBytes:]
	return nil, true
}

// OK reports, after the last column, whether the message held what it said.
func (r *Row) OK() bool { return r.left == 0 && len(r.rest) == 0 }
