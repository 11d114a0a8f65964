package jsonfast

// This file reads new slices of strings, of float64 and of int, by far the most frequent ones of what is no struct. Elements are
// gathered on stacks that the decoder keeps, so that each slice is made once, in its size.

import "reflect"

var (
	stringType = reflect.TypeFor[string]()
	intType    = reflect.TypeFor[int]()
)

// hasStack reports whether there is a stack for elements of a type.
func hasStack(elem reflect.Type) bool {
	return elem == stringType || elem == float64Type || elem == intType
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
