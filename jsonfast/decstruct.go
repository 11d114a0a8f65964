package jsonfast

// This file reads structs. Members mostly come in the order of the fields, so what comes is first compared with the name of the
// next field, from its opening quote to its colon, as two words of eight bytes: then it need not even be searched for its end.
// What fails that is looked up by its spelling, then by its spelling without case.

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"reflect"
	"unicode"
	"unicode/utf8"
	"unsafe"
)

const (
	nameBytesFast   = 16 // bytes of a name with its quotes and colon that two words hold
	foldedBytesFast = 64 // bytes of a name that is folded without an allocation
)

// decField is a field of a struct's plan.
type decField struct {
	word, mask [2]uint64 // the name with its quotes and colon, as far as two words hold it; the mask is zero beyond
	rest       string    // what they don't hold
	length     int       // of all of it
	offset     uintptr   // zero if the field is rare
	plan       *decPlan
	kind       decKind // of the plan, or decOther if the field is rare
	rare       bool    // there is a pointer on the way, or the option string: see reach and quoted
	hops       []decHop
	last       uintptr // the offset of a rare field, behind the last hop
	typ        reflect.Type
	quoted     bool
	name, path string    // path is of fields, as errors tell it
	next       *decField // the field behind this one
}

// decHop is an embedded pointer on the way to a field.
type decHop struct {
	offset uintptr
	typ    reflect.Type // what it points to
	hidden bool         // the type is not exported, so that no other package may make one
}

// structPlan is what decoding knows of a struct.
type structPlan struct {
	typ     reflect.Type
	fields  []decField
	exact   nameTable
	folded  map[string]int // by the name without case
	lengths uint64         // of the names in folded: the bit of a length, all from 63 on in one
}

func (c *decCompiler) structDecoder(t reflect.Type, own *decPlan) decodeFunc {
	s := &structPlan{typ: t, folded: map[string]int{}}
	own.object = s
	for i, f := range structFields(t) {
		s.fields = append(s.fields, c.field(t, f))
		folded := string(appendFolded(nil, bytesOf(f.name)))
		if _, taken := s.folded[folded]; !taken {
			s.folded[folded] = i
		}
		s.lengths |= 1 << min(len(folded), 63)
	}
	for i := range s.fields[:max(len(s.fields), 1)-1] {
		s.fields[i].next = &s.fields[i+1]
	}
	s.exact = newNameTable(s.fields)
	return s.decode
}

// field makes the plan of one field.
func (c *decCompiler) field(t reflect.Type, f field) decField {
	out := decField{name: f.name, quoted: f.quoted}
	exported := true // the field that led to t
	for n, i := range f.index {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
			out.hops = append(out.hops, decHop{out.offset, t, !exported})
			out.offset = 0
		}
		sf := t.Field(i)
		out.offset += sf.Offset
		if n < len(f.index)-1 {
			out.path += sf.Name + "."
		}
		t, exported = sf.Type, sf.IsExported()
	}
	out.path += f.name
	out.typ = t
	out.plan = c.plan(decKey{t, nil})
	if out.rare = out.hops != nil || f.quoted; out.rare {
		out.last, out.offset = out.offset, 0
	} else {
		out.kind = out.plan.kind
	}
	quoted := `"` + f.name + `":`
	out.length = len(quoted)
	var text, mask [nameBytesFast]byte
	n := copy(text[:], quoted)
	for i := range n {
		mask[i] = 0xff
	}
	out.rest = quoted[n:]
	for i := range out.word {
		out.word[i] = binary.LittleEndian.Uint64(text[8*i:])
		out.mask[i] = binary.LittleEndian.Uint64(mask[8*i:])
	}
	return out
}

