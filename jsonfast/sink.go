package jsonfast

// This file holds what generated code writes with, besides the Append functions: what depends on the options, what can fail, and the
// plan for members that the code leaves to it.

// Sink is the state of one encoding. It is for code that covet-json writes, and good until that returns.
type Sink encoder

// String appends a string.
func (s *Sink) String(b []byte, v string) []byte { return appendString(b, v, s.html) }

// Float appends a float64; NaN and the infinities fail.
func (s *Sink) Float(b []byte, f float64) []byte { return (*encoder)(s).float(b, f, 64) }

// Float32 is Float for a float32.
func (s *Sink) Float32(b []byte, f float32) []byte { return (*encoder)(s).float(b, float64(f), 32) }

// Strings appends a slice of strings.
func (s *Sink) Strings(b []byte, v []string) []byte {
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

// Enter enters what a pointer or a slice leads to; Leave leaves it. Deep down in the data it says no: the plan of the member,
// which looks for cycles there, has to write it.
func (s *Sink) Enter() bool {
	if s.depth >= cycleDepthMin {
		return false
	}
	s.depth++
	return true
}

// Leave is the end of Enter.
func (s *Sink) Leave() { s.depth-- }

// Failed reports whether there was an error: what is appended from now on is dropped.
func (s *Sink) Failed() bool { return s.err != nil }

// Member appends member n of v with its name, and a comma before it, or nothing if it is to be left out.
func (c *Codec[T]) Member(s *Sink, b []byte, n int, v *T) []byte {
	plan := c.write[indexOf(s.html)].Load()
	return (*encoder)(s).fields(b, plan.fields[n:n+1], address(v)) // SAFETY: the plan is that of T
}
