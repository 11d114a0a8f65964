package jsonfast

// This file holds Writer, which knows when a comma is due.

import "time"

// Writer writes JSON into a buffer, one call per token:
//
//	w := jsonfast.NewWriter(buf[:0])
//	w.BeginObject()
//	w.Key("id")
//	w.Int(7)
//	w.Key("tags")
//	w.BeginArray()
//	w.String("a")
//	w.EndArray()
//	w.EndObject()
//	buf = w.Bytes()
//
// Commas and colons are its affair. That what it writes is well-formed is the caller's: it does not count
// brackets, since a mistake there shows in the first test. It allocates only when the buffer is too small. A
// Writer is used by one goroutine.
type Writer struct {
	buf   []byte
	start int  // where this Writer's output begins
	html  bool // escape <, > and & in strings
}

// NewWriter returns a Writer that appends to dst.
func NewWriter(dst []byte) Writer { return Writer{buf: dst, start: len(dst), html: true} }

// SetEscapeHTML says whether <, > and & are escaped in strings and names, as they are from the start.
func (w *Writer) SetEscapeHTML(on bool) { w.html = on }

// Bytes returns dst with all that was written. It is valid until the next call.
func (w *Writer) Bytes() []byte { return w.buf }

// value appends a comma if the last byte ends a value. No value ends with an opening bracket, a colon or a comma, so
// one byte of the output is all the state there is.
func (w *Writer) value() []byte {
	b := w.buf
	if len(b) == w.start {
		return b
	}
	switch b[len(b)-1] {
	case '{', '[', ':':
		return b
	}
	return append(b, ',')
}

// BeginObject opens an object.
func (w *Writer) BeginObject() { w.buf = append(w.value(), '{') }

// EndObject closes it.
func (w *Writer) EndObject() { w.buf = append(w.buf, '}') }

// BeginArray opens an array.
func (w *Writer) BeginArray() { w.buf = append(w.value(), '[') }

// EndArray closes it.
func (w *Writer) EndArray() { w.buf = append(w.buf, ']') }

// Key writes a member's name. Its value comes next.
func (w *Writer) Key(name string) { w.buf = append(appendString(w.value(), name, w.html), ':') }

// String writes a string.
func (w *Writer) String(s string) { w.buf = appendString(w.value(), s, w.html) }

// StringBytes writes bytes as the string they are.
func (w *Writer) StringBytes(s []byte) { w.buf = appendString(w.value(), stringOf(s), w.html) }

// Int writes a signed integer.
func (w *Writer) Int(v int64) { w.buf = AppendInt(w.value(), v) }

// Uint writes an unsigned integer.
func (w *Writer) Uint(v uint64) { w.buf = AppendUint(w.value(), v) }

// Float writes a float64; NaN and the infinities become null.
func (w *Writer) Float(f float64) { w.buf = AppendFloat(w.value(), f) }

// Float32 writes a float32; NaN and the infinities become null.
func (w *Writer) Float32(f float32) { w.buf = AppendFloat32(w.value(), f) }

// Bool writes true or false.
func (w *Writer) Bool(v bool) { w.buf = AppendBool(w.value(), v) }

// Null writes null.
func (w *Writer) Null() { w.buf = AppendNull(w.value()) }

// Base64 writes bytes as a string in base64.
func (w *Writer) Base64(src []byte) { w.buf = AppendBase64(w.value(), src) }

// Raw writes JSON that is already there, as it is and unchecked. It must not be empty.
func (w *Writer) Raw(src []byte) { w.buf = append(w.value(), src...) }

// Time writes a time by RFC 3339. If that form has no place for it, nothing is written and the error says why.
func (w *Writer) Time(t time.Time) error {
	n := len(w.buf)
	out, err := AppendTime(w.value(), t)
	if err != nil {
		out = out[:n]
	}
	w.buf = out
	return err
}
