package wire

// The parameters of a Bind: how each is written, then each value with its length (§55.7, Bind). They are put
// together apart from the message, once, whatever connection they will travel on.

import "encoding/binary"

// Params collects parameters. Call Reset with their number, then for each one in order Format, then for each one in
// order Null, or Begin and End around the bytes that are appended to Buf. It keeps its memory between uses.
type Params struct {
	// Buf is what [AppendBind] wants, once every parameter has had its turn.
	Buf   []byte
	bad   bool
	start int
}

// Reset begins a list of n parameters, all in text format until SetFormat says otherwise.
func (p *Params) Reset(n int) {
	p.bad = n > ParamCountMax
	if p.bad {
		n = 0
	}
	p.Buf = binary.BigEndian.AppendUint16(p.Buf[:0], uint16(n))
	for range n {
		p.Buf = append(p.Buf, 0, byte(Text))
	}
	p.Buf = binary.BigEndian.AppendUint16(p.Buf, uint16(n))
}

// SetFormat says how parameter i, from 0, is written.
func (p *Params) SetFormat(i int, f Format) { p.Buf[2+2*i+1] = byte(f) }

// Null gives the next parameter no value.
func (p *Params) Null() { p.Buf = append(p.Buf, 0xff, 0xff, 0xff, 0xff) }

// Begin opens the next parameter's value.
func (p *Params) Begin() {
	p.Buf = append(p.Buf, 0, 0, 0, 0)
	p.start = len(p.Buf)
}

// End closes the value that Begin opened.
func (p *Params) End() {
	n := len(p.Buf) - p.start
	if n >= MessageBytesMax {
		p.bad = true
		p.Buf = p.Buf[:p.start]
		n = 0
	}
	binary.BigEndian.PutUint32(p.Buf[p.start-lengthBytes:], uint32(n))
}

// OK reports whether everything fitted.
func (p *Params) OK() bool { return !p.bad && len(p.Buf) < MessageBytesMax }
