package jsonfast

// This file turns JSON into Go values: the calls, the state of one call, its errors, and strings. What a call does for a type is
// its plan's affair (decplan.go).

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"reflect"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/covetgo/covet/jsonfast/asm"
)

// Unmarshal stores the JSON value in data in what v points to. It equals json.Unmarshal: nothing is stored if data is not
// JSON. Strings are copies; those up to stringShareBytesMax share memory with others of the call or of earlier calls, so
// that one keeps up to stringChunkBytes alive.
func Unmarshal(data []byte, v any) error { return unmarshal(data, v, &noOptions) }

// UnmarshalOf returns the JSON value in data as a T.
func UnmarshalOf[T any](data []byte) (T, error) {
	var v T
	err := unmarshal(data, &v, &noOptions)
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
	return unmarshal(data, v, &o)
}

var noOptions Options

// unmarshal is all of a call that goes well. It is written for the smallest texts, of which what is around their reading is
// half the cost.
func unmarshal(data []byte, v any, o *Options) error {
	d := decoders.Get().(*decoder)
	if t := reflect.TypeOf(v); t != d.typ || d.plan == nil {
		if t == nil || t.Kind() != reflect.Pointer {
			return d.invalidTarget(data, v)
		}
		d.typ, d.plan = t, decPlans.get(t, newDecPlan)
	}
	plan, p := d.plan, reflect.ValueOf(v).UnsafePointer()
	if p == nil {
		return d.invalidTarget(data, v)
	}
	check := !o.OnePass && (plan.methods || !isZeroMemory(p, plan.size))
	if check && !Valid(data) {
		decoders.Put(d)
		return syntaxError(data)
	}
	d.data, d.options = data, *o
	start, end := 0, 0
	if len(data) > 0 && data[0] <= ' ' {
		start = skipSpace(data, 0)
	}
	if plan.kind == decObject {
		end = plan.object.decode(d, start, p)
	} else {
		end = plan.decode(d, start, p)
	}
	if end == broken || end != len(data) && skipSpace(data, end) != len(data) {
		return d.fault(v, end, check)
	}
	err := d.saved
	d.release(end)
	return err
}

// invalidTarget is for targets that are no pointers, or nil.
func (d *decoder) invalidTarget(data []byte, v any) error {
	decoders.Put(d)
	if !Valid(data) {
		return syntaxError(data)
	}
	return &json.InvalidUnmarshalError{Type: reflect.TypeOf(v)}
}

// fault ends a call in which decoding came to an end before the text did: by an error that a method returned, or because
// the text is broken. valid says that the text was looked at and is not.
func (d *decoder) fault(v any, end int, valid bool) error {
	data, onePass, fatal, saved := d.data, d.options.OnePass, d.fatal, d.saved
	d.release(end)
	if fatal != nil && (valid || Valid(data)) {
		return fatal
	}
	if valid {
		return saved
	}
	if !onePass {
		reflect.ValueOf(v).Elem().SetZero()
	}
	return syntaxError(data)
}

