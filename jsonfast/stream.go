package jsonfast

// This file holds Encoder and Decoder, which write and read values one after another. They are the one place of the package that
// does I/O: by what the caller hands in, one Write per value, and Reads into a buffer of their own.

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
)

// Encoder writes values to a stream, each with a line end behind it. It equals json.Encoder, and is used by one goroutine at a
// time.
type Encoder struct {
	w              io.Writer
	options        Options
	prefix, indent string
	buf, indented  []byte // the last value's, up to keptBufferBytesMax
	err            error
}

// NewEncoder returns an Encoder that writes to w.
func NewEncoder(w io.Writer) *Encoder { return Options{}.NewEncoder(w) }

// NewEncoder is the function of that name, with options.
func (o Options) NewEncoder(w io.Writer) *Encoder { return &Encoder{w: w, options: o} }

// SetEscapeHTML says whether <, > and & are escaped in strings, as they are from the start.
func (e *Encoder) SetEscapeHTML(on bool) { e.options.NoHTMLEscape = !on }

// SetIndent makes values span lines, as AppendIndent does. Two empty strings end that.
func (e *Encoder) SetIndent(prefix, indent string) { e.prefix, e.indent = prefix, indent }

// Encode writes the JSON of v and a line end, with one call of Write. An error of the writer is the answer of all calls from then
// on; one of the value writes nothing and harms nothing.
func (e *Encoder) Encode(v any) error {
	if e.err != nil {
		return e.err
	}
	out, err := e.options.AppendMarshal(e.buf[:0], v)
	if err != nil {
		return err
	}
	out = append(out, '\n')
	if e.buf = out; cap(out) > keptBufferBytesMax {
		e.buf = nil
	}
	if e.prefix != "" || e.indent != "" {
		if out, err = AppendIndent(e.indented[:0], out, e.prefix, e.indent); err != nil {
			return err
		}
		if e.indented = out; cap(out) > keptBufferBytesMax {
			e.indented = nil
		}
	}
	if _, err = e.w.Write(out); err != nil {
		e.err = err
	}
	return err
}

const (
	readBytesMin  = 512 // bytes of room for one Read
	emptyReadsMax = 100 // Reads in a row that return neither bytes nor an error
)

// ErrTooLong is what Decode and Token return for a value that is longer than SetValueBytesMax allows.
var ErrTooLong = errors.New("jsonfast: a value of the stream is longer than its Decoder allows")

// Decoder reads values, or their tokens, from a stream. It equals json.Decoder in what it returns, errors, offsets and what it
// takes from the stream included, but for one thing: a reader that returns nothing a hundred times in a row is
// given up with io.ErrNoProgress, where json.Decoder asks for ever. It is used by one goroutine at a time.
//
// A byte is looked at once to find the end of its value, however the stream is cut, and once to decode it. The buffer is as large as
// the largest value so far, doubled at most; SetValueBytesMax bounds it.
type Decoder struct {
	r        io.Reader
	options  Options
	buf      []byte
	start    int   // of what is unread in buf
	before   int64 // bytes of the stream before buf
	scanned  int64 // bytes that values were made of: where syntax errors count from, as in encoding/json
	progress progress
	bytesMax int
	err      error

	state tokenState
	outer []tokenState
}

// NewDecoder returns a Decoder that reads from r, which may be further than the values that were asked for.
func NewDecoder(r io.Reader) *Decoder { return Options{}.NewDecoder(r) }

// NewDecoder is the function of that name, with options. BorrowStrings and OnePass mean nothing here: the buffer is used again, and
// a value is decoded when all of it is there and known to be JSON. RejectDuplicates is for what Decode reads; tokens are
// not remembered.
func (o Options) NewDecoder(r io.Reader) *Decoder {
	o.BorrowStrings = false
	return &Decoder{r: r, options: o}
}

// UseNumber makes numbers that go into an empty interface, and tokens, json.Numbers.
func (d *Decoder) UseNumber() { d.options.UseNumber = true }

// DisallowUnknownFields makes a member without a field an error.
func (d *Decoder) DisallowUnknownFields() { d.options.DisallowUnknownFields = true }