// decode reads an object into the struct at p.
func (s *structPlan) decode(d *decoder, i int, p address) int {
	data := d.data
	if i >= len(data) || data[i] != '{' {
		return d.mismatch(i, s.typ)
	}
	if d.depth++; d.depth > depthLevelsMax {
		return broken
	}
	if i++; i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	if i < len(data) && data[i] == '}' {
		d.depth--
		return i + 1
	}
	var next *decField
	if len(s.fields) > 0 {
		next = &s.fields[0]
	}
	for clean := d.saved == nil; ; {
		f := next
		if f != nil && i <= len(data)-nameBytesFast && f.isAt(data[i:i+nameBytesFast]) && f.restIsAt(data, i) {
			i += f.length
		} else if f, i = s.lookup(d, i); i == broken {
			return broken
		}
		if i < len(data) && data[i] <= ' ' {
			if i++; i >= len(data) || data[i] <= ' ' || data[i-1] != ' ' { // it is mostly one space
				i = skipSpace(data, i-1)
			}
		}
		if f == nil {
			i = skipValue(data, i, d.depth)
		} else {
			next = f.next
			if f.kind == decString && i < len(data) && data[i] == '"' {
				var str string
				if str, i = d.string(i + 1); i != broken {
					*(*string)(unsafe.Add(p, f.offset)) = str // SAFETY: at this offset of the struct lies a string
				}
			} else if i = f.decode(d, i, p); clean && d.saved != nil || i == broken {
				clean = false
				d.inField(s.typ, f.path)
			}
		}
		if i == broken {
			return broken
		}
		if i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
		if i >= len(data) || data[i] != ',' {
			if i >= len(data) || data[i] != '}' {
				return broken
			}
			d.depth--
			return i + 1
		}
		if i++; i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
	}
}

// isAt reports whether w begins with the field's name and the colon behind it, as far as two words hold them.
func (f *decField) isAt(w []byte) bool {
	a, b := binary.LittleEndian.Uint64(w), binary.LittleEndian.Uint64(w[8:])
	return (a^f.word[0])&f.mask[0]|(b^f.word[1])&f.mask[1] == 0
}

// restIsAt reports whether the rest of it comes behind that; i is at the name's quote.
func (f *decField) restIsAt(data []byte, i int) bool {
	return f.rest == "" || i+f.length <= len(data) && string(data[i+nameBytesFast:i+f.length]) == f.rest
}

// decode reads the field of the struct at p.
func (f *decField) decode(d *decoder, i int, p address) int {
	data := d.data
	if i >= len(data) {
		return broken
	}
	at := unsafe.Add(p, f.offset) // SAFETY: at this offset of the struct lies the field, or the struct itself if it is rare
	switch f.kind {
	case decObject:
		return f.plan.object.decode(d, i, at)
	case decSlice:
		return f.plan.array.decode(d, i, at)
	case decInt:
		if v, end, ok := readInt(data, i); ok {
			*(*int64)(at) = v // SAFETY: the field is an integer of eight bytes
			return end
		}
	case decFloat:
		if startsNumber(data[i]) {
			if v, end, ok := readFloat(data, i); ok {
				*(*float64)(at) = v // SAFETY: the field is a float64
				return end
			}
		}
	case decBool:
		if end := skipWord(data, i); end != broken && data[i] != 'n' {
			*(*bool)(at) = data[i] == 't' // SAFETY: the field is a boolean
			return end
		}
	default:
		if f.rare {
			return f.decodeRare(d, i, p)
		}
	}
	return f.plan.decode(d, i, at)
}

// lookup finds the field of the name whose opening quote is at i, and the place behind its colon. No field is nil.
func (s *structPlan) lookup(d *decoder, i int) (f *decField, end int) {
	data := d.data
	if i >= len(data) || data[i] != '"' {
		return nil, broken
	}
	name, end := d.text(i + 1)
	if end == broken {
		return nil, broken
	}
	if f = s.exact.find(s.fields, name); f == nil {
		if f = s.fold(name); f == nil && d.options.DisallowUnknownFields {
			d.save(fmt.Errorf("json: unknown field %q", name))
		}
	}
	if end < len(data) && data[end] != ':' {
		end = skipSpace(data, end)
	}
	if end >= len(data) || data[end] != ':' {
		return nil, broken
	}
	return f, end + 1
}

