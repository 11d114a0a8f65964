package router

// This file holds the parameters of a match. They are offsets into the path
// the caller passed to Lookup: nothing is copied, and the struct holds no
// pointer, so it may live in a pooled request context without keeping any
// buffer alive.
//
// Invariant: for i < n, span[i] lies within the path of the last Lookup.

// ParamsMax is the number of parameters one pattern may have.
const ParamsMax = 32

// Params receives the parameter spans of one lookup. The caller owns it; it is
// overwritten by every Lookup and its zero value is ready for use.
type Params struct {
	n    uint8
	span [ParamsMax]span
}

// span is a piece of a path: path[off : off+len].
type span struct{ off, len uint16 }

const _ uint = 0xffff - pathBytesMax // a span can address every path we match

// Len returns the number of parameters of the last match, 0 if there was none.
func (p *Params) Len() int { return int(p.n) }

// Value returns parameter i of path, which must be the path given to Lookup.
// The value is raw, still percent-encoded (see [AppendUnescaped]); it is a view
// of path and lives as long. It panics if i is out of range.
func (p *Params) Value(path []byte, i int) []byte {
	if uint(i) >= uint(p.n) {
		panic("router: parameter index out of range")
	}
	s := p.span[i]
	end := int(s.off) + int(s.len)
	return path[s.off:end:end]
}

func (p *Params) add(off, end int) {
	p.span[p.n] = span{uint16(off), uint16(end - off)}
	p.n++
}
