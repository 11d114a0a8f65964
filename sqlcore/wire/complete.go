package wire

// CommandComplete: what ran, and how many rows it touched (§55.7).

import "bytes"

// Tag is the text of a CommandComplete, such as "UPDATE 3".
type Tag []byte

// ParseCommandComplete reads a CommandComplete.
func ParseCommandComplete(message []byte) (Tag, bool) {
	b := body{rest: message}
	tag := b.string()
	return Tag(tag), b.whole()
}

// Rows is the number at the end of the tag: how many rows were selected, inserted, updated, deleted, moved or copied.
// Commands that touch no rows have none, and 0 is returned. ("INSERT 0 5" has an OID before it, always 0 since
// PostgreSQL 12.)
func (t Tag) Rows() int64 {
	digits := t[bytes.LastIndexByte(t, ' ')+1:]
	var n int64
	for _, c := range digits {
		if c < '0' || c > '9' || n > (1<<63-1-9)/10 {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	return n
}