// nameTable finds fields by name: places in the list of fields, plus one, each at the slot that the name's hash tells or, if
// that is taken, behind it. It is half empty at least.
type nameTable struct {
	slots []uint32
	shift uint8
}

func newNameTable(fields []decField) nameTable {
	size := bits.Len(uint(len(fields))) + 1
	t := nameTable{make([]uint32, 1<<size), uint8(64 - size)}
	for n := range fields {
		i := t.start(bytesOf(fields[n].name))
		for t.slots[i] != 0 {
			i = (i + 1) % len(t.slots)
		}
		t.slots[i] = uint32(n + 1)
	}
	return t
}

// find returns the field of a name, or nil.
func (t *nameTable) find(fields []decField, name []byte) *decField {
	for i := t.start(name); t.slots[i] != 0; i = (i + 1) & (len(t.slots) - 1) {
		if f := &fields[t.slots[i]-1]; f.name == string(name) {
			return f
		}
	}
	return nil
}

// start returns the slot that the first and the last bytes of a name tell, and its length.
func (t *nameTable) start(name []byte) int {
	var a, b uint64
	switch n := len(name); {
	case n >= 8:
		a, b = binary.LittleEndian.Uint64(name), binary.LittleEndian.Uint64(name[n-8:])
	case n >= 4:
		a, b = uint64(binary.LittleEndian.Uint32(name)), uint64(binary.LittleEndian.Uint32(name[n-4:]))
	default:
		for _, c := range name {
			a = a<<8 | uint64(c)
		}
	}
	const k1, k2 = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F // odd numbers without a pattern: those of the golden ratio and of xxHash
	h := (a^uint64(len(name)))*k1 ^ bits.RotateLeft64(b, 29)*k2
	return int((h ^ h>>32) * k1 >> t.shift)
}

// fold finds the field of a name whatever the case of its letters.
func (s *structPlan) fold(name []byte) *decField {
	if s.lengths>>min(len(name), 63)&1 == 0 && isASCII(name) {
		return nil
	}
	var buf [foldedBytesFast]byte
	if n, ok := s.folded[string(appendFolded(buf[:0], name))]; ok {
		return &s.fields[n]
	}
	return nil
}

func isASCII(s []byte) bool {
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendFolded appends a name with each character replaced by the first of those that differ from it by case only.
func appendFolded(dst, name []byte) []byte {
	for i := 0; i < len(name); {
		c := name[i]
		if c < utf8.RuneSelf {
			if c-'a' < 26 {
				c -= 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(name[i:])
		for folded := unicode.SimpleFold(r); ; folded = unicode.SimpleFold(folded) {
			if r = folded; unicode.SimpleFold(r) <= r { // the circle starts again at its lowest
				r = unicode.SimpleFold(r)
				break
			}
		}
		dst = utf8.AppendRune(dst, r)
		i += n
	}
	return dst
}

// decodeRare reads a field that lies behind embedded pointers, or has the option string.
func (f *decField) decodeRare(d *decoder, i int, p address) int {
	for _, h := range f.hops {
		to := (*address)(unsafe.Add(p, h.offset)) // SAFETY: at this offset of the struct in hand lies a pointer to the next
		if *to == nil {
			if h.hidden {
				d.save(fmt.Errorf("json: cannot set embedded pointer to unexported struct: %v", h.typ))
				return skipValue(d.data, i, d.depth)
			}
			*to = reflect.New(h.typ).UnsafePointer()
		}
		p = *to
	}
	p = unsafe.Add(p, f.last) // SAFETY: at this offset of the last struct lies the field
	if f.quoted {
		return d.quoted(i, reflect.NewAt(f.typ, p).Elem()) // SAFETY: as above
	}
	return f.plan.decode(d, i, p)
}
