package jsonfast

// This file reads arrays. How long one is shows at its end only. But most are as long as the one that the same plan read before: of
// those that have an element at all, most have one. So if the last two were of one length, the elements are read to a slice
// of that length. Otherwise, or if that fails, they are read to memory that is kept, and copied to a slice of their number. Slices
// of strings, of float64 and of int, which are in decflat.go, have stacks of the decoder for that.

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
	bytes bool          // a string of base64 does as well
	id    uint32        // which maker is its own
	guess atomic.Uint32 // how long the last array was, and whether that was a surprise
	pool  sync.Pool     // of *elementRoom
}

const (
	surprise   = 1 << 31 // the bit of guess that says that the last array was not as long as the one before it
	guessedMax = 1 << 30 // the longest array that is remembered
)

var slicePlansCount atomic.Uint32

func (c *decCompiler) sliceDecoder(t reflect.Type, own *decPlan) decodeFunc {
	s := &slicePlan{t: t, kept: keepersOf(t.Elem()), elem: c.plan(decKey{t.Elem(), nil}), size: t.Elem().Size(), bytes: t.Elem().Kind() == reflect.Uint8, id: slicePlansCount.Add(1)}
	s.guess.Store(1)
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
	}
	e := elements{plan: s}
	end := d.elements(i+1, func(i int) int {
		if e.count == e.room {
			e.more(d, len(d.data)-i)
		}
		e.count++
		// SAFETY: there is room for count elements, each of which is size bytes long.
		return s.elem.read(d, i, unsafe.Add(e.p, uintptr(e.count-1)*s.size))
	})
	*to = e.slice(d)
	d.guessed -= len(e.own)
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

// read is decode, by a direct call if the plan is for a struct.
func (p *decPlan) read(d *decoder, i int, at address) int {
	if p.kind == decObject {
		return p.object.decode(d, i, at)
	}
	return p.decode(d, i, at)
}

// elements are those of an array that is being read.
type elements struct {
	plan  *slicePlan
	p     address      // where they are
	count int          // how many there are
	room  int          // how many there is room for
	own   []struct{}   // a slice of their own, in which they are,
	kept  *elementRoom // unless they are in memory that is kept
}

// more makes room for another element. left is how many bytes the text has from that on: a length that nobody has seen is
// believed if there are two bytes for each element, also for those of the arrays around this one. Without them, a text of many
// brackets would get the memory of many long arrays.
func (e *elements) more(d *decoder, left int) {
	s := e.plan
	guess := s.guess.Load()
	switch {
	case e.count == 0 && guess < surprise && d.guessed+int(guess) <= (left+1)/2:
		e.own = d.made(s, int(guess))
		d.guessed += len(e.own)
		e.p, e.room = address(unsafe.SliceData(e.own)), len(e.own) // SAFETY: an address, which read goes from by no more than room elements
		return
	case e.kept == nil:
		e.kept = s.takeRoom(e.count + 1)
		if e.count > 0 {
			m := d.maker(s)
			m.set(e.own)
			reflect.Copy(e.kept.slice, m.slice)
			m.set(nil)
		}
	default:
		e.kept.double(s)
	}
	e.p, e.room = e.kept.p, e.kept.count
}

// slice returns the elements, of which there are no more to come, as a slice of their number.
func (e *elements) slice(d *decoder) []struct{} {
	s, n := e.plan, e.count
	if n == 0 {
		return []struct{}{}
	}
	if guess := s.guess.Load(); guess != uint32(n) {
		s.learn(guess, n)
	}
	if e.kept == nil && n == len(e.own) {
		return e.own
	}
	out, m := d.made(s, n), d.maker(s)
	m.set(out)
	if e.kept == nil {
		from := reflect.New(s.t)
		*(*[]struct{})(from.UnsafePointer()) = e.own // SAFETY: all slices have one layout, and own was made for this type
		reflect.Copy(m.slice, from.Elem())
	} else {
		reflect.Copy(m.slice, e.kept.slice)
		s.returnRoom(e.kept, n)
	}
	m.set(nil)
	return out
}

// learn remembers how long an array was.
func (s *slicePlan) learn(guess uint32, n int) {
	now := uint32(min(n, guessedMax))
	if guess&^surprise != now {
		now |= surprise
	}
	s.guess.Store(now)
}

// elementRoom is memory for elements that is kept.
type elementRoom struct {
	slice reflect.Value // as long as its capacity; it can be set
	p     address
	count int
}

const (
	roomBytesFirst     = 512     // bytes of a new room, or four elements
	roomBytesMax       = 4 << 20 // bytes of one that is kept, until the second garbage collection from now at the latest
	firstElementsCount = 4
)

// takeRoom returns room for n elements at least, all of them zero.
func (s *slicePlan) takeRoom(n int) *elementRoom {
	if r, ok := s.pool.Get().(*elementRoom); ok && r.count >= n {
		return r
	}
	return newElementRoom(s.t, max(firstElementsCount, roomBytesFirst/int(max(s.size, 1)), 2*n))
}

// returnRoom takes room back of which n elements were used, unless somebody else may still look at it.
func (s *slicePlan) returnRoom(r *elementRoom, n int) {
	if uintptr(r.count)*s.size > roomBytesMax || s.kept.exist() {
		return
	}
	r.slice.SetLen(n)
	r.slice.Clear()
	r.slice.SetLen(r.count)
	s.pool.Put(r)
}

func newElementRoom(t reflect.Type, n int) *elementRoom {
	v := reflect.New(t).Elem()
	v.Set(reflect.MakeSlice(t, n, n))
	return &elementRoom{v, v.UnsafePointer(), n}
}

// double makes the room twice as large.
func (r *elementRoom) double(s *slicePlan) {
	larger := newElementRoom(s.t, 2*r.count)
	reflect.Copy(larger.slice, r.slice)
	*r = *larger
}

// maker is a slice of a plan's type that package reflect knows the address of, so that it can make slices of that type. To have one
// costs a look into a map of all types, for each slice.
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
		*m = maker{s, v.Elem(), (*[]struct{})(v.UnsafePointer())} // SAFETY: all slices have one layout
	}
	return m
}

func (m *maker) set(s []struct{}) { *m.at = s }

// made returns a new slice of n elements, all of them zero.
func (d *decoder) made(s *slicePlan, n int) []struct{} {
	m := d.maker(s)
	m.slice.Grow(n)
	out := (*m.at)[:n]
	m.set(nil)
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

// elements calls read with the place of each element of an array; i is behind the bracket.
func (d *decoder) elements(i int, read func(i int) int) int {
	data := d.data
	if d.depth++; d.depth > depthLevelsMax {
		return broken
	}
	if i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	if i < len(data) && data[i] == ']' {
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
