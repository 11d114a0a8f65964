package jsonfast

// This file reads arrays. How long one is shows at its end only. Most have one element, which is read to memory of its own at once. If
// there are more, or were when an array was read last by the same plan, the elements are read to memory that is kept for that, and
// copied to a slice of their number.

import (
	"encoding/base64"
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"
)

// slicePlan is what decoding knows of a slice type.
type slicePlan struct {
	t     reflect.Type
	elem  *decPlan
	kept  *keepers // of the elements
	size  uintptr
	bytes bool        // a string of base64 does as well
	long  atomic.Bool // the last array had more than one element
	id    uint32
	pool  sync.Pool // of *elementRoom
}

// elementRoom is room for elements that are being read.
type elementRoom struct {
	slice reflect.Value // as long as its capacity, and can be set
	p     address
	count int
}

const (
	roomBytesFirst = 512     // bytes of a new room, or four elements
	roomBytesMax   = 4 << 20 // bytes of one that is kept, until the second garbage collection from now at the latest

	firstElementsCount = 4 // elements that a new room is for at least
)

var slicePlansCount atomic.Uint32

func (c *decCompiler) sliceDecoder(t reflect.Type, own *decPlan) decodeFunc {
	s := &slicePlan{t: t, kept: keepersOf(t.Elem()), elem: c.plan(decKey{t.Elem(), nil}), size: t.Elem().Size(), bytes: t.Elem().Kind() == reflect.Uint8, id: slicePlansCount.Add(1)}
	own.array = s
	switch t.Elem() {
	case stringType:
		return decodeStrings(s)
	case float64Type:
		return decodeFloats(s)
	case intType:
		return decodeInts(s)
	}
	return s.decode
}

var (
	stringType = reflect.TypeFor[string]()
	intType    = reflect.TypeFor[int]()
)

// hasStack reports whether elements of a type are gathered on a stack of the decoder.
func hasStack(elem reflect.Type) bool {
	return elem == stringType || elem == float64Type || elem == intType
}

func (s *slicePlan) decode(d *decoder, i int, p address) int {
	to := (*[]struct{})(p) // SAFETY: all slices have one layout; of this one address, length and capacity are used
	data := d.data
	switch {
	case i >= len(data) || data[i] != '[':
		return s.decodeOther(d, i, p)
	case cap(*to) > 0:
		return s.decodeInto(d, i, p)
	case i+1 < len(data) && data[i+1] == ']' && d.depth < depthLevelsMax:
		*to = []struct{}{}
		return i + 2
	case s.long.Load():
		return s.decodeLong(d, i, p)
	}
	var first []struct{} // the only element, unless there is room
	var room *elementRoom
	n := 0
	end := d.elements(i+1, func(i int) int {
		if n++; n == 1 {
			first = d.made(s, 1)
			return s.elem.read(d, i, address(unsafe.SliceData(first))) // SAFETY: there is one element
		}
		if n == 2 {
			room = s.room()
			reflect.Copy(room.slice, reflect.NewAt(s.t, address(&first)).Elem()) // SAFETY: it was made for type t
		}
		return s.elem.read(d, i, room.at(s, n-1))
	})
	switch {
	case n == 0:
		*to = []struct{}{}
	case n == 1:
		*to = first
	default:
		s.long.Store(true)
		s.empty(d, room, n, to)
	}
	return end
}

// decodeLong is decode for an array that probably has more than one element.
func (s *slicePlan) decodeLong(d *decoder, i int, p address) int {
	to := (*[]struct{})(p) // SAFETY: as in decode
	room, n := s.room(), 0
	end := d.elements(i+1, func(i int) int {
		n++
		return s.elem.read(d, i, room.at(s, n-1))
	})
	if n <= 1 {
		s.long.Store(false)
	}
	s.empty(d, room, n, to)
	return end
}

// decodeOther is decode for what is no array.
func (s *slicePlan) decodeOther(d *decoder, i int, p address) int {
	switch {
	case d.isNull(i):
		*(*[]struct{})(p) = nil // SAFETY: as in decode
		return i + len("null")
	case s.bytes && i < len(d.data) && d.data[i] == '"':
		return d.base64(i, (*[]byte)(p)) // SAFETY: this plan is for slices whose elements are bytes
	}
	return d.mismatch(i, s.t)
}

