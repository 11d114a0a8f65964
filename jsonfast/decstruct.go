package jsonfast

// This file reads structs. Members mostly come in the order of the fields, so the name is first compared with that of the
// next field, quote included, as two words of eight bytes: then it need not even be searched for its end. What fails that is
// looked up by its spelling, then by its spelling without case.

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"unicode"
	"unicode/utf8"
	"unsafe"
)

const (
	nameBytesFast   = 15 // bytes of a name that two words hold, with the quote behind it
	foldedBytesFast = 64 // bytes of a name that is folded without an allocation
)

// decField is a field of a struct's plan.
type decField struct {
	word, mask [2]uint64 // the name and its closing quote; the mask is zero beyond, and for long names nothing fits
	name       string
	offset     uintptr
	plan       *decPlan
	rare       bool // there is a pointer on the way, or the option string: see reach and quoted
	isString   bool
	hops       []decHop
	typ        reflect.Type
	quoted     bool
	path       string // of fields, as errors tell it
	next       int    // the field behind this one
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
	exact   map[string]int // by name
	folded  map[string]int // by the name without case
	lengths uint64         // of the names in folded: the bit of a length, all from 63 on in one
}

func (c *decCompiler) structDecoder(t reflect.Type) decodeFunc {
	s := &structPlan{typ: t, exact: map[string]int{}, folded: map[string]int{}}
	for i, f := range structFields(t) {
		s.fields = append(s.fields, c.field(t, f))
		s.fields[i].next = i + 1
		s.exact[f.name] = i
		folded := string(appendFolded(nil, bytesOf(f.name)))
		if _, taken := s.folded[folded]; !taken {
			s.folded[folded] = i
		}
		s.lengths |= 1 << min(len(folded), 63)
	}
	if g := c.generated.of(t); g != nil {
		if decode, publish := g.reads(s); decode != nil {
			c.generated.publish = append(c.generated.publish, publish)
			return decode
		}
	}
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
	out.isString = out.plan.isString
	out.rare = out.hops != nil || f.quoted
	var text, mask [nameBytesFast + 1]byte
	for i := range copy(text[:], f.name+`"`) {
		mask[i] = 0xff
	}
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
	if i = skipSpace(data, i+1); i < len(data) && data[i] == '}' {
		d.depth--
		return i + 1
	}
	return s.members(d, i, p, 0)
}

// members reads members from the name at i on, up to the end of the object. The first one is thought to be that of field next.
func (s *structPlan) members(d *decoder, i int, p address, next int) int {
	data, clean := d.data, d.saved == nil
	for i < len(data) && data[i] == '"' {
		var f *decField
		if f, i = s.lookup(d, i+1, next); i == broken {
			return broken
		}
		if i = d.colon(i); i == broken {
			return broken
		}
		switch {
		case f == nil:
			i = skipValue(data, i, d.depth)
		case f.rare:
			i = f.decodeRare(d, i, p)
		case f.isString && i < len(data) && data[i] == '"':
			var str string
			if str, i = d.string(i + 1); i != broken {
				*(*string)(unsafe.Add(p, f.offset)) = str // SAFETY: at this offset of the struct lies a string
			}
		default:
			i = f.plan.decode(d, i, unsafe.Add(p, f.offset)) // SAFETY: at this offset of the struct lies the field
		}
		if f != nil {
			next = f.next
			if clean && d.saved != nil || i == broken {
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
		if i >= len(data) {
			return broken
		}
		if data[i] == '}' {
			d.depth--
			return i + 1
		}
		if data[i] != ',' {
			return broken
		}
		if i++; i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
	}
	return broken
}

// lookup finds the field of the name that starts at i, and the place behind its closing quote. No field is nil.
func (s *structPlan) lookup(d *decoder, i, next int) (f *decField, end int) {
	if data := d.data; next < len(s.fields) && i+nameBytesFast < len(data) {
		f = &s.fields[next]
		a, b := binary.LittleEndian.Uint64(data[i:]), binary.LittleEndian.Uint64(data[i+8:])
		if (a^f.word[0])&f.mask[0]|(b^f.word[1])&f.mask[1] == 0 {
			if end = i + len(f.name) + 1; len(f.name) <= nameBytesFast {
				return f, end
			}
			if end <= len(data) && string(data[i:end-1]) == f.name && data[end-1] == '"' {
				return f, end
			}
		}
	}
	name, end := d.text(i)
	if end == broken {
		return nil, broken
	}
	if n, ok := s.exact[string(name)]; ok {
		return &s.fields[n], end
	}
	if f = s.fold(name); f == nil && d.options.DisallowUnknownFields {
		d.save(fmt.Errorf("json: unknown field %q", name))
	}
	return f, end
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

// field reads the value at i into a field: members with one name that is known.
func (s *structPlan) field(d *decoder, i int, p address, f *decField) int {
	clean := d.saved == nil
	if f.rare {
		i = f.decodeRare(d, i, p)
	} else {
		i = f.plan.decode(d, i, unsafe.Add(p, f.offset)) // SAFETY: at this offset of the struct lies the field
	}
	if clean && d.saved != nil || i == broken {
		d.inField(s.typ, f.path)
	}
	return i
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
	p = unsafe.Add(p, f.offset) // SAFETY: at this offset of the last struct lies the field
	if f.quoted {
		return d.quoted(i, reflect.NewAt(f.typ, p).Elem()) // SAFETY: as above
	}
	return f.plan.decode(d, i, p)
}
