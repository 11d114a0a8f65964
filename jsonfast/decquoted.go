package jsonfast

// This file reads fields with the option string: a scalar within a string. It is rare, and full of encoding/json's history, so it
// goes through package reflect and favours likeness over speed.

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
)

// quoted reads the string at i as the scalar v, or as the scalar that the pointer v leads to.
func (d *decoder) quoted(i int, v reflect.Value) int {
	if i >= len(d.data) {
		return broken
	}
	switch d.data[i] {
	case 'n':
		return d.quotedNull(i, v)
	case '"':
		item, end := d.text(i + 1)
		if end == broken {
			return broken
		}
		if err := d.unquoted(append([]byte(nil), item...), v, end); err != nil {
			return d.abort(err)
		}
		return end
	}
	end := skipValue(d.data, i, d.depth)
	if end != broken && startsNumber(d.data[i]) && !d.options.UseNumber {
		if _, _, ok := readFloat(d.data, i); !ok { // encoding/json reads it as if it had no type, which fails first, and leaves a null
			d.unfit(i, end, float64Type, end+1)
			return d.storeNull(end, v)
		}
	}
	if end != broken {
		d.save(fmt.Errorf("json: invalid use of ,string struct tag, trying to unmarshal unquoted value into %v", v.Type()))
	}
	return end
}

// quotedNull is null, which is not in quotes either way.
func (d *decoder) quotedNull(i int, v reflect.Value) int {
	end := skipWord(d.data, i)
	if end == broken {
		return broken
	}
	return d.storeNull(end, v)
}

// storeNull is for what ends at end and is null, or counts as that.
func (d *decoder) storeNull(end int, v reflect.Value) int {
	if v.Kind() == reflect.Pointer {
		v.SetZero()
	} else if u, ok := v.Addr().Interface().(json.Unmarshaler); ok && v.Type().Name() != "" {
		if err := u.UnmarshalJSON([]byte("null")); err != nil {
			return d.abort(err)
		}
	}
	return end
}

// unquoted stores what a string said. A returned error ends decoding, others are noted.
func (d *decoder) unquoted(item []byte, v reflect.Value, end int) error {
	declared := v.Type()
	if len(item) == 0 {
		d.save(misuse(item, declared))
		return nil
	}
	if v.Kind() == reflect.Pointer && item[0] == 'n' {
		if string(item) != "null" {
			d.save(misuse(item, declared))
		} else {
			v.SetZero()
		}
		return nil
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	if v.Type().Name() != "" {
		switch u := v.Addr().Interface().(type) {
		case json.Unmarshaler:
			return u.UnmarshalJSON(item)
		case encoding.TextUnmarshaler:
			return d.unquotedText(item, u, declared)
		}
	}
	return d.unquotedScalar(item, v, end)
}

// misuse is the error for what does not fit into a type.
func misuse(item []byte, t reflect.Type) error {
	return fmt.Errorf("json: invalid use of ,string struct tag, trying to unmarshal %q into %v", item, t)
}

// unquotedText is unquoted for a type that reads text: there must be a string in the string.
func (d *decoder) unquotedText(item []byte, u encoding.TextUnmarshaler, t reflect.Type) error {
	if item[0] == 'n' {
		if string(item) != "null" {
			d.save(misuse(item, t))
		}
		return nil
	}
	if item[0] != '"' {
		d.save(misuse(item, t))
		return nil
	}
	s, ok := unquote(item)
	if !ok {
		return misuse(item, t)
	}
	return u.UnmarshalText(s)
}

// unquote returns what a text says that is one string.
func unquote(item []byte) ([]byte, bool) {
	d := decoder{data: item}
	s, end := d.text(1)
	return s, end == len(item)
}

func (d *decoder) unquotedScalar(item []byte, v reflect.Value, end int) error {
	switch c := item[0]; {
	case c == 'n':
		if string(item) != "null" {
			d.save(misuse(item, v.Type()))
		}
		return nil
	case c == 't' || c == 'f':
		if s := string(item); s != "true" && s != "false" || v.Kind() != reflect.Bool {
			d.save(misuse(item, v.Type()))
		} else {
			v.SetBool(c == 't')
		}
		return nil
	case c == '"':
		s, ok := unquote(item)
		switch {
		case !ok:
			return misuse(item, v.Type())
		case v.Kind() != reflect.String:
			d.save(&json.UnmarshalTypeError{Value: "string", Type: v.Type(), Offset: int64(end)})
		case v.Type() == numberType && skipNumber(s, 0) != len(s):
			return fmt.Errorf("json: invalid number literal, trying to unmarshal %q into Number", item)
		default:
			v.SetString(string(s))
		}
		return nil
	case !startsNumber(c):
		return misuse(item, v.Type())
	}
	return d.unquotedNumber(string(item), v, end)
}

func (d *decoder) unquotedNumber(item string, v reflect.Value, end int) error {
	var err error
	switch {
	case v.Type() == numberType:
		v.SetString(item)
	case v.CanInt():
		var n int64
		if n, err = strconv.ParseInt(item, 10, v.Type().Bits()); err == nil {
			v.SetInt(n)
		}
	case v.CanUint():
		var n uint64
		if n, err = strconv.ParseUint(item, 10, v.Type().Bits()); err == nil {
			v.SetUint(n)
		}
	case v.CanFloat():
		var f float64
		if f, err = strconv.ParseFloat(item, v.Type().Bits()); err == nil {
			v.SetFloat(f)
		}
	default:
		return misuse([]byte(item), v.Type())
	}
	if err != nil {
		d.save(&json.UnmarshalTypeError{Value: "number " + item, Type: v.Type(), Offset: int64(end)})
	}
	return nil
}