// read is decode, without a call of a function that only the plan knows if it can be.
func (p *decPlan) read(d *decoder, i int, at address) int {
	if p.kind == decObject {
		return p.object.decode(d, i, at)
	}
	return p.decode(d, i, at)
}

// empty moves the n elements in the room to a slice of their own.
func (s *slicePlan) empty(d *decoder, r *elementRoom, n int, to *[]struct{}) {
	if n == 0 {
		*to = []struct{}{}
	} else {
		*to = d.made(s, n)
		v := d.maker(s)
		*v.at = *to
		reflect.Copy(v.slice, r.slice)
		*v.at = nil
		r.slice.SetLen(n)
		r.slice.Clear()
		r.slice.SetLen(r.count)
	}
	if uintptr(r.count)*s.size <= roomBytesMax && !s.kept.exist() {
		s.pool.Put(r)
	}
}

func (s *slicePlan) room() *elementRoom {
	if r, ok := s.pool.Get().(*elementRoom); ok {
		return r
	}
	return newElementRoom(s.t, max(firstElementsCount, roomBytesFirst/int(max(s.size, 1))))
}

func newElementRoom(t reflect.Type, n int) *elementRoom {
	v := reflect.New(t).Elem()
	v.Set(reflect.MakeSlice(t, n, n))
	return &elementRoom{v, v.UnsafePointer(), n}
}

// at returns the place of element n, which is the first that there is no room for at most.
func (r *elementRoom) at(s *slicePlan, n int) address {
	if n == r.count {
		larger := newElementRoom(s.t, 2*r.count)
		reflect.Copy(larger.slice, r.slice)
		*r = *larger
	}
	return unsafe.Add(r.p, uintptr(n)*s.size) // SAFETY: there is room for more than n elements, each of which is size bytes long
}

// maker makes slices of one type. It is a slice that package reflect has the address of, which is looked up in a map of
// all types otherwise, for each slice.
type maker struct {
	plan  *slicePlan
	slice reflect.Value
	at    *[]struct{} // the same
}

const makersCount = 32 // makers that a decoder keeps; more types than that take turns

func (d *decoder) maker(s *slicePlan) *maker {
	if d.makers == nil {
		d.makers = new([makersCount]maker)
	}
	m := &d.makers[s.id%makersCount]
	if m.plan != s {
		v := reflect.New(s.t)
		*m = maker{s, v.Elem(), (*[]struct{})(v.UnsafePointer())} // SAFETY: as in slicePlan.decode
	}
	return m
}

// made returns a new slice of n elements.
func (d *decoder) made(s *slicePlan, n int) []struct{} {
	m := d.maker(s)
	m.slice.Grow(n)
	out := (*m.at)[:n]
	*m.at = nil
	return out
}

// decodeInto is decode for a slice that has room of its own: elements that are there are read into, and so is what lies behind
// them.
func (s *slicePlan) decodeInto(d *decoder, i int, p address) int {
	to := (*[]struct{})(p) // SAFETY: as in decode
	view, n := *to, 0
	end := d.elements(i+1, func(i int) int {
		if n == cap(view) {
			*to = view
			reflect.NewAt(s.t, p).Elem().Grow(1) // SAFETY: this plan is for values of type t
			view = *to
		}
		if n++; n > len(view) {
			view = view[:n]
		}
		// SAFETY: n elements fit into the array, each of which is size bytes long.
		return s.elem.read(d, i, unsafe.Add(address(unsafe.SliceData(view)), uintptr(n-1)*s.size))
	})
	switch {
	case end == broken:
		*to = view
	case n == 0:
		*to = []struct{}{}
	default:
		*to = view[:n]
	}
	return end
}

// decodeStrings is decode for new slices of strings.
func decodeStrings(s *slicePlan) decodeFunc {
	return func(d *decoder, i int, p address) int {
		to := (*[]string)(p) // SAFETY: this plan is for slices of strings
		if cap(*to) > 0 || i >= len(d.data) || d.data[i] != '[' {
			return s.decode(d, i, p)
		}
		start := len(d.strings)
		end := d.elements(i+1, func(i int) int {
			var str string
			if i < len(d.data) && d.data[i] == '"' {
				str, i = d.string(i + 1)
			} else {
				i = d.mismatch(i, s.t.Elem())
			}
			d.strings = append(d.strings, str)
			return i
		})
		*to = append(make([]string, 0, len(d.strings)-start), d.strings[start:]...)
		clear(d.strings[start:])
		d.strings = d.strings[:start]
		return end
	}
}

