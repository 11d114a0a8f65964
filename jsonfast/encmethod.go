package jsonfast

// This file writes what knows its own form: times, raw messages, and types with a method for it.

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

func (e *encoder) time(b []byte, p address) []byte {
	t := (*time.Time)(p) // SAFETY: this plan is for time.Time
	out, err := AppendTime(b, *t)
	if err != nil {
		_, err = t.MarshalJSON()
		e.fail(&json.MarshalerError{Type: timeType, Err: err})
	}
	return out
}

func (e *encoder) rawMessage(b []byte, p address) []byte {
	raw := *(*json.RawMessage)(p) // SAFETY: this plan is for json.RawMessage
	if raw == nil {
		return append(b, "null"...)
	}
	return e.compact(b, raw, rawMessageType)
}

// compact appends the JSON that a method returned, without its white space.
func (e *encoder) compact(b, src []byte, t reflect.Type) []byte {
	out, err := appendCompact(b, src, e.html)
	if err != nil {
		e.fail(&json.MarshalerError{Type: t, Err: err})
	}
	return out
}

// receiver returns the value at p as what a method is called on, or nil where encoding/json writes null. The address is used
// if that saves a copy: the methods of a type are those of its pointer, too.
func receiver(t reflect.Type, p address) any {
	// SAFETY: the plan is for values of type t.
	v := reflect.NewAt(t, p)
	if k := t.Kind(); k != reflect.Pointer && k != reflect.Interface {
		return v.Interface()
	}
	if v = v.Elem(); v.IsNil() {
		return nil
	}
	return v.Interface()
}

func (e *encoder) marshaler(b []byte, p address, t reflect.Type) []byte {
	m, ok := receiver(t, p).(json.Marshaler)
	if !ok {
		return append(b, "null"...)
	}
	src, err := m.MarshalJSON()
	if err != nil {
		e.fail(&json.MarshalerError{Type: t, Err: err})
		return b
	}
	return e.compact(b, src, t)
}

func (e *encoder) textMarshaler(b []byte, p address, t reflect.Type) []byte {
	m, ok := receiver(t, p).(encoding.TextMarshaler)
	if !ok {
		return append(b, "null"...)
	}
	text, err := m.MarshalText()
	if err != nil {
		e.fail(textError(t, err))
		return b
	}
	return appendString(b, stringOf(text), e.html)
}

// brokenText is a TextMarshaler that fails.
type brokenText struct{ err error }

func (b brokenText) MarshalText() ([]byte, error) { return nil, b.err }

// textError is the error for a MarshalText that failed. A MarshalerError says which method it was in a field that only
// encoding/json can set, so it is asked to.
func textError(t reflect.Type, err error) error {
	_, e := json.Marshal(brokenText{err})
	if m, ok := e.(*json.MarshalerError); ok {
		m.Type = t
	}
	return e
}

func formatFloat(f float64, bits int) string { return strconv.FormatFloat(f, 'g', -1, bits) }

// badNumber is the error for a Number that is none.
func badNumber(n string) error { return fmt.Errorf("json: invalid number literal %q", n) }
