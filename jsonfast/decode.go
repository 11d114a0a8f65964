package jsonfast

// This file turns JSON into Go values: the calls, the state of one call, its errors, and strings. What a call does for a type is
// its plan's affair (decplan.go).

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"reflect"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// Unmarshal stores the JSON value in data in what v points to. It equals json.Unmarshal: nothing is stored if data is not
// JSON. Strings are copies; those up to stringShareBytesMax share memory with others of the call or of earlier calls, so
// that one keeps up to stringChunkBytes alive.
func Unmarshal(data []byte, v any) error { return Options{}.Unmarshal(data, v) }

// UnmarshalOf returns the JSON value in data as a T.
func UnmarshalOf[T any](data []byte) (T, error) {
	var v T
	err := Options{}.Unmarshal(data, &v)
	return v, err
}

// Unmarshal is the function of that name, with options.
//
// Broken JSON must leave the target as it was. A target that is zero, which is the rule, is read into at once, and made zero
// again if the end of the text is broken; only what has a value already waits until the text has been looked through. So does a
// type with methods of its own, which must not see the first half of broken JSON.
func (o Options) Unmarshal(data []byte, v any) error {
	if o.RejectDuplicates {
		return o.unmarshalUnique(data, v)
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		if !Valid(data) {
			return syntaxError(data)
		}
		return &json.InvalidUnmarshalError{Type: reflect.TypeOf(v)}
	}
	plan, p := decPlans.get(rv.Type(), newDecPlan), rv.UnsafePointer()
	check := !o.OnePass && (plan.methods || !isZeroMemory(p, plan.size))
	if check && !Valid(data) {
		return syntaxError(data)
	}
	d := decoders.Get().(*decoder)
	d.data, d.options = data, o
	end := plan.decode(d, skipSpace(data, 0), p)
	sound := check || end != broken && skipSpace(data, end) == len(data) || d.fatal != nil && Valid(data)
	err := cmp.Or(d.fatal, d.saved)
	d.release()
	if sound {
		return err
	}
	if !o.OnePass {
		rv.Elem().SetZero()
	}
	return syntaxError(data)
}

// isZeroMemory reports whether a value is the zero value, bit for bit.
func isZeroMemory(p address, size uintptr) bool {
	b := unsafe.Slice((*byte)(p), size) // SAFETY: the caller's value is size bytes long, and bytes are all that is read
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b) != 0 {
			return false
		}
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// decoder is the state of one call.
type decoder struct {
	data    []byte
	options Options
	depth   int    // objects and arrays around the value in hand
	saved   error  // the first fault that does not end decoding
	fatal   error  // the one that does; nil if that is the syntax
	named   bool   // the fault knows its field
	chunk   []byte // where strings are copied to
	scratch []byte // for strings with escapes
	anys    []any  // elements and members of []any and map[string]any around the value in hand
	names   []string
	strings []string // elements of []string, and so on
	floats  []float64
	ints    []int
}

const (
	stringChunkBytes         = 512 // bytes that short strings are cut from
	stringShareBytesMax      = 64  // bytes of a string that is; longer ones have memory of their own
	keptScratchBytesMax      = 16 << 10
	keptStackCountMax        = 1 << 10
	_                   uint = stringChunkBytes - stringShareBytesMax
)

// decoders keeps decoders between calls, with what is left of their chunk of strings and no other memory of a call.
var decoders = sync.Pool{New: func() any { return new(decoder) }}

// What a stack held is cleared by whoever takes it off, so that nothing is to be done here after a call that went well.
func (d *decoder) release() {
	if d.fatal != nil || len(d.anys)+len(d.strings)+len(d.names) > 0 || d.isLarge() {
		*d = decoder{chunk: d.chunk}
	}
	d.data, d.depth, d.named = nil, 0, false
	if d.saved != nil {
		d.saved = nil
	}
	d.floats, d.ints = d.floats[:0], d.ints[:0]
	decoders.Put(d)
}

func (d *decoder) isLarge() bool {
	return cap(d.scratch) > keptScratchBytesMax || max(cap(d.anys), cap(d.strings), cap(d.floats), cap(d.ints)) > keptStackCountMax
}

// save notes a fault that does not end decoding, if it is the first.
func (d *decoder) save(err error) {
	if d.saved == nil {
		d.saved = err
	}
}

// abort ends decoding.
func (d *decoder) abort(err error) int {
	if d.fatal == nil {
		d.fatal, d.named = err, false
	}
	return broken
}

// inField tells a fault that came up below a field where that is: the struct nearest to it, and the path of fields.
func (d *decoder) inField(t reflect.Type, path string) {
	err := d.fatal
	if err == nil {
		err = d.saved
	}
	if e, ok := err.(*json.UnmarshalTypeError); ok {
		if !d.named {
			e.Struct, d.named = t.Name(), true
		}
		if e.Field != "" {
			path += "." + e.Field
		}
		e.Field = path
	}
}

