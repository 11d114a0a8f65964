package jsonfast

// This file reads arrays. How long one is shows at its end only, so the elements of a new slice are read to memory that is kept
// for that, and copied to a slice of their number.

import (
	"encoding/base64"
	"reflect"
	"sync"
	"unsafe"
)

// slicePlan is what decoding knows of a slice type.
type slicePlan struct {
	t     reflect.Type
	elem  *decPlan
	kept  *keepers // of the elements
	size  uintptr
	bytes bool      // a string of base64 does as well
	pool  sync.Pool // of *elementRoom
}

// elementRoom is room for elements that are being read.
type elementRoom struct {
	slice reflect.Value // as long as its capacity
	p     address
	count int
}

const (
	roomBytesFirst = 512     // bytes of a new room, or four elements
	roomBytesMax   = 4 << 20 // bytes of one that is kept, until the second garbage collection from now at the latest
)

func (c *decCompiler) sliceDecoder(t reflect.Type) decodeFunc {
	s := &slicePlan{t: t, kept: keepersOf(t.Elem()), elem: c.plan(decKey{t.Elem(), nil}), size: t.Elem().Size(), bytes: t.Elem().Kind() == reflect.Uint8}
	switch t.Elem() {
	case reflect.TypeFor[string]():
		return decodeStrings(s)
	case float64Type:
		return decodeFloats(s)
	case reflect.TypeFor[int]():
		return decodeInts(s)
	}
	return s.decode
}

func (s *slicePlan) decode(d *decoder, i int, p address) int {
	to := (*[]struct{})(p) // SAFETY: all slices have one layout; of this one address, length and capacity are used
	switch {
	case d.isNull(i):
		*to = nil
		return i + len("null")
	case s.bytes && i < len(d.data) && d.data[i] == '"':
		return d.base64(i, (*[]byte)(p)) // SAFETY: this plan is for slices whose elements are bytes
	case i >= len(d.data) || d.data[i] != '[':
		return d.mismatch(i, s.t)
	case cap(*to) > 0:
		return s.decodeInto(d, i, p)
	}
	room := s.room()
	n := 0
	end := d.elements(i+1, func(i int) int {
		if n == room.count {
			room.double(s)
		}
		n++
		// SAFETY: there is room for n elements, each of which is size bytes long.
		return s.elem.decode(d, i, unsafe.Add(room.p, uintptr(n-1)*s.size))
	})
	if n == 0 {
		*to = []struct{}{}
	} else {
		v := reflect.NewAt(s.t, p).Elem() // SAFETY: this plan is for values of type t
		v.Grow(n)
		v.SetLen(n)
		reflect.Copy(v, room.slice)
		room.slice.Slice(0, n).Clear()
	}
	if uintptr(room.count)*s.size <= roomBytesMax && !s.kept.exist() {
		s.pool.Put(room)
	}
	return end
}

func (s *slicePlan) room() *elementRoom {
	if r, ok := s.pool.Get().(*elementRoom); ok {
		return r
	}
	return newElementRoom(s.t, max(firstElementsCount, roomBytesFirst/int(max(s.size, 1))))
}

func newElementRoom(t reflect.Type, n int) *elementRoom {
	v := reflect.MakeSlice(t, n, n)
	return &elementRoom{v, v.UnsafePointer(), n}
}

// double makes the room twice as large.
func (r *elementRoom) double(s *slicePlan) {
	larger := newElementRoom(s.t, 2*r.count)
	reflect.Copy(larger.slice, r.slice)
	*r = *larger
}

const firstElementsCount = 4 // elements that a new slice has room for at least

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
		return s.elem.decode(d, i, unsafe.Add(address(unsafe.SliceData(view)), uintptr(n-1)*s.size))
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
