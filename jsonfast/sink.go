package jsonfast

// This file holds what generated code writes with, besides the Append functions: what depends on the options, what can fail, and the
// plan for members that the code leaves to it. A Sink goes by value, as the encoder of a call lies on the stack (encvalue.go) and
// must not be given to a function that nobody knows.

// Sink is how a value is to be written. It is for code that covet-json writes.
type Sink struct {
	html, unsorted bool
	depth          int            // as in encoder
	seen           map[visit]bool // as in encoder
}

// useCode makes generated code write the struct of a plan.
func (c *encCompiler) useCode(g codec, p *encPlan) {
	if p.code = g.writes(); p.code == nil {
		return
	}
	p.op = opCode
	c.generated.stale = c.generated.stale || mindsAddress(p.typ)
	c.generated.publish = append(c.generated.publish, func() {
		members := make([]encPlan, len(p.fields))
		for i := range members {
			members[i].op, members[i].typ, members[i].fields = opStruct, p.typ, p.fields[i:i+1]
		}
		g.publish(members, c.html)
	})
}

// byCode appends the struct at p by generated code.
func (e *encoder) byCode(b []byte, p address, plan *encPlan) []byte {
	b, err := plan.code(Sink{e.html, e.unsorted, e.depth, e.seen}, b, p)
	if err != nil {
		e.fail(err)
	}
	return b
}

// String appends a string.
func (s Sink) String(b []byte, v string) []byte { return appendString(b, v, s.html) }

// Lead is what stands before a string: a name with its comma and colon, and the string's opening quote. It has no more than LeadBytesMax.
type Lead lead

// LeadBytesMax is how many bytes a Lead can have.
const LeadBytesMax = leadBytesMax

// NewLead returns the Lead of a text.
func NewLead(text string) Lead { return Lead(*newLead(text)) }

// Text appends a string with what stands before it.
func (s Sink) Text(b []byte, before *Lead, v string) []byte {
	return appendText(b, (*lead)(before), v, s.html)
}

// Float appends a float64; NaN and the infinities fail.
func (s Sink) Float(b []byte, f float64) ([]byte, error) {
	if f-f != 0 {
		return b, failedFloat(f, 64)
	}
	return appendFloat(b, f, 64), nil
}

// Float32 is Float for a float32.
func (s Sink) Float32(b []byte, f float32) ([]byte, error) {
	if f-f != 0 {
		return b, failedFloat(float64(f), 32)
	}
	return appendFloat(b, float64(f), 32), nil
}

// failedFloat is the error of encoder.float.
func failedFloat(f float64, bits int) error {
	var e encoder
	e.float(nil, f, bits)
	return e.err
}

// Strings appends a slice of strings.
func (s Sink) Strings(b []byte, v []string) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, str := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, str, s.html)
	}
	return append(b, ']')
}

// IsDeep reports whether the plan has to write what a pointer or a slice leads to, as it looks for cycles there.
func (s Sink) IsDeep() bool { return s.depth >= cycleDepthMin }

// Below returns the Sink for what a pointer or a slice leads to.
func (s Sink) Below() Sink {
	s.depth++
	return s
}

// Member appends member n of v with its name, and a comma before it, or nothing if it is to be left out.
func (c *Codec[T]) Member(s Sink, b []byte, n int, v *T) ([]byte, error) {
	e := encoder{html: s.html, unsorted: s.unsorted, depth: s.depth, seen: s.seen}
	plan := &(*c.write[indexOf(s.html)].Load())[n]
	start := len(b)
	b = e.object(b, address(v), plan) // SAFETY: the plan is that of T
	if e.members != nil {
		e.members.release()
	}
	if e.err != nil {
		return b, e.err
	}
	if len(b) == start+len("{}") {
		return b[:start], nil
	}
	b[start] = ','
	return b[:len(b)-1], nil
}
