package jsonfast

// This file turns Go values into JSON: the calls, the state of one call, its errors. What a call does for a type is said by its plan
// (encplan.go) and done by encvalue.go and encstruct.go.

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
func AppendMarshal(dst []byte, v any) ([]byte, error) { return appendMarshal(dst, v, true, false) }

// Marshal is the function of that name, with options.
func (o Options) Marshal(v any) ([]byte, error) {
	kept := buffers.Get().(*buffer)
	out, err := appendMarshal(kept.bytes[:0], v, !o.NoHTMLEscape, o.UnsortedKeys)
	var result []byte
	if err == nil {
		result = append(result, out...)
	}
	if kept.bytes = out; cap(out) <= keptBufferBytesMax {
		buffers.Put(kept)
	}
	return result, err
}

// AppendMarshal is the function of that name, with options.
func (o Options) AppendMarshal(dst []byte, v any) ([]byte, error) {
	return appendMarshal(dst, v, !o.NoHTMLEscape, o.UnsortedKeys)
}

func appendMarshal(dst []byte, v any, html, unsorted bool) ([]byte, error) {
	e := encoder{html: html, unsorted: unsorted}
	var out []byte
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer { // as most are: to their plan at once
		out = e.pointed(dst, r, planOf(r.Type(), html))
	} else {
		out = e.any(dst, v)
	}
	if e.members != nil {
		e.members.release()
	}
	if e.err != nil {
		return dst, e.err
	}
	return out, nil
}

// encoder is the state of one call. It lies on the caller's stack: nothing that it is handed to may keep it, which is why plans are
// interpreted (encvalue.go) and hold no functions that take one.
type encoder struct {
	err      error // the first fault; whoever sees it stops
	html     bool
	unsorted bool
	depth    int            // pointers, maps and slices around the value in hand
	seen     map[visit]bool // those around it, from depth cycleDepthMin on
	members  *memberList    // of the maps around it, if there were any; see encmap.go
}

const (
	keptBufferBytesMax   = 64 << 10 // bytes of a buffer that outlives its call
	firstBufferBytesSize = 1 << 10  // bytes of a new one
)

// buffer is what Marshal writes to before the result is copied.
type buffer struct{ bytes []byte }

// buffers keeps buffers between calls, up to keptBufferBytesMax each.
var buffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, firstBufferBytesSize)} }}

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
	e.depth++
	return e.depth <= cycleDepthMin || e.enterDeep(visit{t, p, n})
}

func (e *encoder) enterDeep(v visit) bool {
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
	return e.dynamic(b, reflect.ValueOf(v), planOf(reflect.TypeOf(v), e.html))
}

// dynamic appends what an interface holds by the plan of its type.
func (e *encoder) dynamic(b []byte, v reflect.Value, plan *encPlan) []byte {
	// from cycleDepthMin on there must be a place that an error can point to
	if e.depth >= cycleDepthMin {
		return e.copied(b, v, plan)
	}
	return e.pointed(b, v, plan)
}

// pointed is dynamic for what does not lie deep, and expects a pointer.
func (e *encoder) pointed(b []byte, v reflect.Value, plan *encPlan) []byte {
	if plan.op != opPointer {
		return e.copied(b, v, plan)
	}
	p := v.UnsafePointer()
	if p == nil {
		return append(b, "null"...)
	}
	e.depth++
	if elem := plan.elem; elem.op == opStruct {
		b = e.object(b, p, elem)
	} else {
		b = e.value(b, p, elem)
	}
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
	if b = e.value(b, s.p, plan); e.err == nil { // else the error may be about this very value, and keep it
		s.value.SetZero()
		plan.scratch.Put(s)
	}
	return b
}