// isZeroMemory reports whether a value is the zero value, bit for bit.
func isZeroMemory(p address, size uintptr) bool {
	b := unsafe.Slice((*byte)(p), size) // SAFETY: the caller's value is size bytes long, and bytes are all that is read
	for ; len(b) >= 32; b = b[32:] {
		if binary.LittleEndian.Uint64(b)|binary.LittleEndian.Uint64(b[8:])|binary.LittleEndian.Uint64(b[16:])|binary.LittleEndian.Uint64(b[24:]) != 0 {
			return false
		}
	}
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
	typ     reflect.Type // of the last call's target, and its plan: the next call is often for the same
	plan    *decPlan
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
	makers  *[makersCount]maker
	guessed int // how many elements the arrays around the value in hand are thought to have: see elements.more
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

// What a stack held is cleared by whoever takes it off, so that nothing is to be done here after a call that went well. Only
// long input makes stacks that are too long to keep.
func (d *decoder) release(end int) {
	if end == broken || len(d.data) > keptStackCountMax && d.isLarge() {
		*d = decoder{chunk: d.chunk, makers: d.makers}
	}
	d.data, d.depth, d.named = nil, 0, false
	if d.saved != nil {
		d.saved = nil
	}
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

// string is text as a string that may be kept. Most are short: they are copied while their end is looked for, by words of which the
// last may be too long, as whoever writes to the chunk next begins where the string ends.
func (d *decoder) string(i int) (s string, end int) {
	data, n := d.data, len(d.chunk)
	if cap(d.chunk)-n < asciiRunBytesMax || len(data) < 8 || d.options.BorrowStrings {
		return d.longString(i, i)
	}
	out := d.chunk[n : n+asciiRunBytesMax]
	for j := 0; j < asciiRunBytesMax; j += 8 {
		w := wordAt(data, i+j)
		binary.LittleEndian.PutUint64(out[j:], w)
		if m := special(w, false); m != 0 {
			j += bits.TrailingZeros64(m) >> 3
			if i+j >= len(data) || data[i+j] != '"' {
				return d.longString(i, i+j)
			}
			d.chunk = d.chunk[:n+j]
			return stringOf(out[:j]), i + j + 1
		}
	}
	return d.longString(i, i+asciiRunBytesMax)
}

// longString is string if the bytes up to j are known to be plain ASCII.
func (d *decoder) longString(i, j int) (s string, end int) {
	if j == i {
		j = asciiRun(d.data, i)
	}
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

// oddText is text for strings of which only the bytes up to j are known to be plain ASCII.
func (d *decoder) oddText(i, j int) (s []byte, end int) {
	j, odd := asm.Text(d.data, j, asm.Quotes)
	if odd = d.minded(odd); j < len(d.data) && d.data[j] == '"' && odd&asm.NotUTF8 == 0 {
		return d.data[i:j], j + 1
	}
	return d.slowText(i, j, odd)
}

// minded is what is odd about a text, but for what nobody checks.
func (d *decoder) minded(odd uint64) uint64 {
	if d.options.NoUTF8Check {
		odd &^= asm.NotUTF8
	}
	return odd
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

// slowText is text for strings with escapes or with bytes that are no UTF-8. The first escape is at j, and odd says what the
// text before it is. Both kinds of nonsense become U+FFFD: bytes that are no UTF-8, and halves of surrogate pairs.
func (d *decoder) slowText(i, j int, odd uint64) (s []byte, end int) {
	out, data := d.scratch[:0], d.data
	for {
		if odd&asm.NotUTF8 == 0 {
			out = append(out, data[i:j]...)
		} else {
			out = appendUTF8(out, data[i:j])
		}
		if j >= len(data) || data[j] < ' ' {
			return nil, broken
		}
		if data[j] == '"' {
			d.scratch = out
			return out, j + 1
		}
		for i = j; i < len(data) && data[i] == '\\'; { // escapes like company
			if out, i = appendUnescaped(out, data, i); i == broken {
				return nil, broken
			}
		}
		j, odd = textRun(data, i)
		odd = d.minded(odd)
	}
}

// appendUTF8 appends bytes, and U+FFFD for each one that is no part of UTF-8.
func appendUTF8(dst, src []byte) []byte {
	for len(src) > 0 {
		r, n := utf8.DecodeRune(src)
		dst = utf8.AppendRune(dst, r)
		src = src[n:]
	}
	return dst
}

// appendUnescaped appends what the escape at i stands for, and returns the place behind it and behind the other half of a
// surrogate pair, or broken.
func appendUnescaped(dst, data []byte, i int) ([]byte, int) {
	if i+1 >= len(data) {
		return dst, broken
	}
	c := data[i+1]
	if c == 'u' {
		r := hex4(data, i+2)
		switch i += len(`\u1234`); {
		case r < 0:
			return dst, broken
		case r < utf8.RuneSelf:
			return append(dst, byte(r)), i
		case r < 1<<11:
			return append(dst, 0xC0|byte(r>>6), 0x80|byte(r)&0x3F), i
		case !utf16.IsSurrogate(r):
			return append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F), i
		}
		return appendPair(dst, data, i, r)
	}
	if c = unescaped[c]; c == 0 {
		return dst, broken
	}
	return append(dst, c), i + 2
}

// appendPair is appendUnescaped for the half of a surrogate pair; i is behind it.
func appendPair(dst, data []byte, i int, half rune) ([]byte, int) {
	pair := rune(utf8.RuneError)
	if bytes.HasPrefix(data[i:], []byte(`\u`)) {
		pair = utf16.DecodeRune(half, hex4(data, i+2))
	}
	if pair != utf8.RuneError {
		i += len(`\u1234`)
	}
	return utf8.AppendRune(dst, pair), i
}

// unescaped has what stands behind a backslash by what it stands for.
var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}