// decodeFloats is decode for new slices of float64.
func decodeFloats(s *slicePlan) decodeFunc {
	return func(d *decoder, i int, p address) int {
		to := (*[]float64)(p) // SAFETY: this plan is for slices of float64
		if cap(*to) > 0 || i >= len(d.data) || d.data[i] != '[' {
			return s.decode(d, i, p)
		}
		start := len(d.floats)
		end := d.elements(i+1, func(i int) int {
			f, end, ok := 0.0, 0, true
			if i < len(d.data) && startsNumber(d.data[i]) {
				f, end, ok = readFloat(d.data, i)
			} else {
				end = d.mismatch(i, float64Type)
			}
			if !ok && end != broken {
				d.unfit(i, end, float64Type, end)
				f = 0
			}
			d.floats = append(d.floats, f)
			return end
		})
		*to = append(make([]float64, 0, len(d.floats)-start), d.floats[start:]...)
		d.floats = d.floats[:start]
		return end
	}
}

// decodeInts is decode for new slices of int.
func decodeInts(s *slicePlan) decodeFunc {
	return func(d *decoder, i int, p address) int {
		to := (*[]int)(p) // SAFETY: this plan is for slices of int
		if cap(*to) > 0 || i >= len(d.data) || d.data[i] != '[' {
			return s.decode(d, i, p)
		}
		start := len(d.ints)
		end := d.elements(i+1, func(i int) int {
			d.ints = append(d.ints, 0)
			n, end, ok := readInt(d.data, i)
			last := &d.ints[len(d.ints)-1]
			if ok && n == int64(int(n)) {
				*last = int(n)
				return end
			}
			return s.elem.decode(d, i, address(last)) // SAFETY: the element's plan, and an element
		})
		*to = append(make([]int, 0, len(d.ints)-start), d.ints[start:]...)
		d.ints = d.ints[:start]
		return end
	}
}

// elements calls read with the place of each element of an array; i is behind the bracket.
func (d *decoder) elements(i int, read func(i int) int) int {
	data := d.data
	if d.depth++; d.depth > depthLevelsMax {
		return broken
	}
	if i = skipSpace(data, i); i < len(data) && data[i] == ']' {
		d.depth--
		return i + 1
	}
	for {
		if i = read(i); i == broken {
			return broken
		}
		if i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
		if i >= len(data) {
			return broken
		}
		switch data[i] {
		case ']':
			d.depth--
			return i + 1
		case ',':
			if i++; i < len(data) && data[i] <= ' ' {
				i = skipSpace(data, i)
			}
		default:
			return broken
		}
	}
}

// base64 reads a string of base64 into a slice of bytes.
func (d *decoder) base64(i int, to *[]byte) int {
	s, end := d.text(i + 1)
	if end == broken {
		return broken
	}
	b := make([]byte, base64.StdEncoding.DecodedLen(len(s)))
	n, err := base64.StdEncoding.Decode(b, s)
	if err != nil {
		d.save(err)
		return end
	}
	*to = b[:n]
	return end
}

func arrayDecoder(t reflect.Type, elem *decPlan) decodeFunc {
	size, length := t.Elem().Size(), t.Len()
	return func(d *decoder, i int, p address) int {
		if i >= len(d.data) || d.data[i] != '[' {
			return d.mismatch(i, t)
		}
		n := 0
		end := d.elements(i+1, func(i int) int {
			if n++; n > length { // what is too much is passed over
				return skipValue(d.data, i, d.depth)
			}
			// SAFETY: the array has length elements, each of which is size bytes long.
			return elem.decode(d, i, unsafe.Add(p, uintptr(n-1)*size))
		})
		if end != broken && n < length {
			v := reflect.NewAt(t, p).Elem() // SAFETY: this plan is for values of type t
			for ; n < length; n++ {
				v.Index(n).SetZero()
			}
		}
		return end
	}
}