// mismatch passes over a value that does not fit type t, and notes that.
func (d *decoder) mismatch(i int, t reflect.Type) int {
	if i >= len(d.data) {
		return broken
	}
	end := skipValue(d.data, i, d.depth)
	if end == broken || d.data[i] == 'n' || d.saved != nil { // a text of nothing else must not cost an error per value
		return end
	}
	offset := end
	if c := d.data[i]; c == '{' || c == '[' {
		offset = i + 1
	}
	d.save(&json.UnmarshalTypeError{Value: valueName(d.data[i]), Type: t, Offset: int64(offset)})
	return end
}

// valueName is what an UnmarshalTypeError calls a value that starts with c, and is not null.
func valueName(c byte) string {
	switch c {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "bool"
	}
	return "number"
}

// unfit notes a number that is beyond its type.
func (d *decoder) unfit(i, end int, t reflect.Type, offset int) {
	if d.saved != nil {
		return
	}
	d.save(&json.UnmarshalTypeError{Value: "number " + string(d.data[i:end]), Type: t, Offset: int64(offset)})
}

// isNull reports whether null starts at i.
func (d *decoder) isNull(i int) bool {
	return i < len(d.data) && d.data[i] == 'n' && skipWord(d.data, i) != broken
}

// text returns what the string says whose opening quote is before i: a view of the input, or of scratch memory that is good
// until the next call.
func (d *decoder) text(i int) (s []byte, end int) {
	j := asciiRun(d.data, i)
	if j < len(d.data) && d.data[j] == '"' {
		return d.data[i:j], j + 1
	}
	return d.oddText(i, j)
}

// string is text as a string that may be kept.
func (d *decoder) string(i int) (s string, end int) {
	j := asciiRun(d.data, i)
	if j < len(d.data) && d.data[j] == '"' {
		if d.options.BorrowStrings {
			return stringOf(d.data[i:j]), j + 1
		}
		return d.keep(d.data[i:j]), j + 1
	}
	b, end := d.oddText(i, j)
	if d.options.BorrowStrings && len(b) > 0 && &b[0] == &d.data[i] {
		return stringOf(b), end
	}
	return d.keep(b), end
}

// oddText is text for strings that are not plain ASCII up to j.
func (d *decoder) oddText(i, j int) (s []byte, end int) {
	j = stringRun(d.data, j)
	if j < len(d.data) && d.data[j] == '"' {
		if s = d.data[i:j]; d.options.NoUTF8Check || validUTF8(s) {
			return s, j + 1
		}
	}
	return d.slowText(i, j)
}

// keep copies bytes to a string.
func (d *decoder) keep(b []byte) string {
	if len(b) > stringShareBytesMax {
		return string(b)
	}
	n := len(d.chunk)
	if cap(d.chunk)-n < len(b) {
		d.chunk, n = make([]byte, 0, stringChunkBytes), 0
	}
	d.chunk = append(d.chunk, b...)
	return stringOf(d.chunk[n:len(d.chunk)])
}

// slowText is text for strings with escapes or with bytes that are no UTF-8; the first of them is at j or, if it is the
// latter, anywhere. Both kinds of nonsense become U+FFFD: bytes that are no UTF-8, and halves of surrogate pairs.
func (d *decoder) slowText(i, j int) (s []byte, end int) {
	out := d.scratch[:0]
	for {
		if d.options.NoUTF8Check {
			out = append(out, d.data[i:j]...)
		} else {
			out = appendUTF8(out, d.data[i:j])
		}
		if j >= len(d.data) || d.data[j] < ' ' {
			return nil, broken
		}
		if d.data[j] == '"' {
			d.scratch = out
			return out, j + 1
		}
		for i = j; i < len(d.data) && d.data[i] == '\\'; { // escapes like company
			end := skipEscape(d.data, i)
			if end == broken {
				return nil, broken
			}
			out, i = appendUnescaped(out, d.data, i, end)
		}
		j = stringRun(d.data, i)
	}
}

// appendUTF8 appends bytes, and U+FFFD for each one that is no part of UTF-8.
func appendUTF8(dst, src []byte) []byte {
	if validUTF8(src) {
		return append(dst, src...)
	}
	for len(src) > 0 {
		r, n := utf8.DecodeRune(src)
		dst = utf8.AppendRune(dst, r)
		src = src[n:]
	}
	return dst
}

// appendUnescaped appends what the escape at i stands for, which ends at end, and returns the place behind it and behind
// the other half of a surrogate pair.
func appendUnescaped(dst, data []byte, i, end int) ([]byte, int) {
	switch c := data[i+1]; c {
	case 'b':
		return append(dst, '\b'), end
	case 'f':
		return append(dst, '\f'), end
	case 'n':
		return append(dst, '\n'), end
	case 'r':
		return append(dst, '\r'), end
	case 't':
		return append(dst, '\t'), end
	case 'u':
		r := hex4(data, i+2)
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if bytes.HasPrefix(data[end:], []byte(`\u`)) {
				pair = utf16.DecodeRune(r, hex4(data, end+2))
			}
			if r = pair; r != utf8.RuneError {
				end += 6
			}
		}
		return utf8.AppendRune(dst, r), end
	default: // a quote, a backslash, a slash
		return append(dst, c), end
	}
}