// SetValueBytesMax bounds a value, or a token that is no bracket, to n bytes with the white space before it. A longer one is
// ErrTooLong, from then on; the Decoder does not hold more than n bytes and room for one Read. Zero, as from the
// start, is no bound: whoever reads from strangers sets one.
func (d *Decoder) SetValueBytesMax(n int) { d.bytesMax = n }

// Buffered returns what was read from the stream and belongs to no value yet. It is good until the next call.
func (d *Decoder) Buffered() io.Reader { return bytes.NewReader(d.buf[d.start:]) }

// InputOffset returns the place in the stream behind the last value or token.
func (d *Decoder) InputOffset() int64 { return d.before + int64(d.start) }

// Decode reads the next value and stores it in what v points to. At the end of the stream it returns io.EOF, and within a value
// io.ErrUnexpectedEOF. After a value that does not fit v the next one can be read; broken JSON is the end.
func (d *Decoder) Decode(v any) error {
	if d.err != nil {
		return d.err
	}
	if err := d.beforeValue(); err != nil {
		return err
	}
	if !d.state.takesValue() {
		return d.tokenError()
	}
	end, err := d.value()
	if err != nil {
		return err
	}
	text, offset := d.buf[d.start:end:end], d.InputOffset()
	d.scanned += int64(len(text))
	d.start = end
	d.state = d.state.afterValue()
	if d.options.RejectDuplicates {
		if _, err := checkNames(text, offset, d.options); err != nil {
			return err
		}
	}
	return d.options.unmarshalSound(text, v)
}

// unmarshalSound is Unmarshal for what is JSON.
func (o Options) unmarshalSound(data []byte, v any) error {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return &json.InvalidUnmarshalError{Type: reflect.TypeOf(v)}
	}
	plan, d := decPlans.get(rv.Type(), newDecPlan), decoders.Get().(*decoder)
	d.data, d.options = data, o
	end := plan.decode(d, skipSpace(data, 0), rv.UnsafePointer())
	err := d.fatal
	if err == nil {
		err = d.saved
	}
	d.release(end)
	return err
}

// value reads until the next value is in the buffer, and returns the place behind it.
func (d *Decoder) value() (end int, err error) {
	d.progress.reset()
	var out outcome
	for i := d.start; ; {
		i, out = d.progress.feed(d.buf, i)
		switch {
		case out == mistaken:
			d.err = d.syntaxError(i)
			return 0, d.err
		case d.bytesMax > 0 && i-d.start > d.bytesMax:
			d.err = ErrTooLong
			return 0, d.err
		case out == complete:
			return i, nil
		case err != nil && err != io.EOF:
			d.err = err
			return 0, err
		case err == io.EOF && d.progress.endsHere():
			return i, nil
		case err == io.EOF:
			if skipSpace(d.buf, 0) < len(d.buf) {
				err = io.ErrUnexpectedEOF
			}
			d.err = err
			return 0, err
		}
		i -= d.start
		err = d.read()
		i += d.start
	}
}

// syntaxError has encoding/json say what is wrong with a value that is, with the byte before end.
func (d *Decoder) syntaxError(end int) error {
	err := json.NewDecoder(bytes.NewReader(d.buf[d.start:end])).Decode(new(json.RawMessage))
	if e, ok := err.(*json.SyntaxError); ok {
		e.Offset += d.scanned
	}
	return err
}

// read reads more into the buffer, from whose beginning what was read is removed.
func (d *Decoder) read() error {
	if d.start > 0 {
		d.before += int64(d.start)
		d.buf = d.buf[:copy(d.buf, d.buf[d.start:])]
		d.start = 0
	}
	if cap(d.buf)-len(d.buf) < readBytesMin {
		size := 2*cap(d.buf) + readBytesMin
		if d.bytesMax > 0 {
			size = max(min(2*cap(d.buf), d.bytesMax), len(d.buf)) + readBytesMin // bytesMax + readBytesMin could overflow
		}
		d.buf = append(make([]byte, 0, size), d.buf...)
	}
	for range emptyReadsMax {
		n, err := d.r.Read(d.buf[len(d.buf):cap(d.buf)])
		d.buf = d.buf[:len(d.buf)+n]
		if n > 0 || err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}
