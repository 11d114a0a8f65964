package jsonfast

// This file reads JSON for which there is no type: into nil, bool, float64 or json.Number, string, []any and map[string]any.
// Elements are gathered on a stack that the decoder keeps, so that each slice and each map is made once, in its size.

import (
	"encoding/json"
	"reflect"
)

// any reads the value at i. It is nil for a number beyond float64, which is noted.
func (d *decoder) any(i int) (v any, end int) {
	if i >= len(d.data) {
		return nil, broken
	}
	switch d.data[i] {
	case '"':
		s, end := d.string(i + 1)
		return s, end
	case '{':
		return d.anyMap(i + 1)
	case '[':
		return d.anySlice(i + 1)
	case 't':
		return true, skipWord(d.data, i)
	case 'f':
		return false, skipWord(d.data, i)
	case 'n':
		return nil, skipWord(d.data, i)
	}
	if !startsNumber(d.data[i]) {
		return nil, broken
	}
	return d.anyNumber(i)
}

var float64Type = reflect.TypeFor[float64]()

func (d *decoder) anyNumber(i int) (v any, end int) {
	if d.options.UseNumber {
		if end = skipNumber(d.data, i); end == broken {
			return nil, broken
		}
		return json.Number(d.keep(d.data[i:end])), end
	}
	f, end, ok := readFloat(d.data, i)
	if ok {
		return f, end
	}
	if end != broken {
		d.unfit(i, end, float64Type, end+1) // encoding/json has read one byte more by then
	}
	return nil, end
}

// anySlice reads an array; i is behind the bracket.
func (d *decoder) anySlice(i int) (v any, end int) {
	start := len(d.anys)
	end = d.elements(i, func(i int) int {
		v, end := d.any(i)
		d.anys = append(d.anys, v)
		return end
	})
	if end == broken {
		return nil, broken
	}
	s := make([]any, len(d.anys)-start)
	copy(s, d.anys[start:])
	clear(d.anys[start:])
	d.anys = d.anys[:start]
	return s, end
}

// anyMap reads an object; i is behind the bracket.
func (d *decoder) anyMap(i int) (v any, end int) {
	start, names := len(d.anys), len(d.names)
	end = d.members(i, func(i int) int {
		name, i := d.string(i)
		if i = d.colon(i); i == broken {
			return broken
		}
		v, end := d.any(i)
		d.names, d.anys = append(d.names, name), append(d.anys, v)
		return end
	})
	if end == broken {
		return nil, broken
	}
	m := make(map[string]any, len(d.anys)-start)
	for i, v := range d.anys[start:] {
		m[d.names[names+i]] = v
	}
	clear(d.anys[start:])
	clear(d.names[names:])
	d.anys, d.names = d.anys[:start], d.names[:names]
	return m, end
}

// members calls read with the place behind the opening quote of each name of an object; i is behind the bracket.
func (d *decoder) members(i int, read func(i int) int) int {
	data := d.data
	if d.depth++; d.depth > depthLevelsMax {
		return broken
	}
	if i = skipSpace(data, i); i < len(data) && data[i] == '}' {
		d.depth--
		return i + 1
	}
	for i < len(data) && data[i] == '"' {
		if i = read(i + 1); i == broken {
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

// colon returns the place of a member's value; i is behind its name, or broken.
func (d *decoder) colon(i int) int {
	data := d.data
	if i == broken {
		return broken
	}
	if i < len(data) && data[i] != ':' {
		i = skipSpace(data, i)
	}
	if i >= len(data) || data[i] != ':' {
		return broken
	}
	if i++; i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	return i
}
