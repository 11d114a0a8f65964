package jsonfast

// This file turns Go values into JSON: the calls, the state of one call, its errors. What a call does for a type is its plan's
// affair (encplan.go).

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
)

// Marshal returns the JSON of v. It equals json.Marshal.
func Marshal(v any) ([]byte, error) { return Options{}.Marshal(v) }

// AppendMarshal appends the JSON of v to dst. If that fails it returns dst as it was, and the error that json.Marshal has.
// A pointer as v, and a buffer with room, make it free of allocations for most types.
func AppendMarshal(dst []byte, v any) ([]byte, error) { return Options{}.AppendMarshal(dst, v) }

// Marshal is the function of that name, with options.
func (o Options) Marshal(v any) ([]byte, error) {
	e := newEncoder(o)
	out := e.any(e.buf[:0], v)
	err := e.err
	var result []byte
	if err == nil {
		result = append(result, out...)
	}
	e.buf = out
	e.release()
	return result, err
}

// AppendMarshal is the function of that name, with options.
func (o Options) AppendMarshal(dst []byte, v any) ([]byte, error) {
	e := newEncoder(o)
	out := e.any(dst, v)
	err := e.err
	e.release()
	if err != nil {
		return dst, err
	}
	return out, nil
}

// encoder is the state of one call.
type encoder struct {
	last     lastPlan
	err      error // the first fault; whoever sees it stops
	html     bool
	unsorted bool
	depth    int            // pointers, maps and slices around the value in hand
	seen     map[visit]bool // those around it, from depth cycleDepthMin on
	members  []member       // of the maps around it; see encmap.go
	buf      []byte         // Marshal's, before the result is copied
}

// lastPlan is the plan that was asked for last, which is often the one that is asked for next.
type lastPlan struct {
	typ  reflect.Type
	html bool
	plan *encPlan
}

func (l *lastPlan) get(t reflect.Type, html bool) *encPlan {
	if t != l.typ || html != l.html {
		*l = lastPlan{t, html, planOf(t, html)}
	}
	return l.plan
}

// member is one member of a map that is being sorted.
type member struct {
	name  string
	value address // or
	any   any     // or
	text  string
}

const (
	keptBufferBytesMax   = 64 << 10 // bytes of a buffer that outlives its call
	keptMembersCountMax  = 1 << 10  // members that do
	firstBufferBytesSize = 1 << 10  // bytes of a new one
)

// encoders keeps encoders between calls: up to keptBufferBytesMax each, and no pointer to what was written.
var encoders = sync.Pool{New: func() any { return &encoder{buf: make([]byte, 0, firstBufferBytesSize)} }}

func newEncoder(o Options) *encoder {
	e := encoders.Get().(*encoder)
	e.html, e.unsorted = !o.NoHTMLEscape, o.UnsortedKeys
	return e
}

func (e *encoder) release() {
	if cap(e.buf) > keptBufferBytesMax || cap(e.members) > keptMembersCountMax || e.err != nil {
		return
	}
	e.depth = 0
	encoders.Put(e)
}

// fail notes an error if it is the first. What was written by then is dropped at the end.
func (e *encoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// cycleDepthMin is the depth in pointers from which on cycles are looked for, as encoding/json has it: data that has an
// end should not pay for it.
const cycleDepthMin = 1000

// visit names something that the value in hand lies within. A slice is told from another view of its array by its length.
type visit struct {
	typ reflect.Type
	p   address
	len int
}

// failCycle is what follows when enter says no.
func (e *encoder) failCycle(v reflect.Value) {
	e.fail(&json.UnsupportedValueError{Value: v, Str: fmt.Sprintf("encountered a cycle via %s", v.Type())})
}

// enter counts a pointer, map or slice, and reports whether the value in hand is new and does not lie within itself.
// The caller that got true calls leave.
func (e *encoder) enter(t reflect.Type, p address, n int) bool {
	if e.depth++; e.depth <= cycleDepthMin {
		return true
	}
	v := visit{t, p, n}
	if e.seen[v] {
		return false
	}
	if e.seen == nil {
		e.seen = map[visit]bool{}
	}
	e.seen[v] = true
	return true
}

func (e *encoder) leave(t reflect.Type, p address, n int) {
	if e.depth > cycleDepthMin {
		delete(e.seen, visit{t, p, n})
	}
	e.depth--
}

// any appends what an interface holds. The types that decoding makes of unknown JSON are told apart here; all others
// have a plan.
func (e *encoder) any(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendString(b, v, e.html)
	case bool:
		return AppendBool(b, v)
	case int:
		return AppendInt(b, int64(v))
	case float64:
		return e.float(b, v, 64)
	case map[string]any:
		return e.anyMap(b, v)
	case []any:
		return e.anySlice(b, v)
	}
	return e.dynamic(b, v)
}

// float appends a float, or fails if JSON has no word for it.
func (e *encoder) float(b []byte, f float64, bits int) []byte {
	if f-f != 0 {
		v := reflect.ValueOf(f)
		if bits == 32 {
			v = reflect.ValueOf(float32(f))
		}
		e.failFloat(v)
		return b
	}
	return appendFloat(b, f, bits)
}

func (e *encoder) failFloat(v reflect.Value) {
	e.fail(&json.UnsupportedValueError{Value: v, Str: formatFloat(v.Float(), v.Type().Bits())})
}

// dynamic appends a value by the plan of its type.
func (e *encoder) dynamic(b []byte, v any) []byte {
	t := reflect.TypeOf(v)
	plan := e.last.get(t, e.html)
	if plan.elem == nil {
		return e.copied(b, reflect.ValueOf(v), plan)
	}
	p := reflect.ValueOf(v).UnsafePointer()
	if p == nil {
		return append(b, "null"...)
	}
	if e.depth >= cycleDepthMin {
		return e.copied(b, reflect.ValueOf(v), plan) // there is a place then for an error to point to
	}
	e.depth++
	b = plan.elem.encode(e, b, p)
	e.depth--
	return b
}

// scratch is memory for one value of a type.
type scratch struct {
	value reflect.Value
	p     address
}

// copied appends a value that has no address: plans need one, so it is copied to memory that is kept for that.
func (e *encoder) copied(b []byte, v reflect.Value, plan *encPlan) []byte {
	s, ok := plan.scratch.Get().(*scratch)
	if !ok {
		place := reflect.New(v.Type())
		s = &scratch{place.Elem(), place.UnsafePointer()}
	}
	s.value.Set(v)
	b = plan.encode(e, b, s.p)
	s.value.SetZero()
	plan.scratch.Put(s)
	return b
}
