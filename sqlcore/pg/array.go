package pg

// Arrays of one dimension, both ways (array_send and array_recv in the server's arrayfuncs.c): the number of
// dimensions, a flag for NULLs, the element's type; for each dimension its length and lower bound; the elements,
// each with its length.

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/covetgo/covet/sqlcore/wire"
)

// arrayHeaderBytes is the header of an array of one dimension.
const arrayHeaderBytes = 5 * 4

// integer is what intElement takes.
type integer interface {
	~int | ~int16 | ~int32 | ~int64
}

// encodeArray writes a slice. element appends one of its values, in binary.
func encodeArray[T any](p *wire.Params, i int, oid uint32, list []T, element func(*wire.Params, uint32, T) string) string {
	if list == nil {
		p.Null()
		return ""
	}
	of, ok := elements[oid]
	if !ok {
		return "a slice can be sent as an array of a built-in type only"
	}
	p.Begin()
	start := len(p.Buf)
	dimensions := uint32(1)
	if len(list) == 0 {
		dimensions = 0
	}
	p.Buf = binary.BigEndian.AppendUint32(p.Buf, dimensions)
	p.Buf = binary.BigEndian.AppendUint32(p.Buf, 0)
	p.Buf = binary.BigEndian.AppendUint32(p.Buf, of)
	if len(list) > 0 {
		p.Buf = binary.BigEndian.AppendUint32(p.Buf, uint32(len(list)))
		p.Buf = binary.BigEndian.AppendUint32(p.Buf, 1)
	}
	for n, v := range list {
		at := len(p.Buf)
		p.Buf = append(p.Buf, 0, 0, 0, 0)
		if problem := element(p, of, v); problem != "" {
			return fmt.Sprintf("element %d: %s", n, problem)
		}
		binary.BigEndian.PutUint32(p.Buf[at:], uint32(len(p.Buf)-at-4))
	}
	if len(p.Buf)-start >= wire.MessageBytesMax {
		return "the array is longer than 1 GiB"
	}
	p.End()
	p.SetFormat(i, wire.Binary)
	return ""
}

// intElement appends an integer in binary.
func intElement[T integer](p *wire.Params, oid uint32, v T) string {
	n := int64(v)
	switch {
	case oid == oidInt8:
		p.Buf = binary.BigEndian.AppendUint64(p.Buf, uint64(n))
	case oid == oidInt4 && n == int64(int32(n)):
		p.Buf = binary.BigEndian.AppendUint32(p.Buf, uint32(n))
	case oid == oidInt2 && n == int64(int16(n)):
		p.Buf = binary.BigEndian.AppendUint16(p.Buf, uint16(n))
	default:
		return fmt.Sprintf("%d is no %s", n, typeName(oid))
	}
	return ""
}

// floatElement appends a float in binary.
func floatElement(p *wire.Params, oid uint32, v float64) string {
	if oid != oidFloat8 {
		return "a float64 is no " + typeName(oid)
	}
	p.Buf = appendFloat8(p.Buf, v)
	return ""
}

// boolElement appends a bool in binary.
func boolElement(p *wire.Params, oid uint32, v bool) string {
	if oid != oidBool {
		return "a bool is no " + typeName(oid)
	}
	b := byte(0)
	if v {
		b = 1
	}
	p.Buf = append(p.Buf, b)
	return ""
}

// stringElement appends text.
func stringElement(p *wire.Params, oid uint32, v string) string {
	if !isText(oid) {
		return "a string is no " + typeName(oid)
	}
	p.Buf = append(p.Buf, v...)
	return ""
}

// bytesElement appends bytes.
func bytesElement(p *wire.Params, oid uint32, v []byte) string {
	if oid != oidBytea && !isText(oid) {
		return "a []byte is no " + typeName(oid)
	}
	p.Buf = append(p.Buf, v...)
	return ""
}

// timeElement appends a time in binary.
func timeElement(p *wire.Params, oid uint32, v time.Time) string {
	switch oid {
	case oidTimestamptz:
		p.Buf = binary.BigEndian.AppendUint64(p.Buf, uint64(v.UnixMicro()-epochUnixMicros))
	case oidTimestamp:
		p.Buf = binary.BigEndian.AppendUint64(p.Buf, uint64(onWall(v).UnixMicro()-epochUnixMicros))
	default:
		return "a time is no " + typeName(oid)
	}
	return ""
}

// uuidElement appends a UUID in binary.
func uuidElement(p *wire.Params, oid uint32, v [16]byte) string {
	if oid != oidUUID {
		return "a UUID is no " + typeName(oid)
	}
	p.Buf = append(p.Buf, v[:]...)
	return ""
}

// readArray reads an array of one dimension. Its length is bounded by what is there to read.
func readArray[T any](b []byte, read func(oid uint32, v []byte) (T, string)) ([]T, string) {
	if len(b) < 3*4 {
		return nil, "the array is cut short"
	}
	dimensions, of := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[8:])
	switch {
	case dimensions == 0:
		return []T{}, ""
	case dimensions > 1:
		return nil, fmt.Sprintf("the array has %d dimensions, and a slice has one", dimensions)
	case len(b) < arrayHeaderBytes:
		return nil, "the array is cut short"
	}
	n := binary.BigEndian.Uint32(b[12:])
	b = b[arrayHeaderBytes:]
	if uint64(n) > uint64(len(b)/4) {
		return nil, "the array is cut short"
	}
	list := make([]T, n)
	for i := range list {
		if len(b) < 4 {
			return nil, "the array is cut short"
		}
		size := binary.BigEndian.Uint32(b)
		b = b[4:]
		if size == 1<<32-1 {
			return nil, "the array holds NULL, and the slice cannot"
		}
		if uint64(size) > uint64(len(b)) {
			return nil, "the array is cut short"
		}
		v, problem := read(of, b[:size:size])
		if problem != "" {
			return nil, problem
		}
		list[i], b = v, b[size:]
	}
	return list, ""
}
