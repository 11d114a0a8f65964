package jsonfast

// This file reads maps. Two types are so frequent that they are filled directly; all others go through package reflect, with
// one key and one value that are used for all members.

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
)

func (c *decCompiler) mapDecoder(t reflect.Type) decodeFunc {
	key := t.Key()
	switch {
	case t == anyMapType:
		return decodeAnyMap
	case t == stringMapType:
		return decodeStringMap
	case !isNameKind(key.Kind()) && !reflect.PointerTo(key).Implements(textUnmarshalerType):
		return badMapDecoder(t)
	}
	c.methods = c.methods || reflect.PointerTo(key).Implements(textUnmarshalerType) // keySetter calls it
	elem, pool, setKey := c.plan(decKey{t.Elem(), nil}), &pairs{}, keySetter(key)
	keys, elems := keepersOf(key), keepersOf(t.Elem())
	return func(d *decoder, i int, p address) int {
		m, start := d.beginMap(i, p, t)
		if start == broken {
			return d.mapMismatch(i, p, t)
		}
		s := pool.get(key, t.Elem())
		at := s.value.Addr().UnsafePointer()
		end := d.members(start, func(i int) int {
			name, value := d.mapName(i)
			if value == broken {
				return broken
			}
			s.value.SetZero()
			end := elem.decode(d, value, at)
			if end == broken {
				return broken
			}
			fits, err := setKey(d, s.key, name, i)
			if err != nil {
				return d.abort(err)
			}
			if fits {
				m.SetMapIndex(s.key, s.value)
			}
			return end
		})
		if !keys.exist() && !elems.exist() {
			pool.put(s)
		}
		return end
	}
}

// mapName reads a member's name, and finds its value. The name is good while nothing else is written to the scratch memory,
// so one that lies there is copied.
func (d *decoder) mapName(i int) (name []byte, value int) {
	name, end := d.text(i)
	if value = d.colon(end); value == broken {
		return nil, broken
	}
	if end-1-i != len(name) || len(name) > 0 && &name[0] != &d.data[i] {
		name = append([]byte(nil), name...)
	}
	return name, value
}

// beginMap makes the map if there is none, and returns the place behind the bracket, or broken if there is no bracket.
func (d *decoder) beginMap(i int, p address, t reflect.Type) (m reflect.Value, start int) {
	if i >= len(d.data) || d.data[i] != '{' {
		return m, broken
	}
	m = reflect.NewAt(t, p).Elem() // SAFETY: the caller's plan is for values of type t
	if m.IsNil() {
		m.Set(reflect.MakeMap(t))
	}
	return m, i + 1
}

// mapMismatch is for values that are no objects.
func (d *decoder) mapMismatch(i int, p address, t reflect.Type) int {
	if d.isNull(i) {
		reflect.NewAt(t, p).Elem().SetZero() // SAFETY: the caller's plan is for values of type t
	}
	return d.mismatch(i, t)
}

// badMapDecoder is for maps whose keys cannot be names.
func badMapDecoder(t reflect.Type) decodeFunc {
	return func(d *decoder, i int, p address) int { return d.mapMismatch(i, p, t) }
}

func decodeAnyMap(d *decoder, i int, p address) int {
	to := (*map[string]any)(p) // SAFETY: this plan is for map[string]any
	if i >= len(d.data) || d.data[i] != '{' {
		return d.mapMismatch(i, p, anyMapType)
	}
	if *to == nil {
		v, end := d.anyMap(i + 1)
		if end != broken {
			*to = v.(map[string]any)
		}
		return end
	}
	return d.members(i+1, func(i int) int {
		name, i := d.string(i)
		if i = d.colon(i); i == broken {
			return broken
		}
		v, end := d.any(i)
		if end != broken {
			(*to)[name] = v
		}
		return end
	})
}

func decodeStringMap(d *decoder, i int, p address) int {
	to := (*map[string]string)(p) // SAFETY: this plan is for map[string]string
	if i >= len(d.data) || d.data[i] != '{' {
		return d.mapMismatch(i, p, stringMapType)
	}
	if *to == nil {
		*to = map[string]string{}
	}
	return d.members(i+1, func(i int) int {
		name, i := d.string(i)
		if i = d.colon(i); i == broken {
			return broken
		}
		s, end := "", 0
		if i < len(d.data) && d.data[i] == '"' {
			s, end = d.string(i + 1)
		} else {
			end = d.mismatch(i, reflect.TypeFor[string]())
		}
		if end != broken {
			(*to)[name] = s
		}
		return end
	})
}

// keySetter returns how a name becomes a key, or does not fit it. at is the place behind the name's opening quote.
func keySetter(t reflect.Type) func(d *decoder, key reflect.Value, name []byte, at int) (fits bool, err error) {
	bits := 0
	switch k := t.Kind(); {
	case reflect.PointerTo(t).Implements(textUnmarshalerType):
		return func(_ *decoder, key reflect.Value, name []byte, _ int) (bool, error) {
			key.SetZero()
			return true, unmarshalKey(key, name)
		}
	case k == reflect.String:
		return func(d *decoder, key reflect.Value, name []byte, _ int) (bool, error) {
			key.SetString(d.keep(name))
			return true, nil
		}
	case k <= reflect.Int64:
		bits = t.Bits()
		return func(d *decoder, key reflect.Value, name []byte, at int) (bool, error) {
			n, err := strconv.ParseInt(string(name), 10, bits)
			if err != nil {
				d.saveKey(t, name, at)
				return false, nil
			}
			key.SetInt(n)
			return true, nil
		}
	}
	bits = t.Bits()
	return func(d *decoder, key reflect.Value, name []byte, at int) (bool, error) {
		n, err := strconv.ParseUint(string(name), 10, bits)
		if err != nil {
			d.saveKey(t, name, at)
			return false, nil
		}
		key.SetUint(n)
		return true, nil
	}
}

// unmarshalKey reads a key that has a method for that.
func unmarshalKey(key reflect.Value, name []byte) error {
	return key.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(name)
}

// saveKey notes a name that is no number of the key's type, if it is the first fault.
func (d *decoder) saveKey(t reflect.Type, name []byte, at int) {
	if d.saved == nil {
		d.save(&json.UnmarshalTypeError{Value: "number " + string(name), Type: t, Offset: int64(at)})
	}
}
