package pg

// Values on their way to the server. What the server expects is known from the description of the statement, so a
// Go value is written as the parameter's type, in binary where that is shorter, or as text, which the server
// reads by the rules of the type. Entry point: encodeArgs.
//
// Nothing here calls a method of an argument or keeps one: that lets the compiler leave arguments on the stack, and a
// query with an int in it allocates nothing.

import (
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"strconv"
	"time"

	"github.com/covetgo/covet/sqlcore/internal/fields"
	"github.com/covetgo/covet/sqlcore/wire"
)

// encodeArgs writes the parameters of a statement.
func encodeArgs(p *wire.Params, d *Desc, args []any) error {
	if len(args) != len(d.Params) {
		return fmt.Errorf("pg: the statement takes %d parameters, got %d", len(d.Params), len(args))
	}
	p.Reset(len(args))
	for i := range args {
		if problem := encodeArg(p, i, d.Params[i], args[i]); problem != "" {
			return fmt.Errorf("pg: parameter $%d, of type %s: %s", i+1, typeName(d.Params[i]), problem)
		}
	}
	if !p.OK() {
		return fmt.Errorf("pg: the parameters are longer than a message may be (1 GiB)")
	}
	return nil
}

// encodeArg writes one parameter. It returns what is wrong with it.
func encodeArg(p *wire.Params, i int, oid uint32, arg any) (problem string) {
	switch v := arg.(type) {
	case nil:
		p.Null()
	case bool:
		return encodeBool(p, i, oid, v)
	case int:
		return encodeInt(p, i, oid, int64(v))
	case int64:
		return encodeInt(p, i, oid, v)
	case int32:
		return encodeInt(p, i, oid, int64(v))
	case int16:
		return encodeInt(p, i, oid, int64(v))
	case uint32:
		return encodeInt(p, i, oid, int64(v))
	case float64:
		return encodeFloat(p, i, oid, v)
	case float32:
		return encodeFloat(p, i, oid, float64(v))
	case string:
		encodeString(p, i, oid, v)
	case []byte:
		encodeBytes(p, i, oid, v)
	case json.RawMessage:
		encodeBytes(p, i, oid, v)
	case time.Time:
		return encodeTime(p, i, oid, v)
	case [16]byte:
		encodeUUID(p, i, oid, v)
	case netip.Addr:
		p.Begin()
		p.Buf = v.AppendTo(p.Buf)
		p.End()
	case netip.Prefix:
		p.Begin()
		p.Buf = v.AppendTo(p.Buf)
		p.End()
	default:
		return encodeRare(p, i, oid, arg)
	}
	return ""
}

// encodeBool writes a bool.
func encodeBool(p *wire.Params, i int, oid uint32, v bool) string {
	p.Begin()
	if oid == oidBool {
		p.SetFormat(i, wire.Binary)
		if v {
			p.Buf = append(p.Buf, 1)
		} else {
			p.Buf = append(p.Buf, 0)
		}
	} else {
		p.Buf = strconv.AppendBool(p.Buf, v)
	}
	p.End()
	return ""
}

// encodeInt writes an integer.
func encodeInt(p *wire.Params, i int, oid uint32, v int64) string {
	format := wire.Binary
	p.Begin()
	switch oid {
	case oidInt8:
		p.Buf = binary.BigEndian.AppendUint64(p.Buf, uint64(v))
	case oidInt4:
		if v != int64(int32(v)) {
			return strconv.FormatInt(v, 10) + " is out of range"
		}
		p.Buf = binary.BigEndian.AppendUint32(p.Buf, uint32(v))
	case oidInt2:
		if v != int64(int16(v)) {
			return strconv.FormatInt(v, 10) + " is out of range"
		}
		p.Buf = binary.BigEndian.AppendUint16(p.Buf, uint16(v))
	case oidFloat8:
		f := float64(v)
		if int64(f) != v || f == math.MaxInt64 {
			return strconv.FormatInt(v, 10) + " is no float64 exactly"
		}
		p.Buf = binary.BigEndian.AppendUint64(p.Buf, math.Float64bits(f))
	default:
		format = wire.Text
		p.Buf = strconv.AppendInt(p.Buf, v, 10)
	}
	p.End()
	p.SetFormat(i, format)
	return ""
}

// encodeFloat writes a floating-point number. An integer type takes it as text, and refuses a fraction.
func encodeFloat(p *wire.Params, i int, oid uint32, v float64) string {
	p.Begin()
	if oid == oidFloat8 {
		p.SetFormat(i, wire.Binary)
		p.Buf = binary.BigEndian.AppendUint64(p.Buf, math.Float64bits(v))
	} else {
		p.Buf = appendFloat(p.Buf, v)
	}
	p.End()
	return ""
}

// appendFloat writes a number so that PostgreSQL reads the same one, infinities included.
func appendFloat(dst []byte, v float64) []byte {
	switch {
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

// encodeString writes text, which the server reads by the rules of any type; but bytes of a bytea are meant as they are.
func encodeString(p *wire.Params, i int, oid uint32, v string) {
	if oid == oidBytea {
		p.SetFormat(i, wire.Binary)
	}
	p.Begin()
	p.Buf = append(p.Buf, v...)
	p.End()
}

// encodeBytes writes bytes. A nil slice is NULL.
func encodeBytes(p *wire.Params, i int, oid uint32, v []byte) {
	if v == nil {
		p.Null()
		return
	}
	if oid == oidBytea {
		p.SetFormat(i, wire.Binary)
	}
	p.Begin()
	p.Buf = append(p.Buf, v...)
	p.End()
}

// encodeUUID writes a UUID.
func encodeUUID(p *wire.Params, i int, oid uint32, v [16]byte) {
	p.Begin()
	if oid == oidUUID {
		p.SetFormat(i, wire.Binary)
		p.Buf = append(p.Buf, v[:]...)
	} else {
		p.Buf = appendUUID(p.Buf, v)
	}
	p.End()
}

// appendUUID writes a UUID as text.
func appendUUID(dst []byte, v [16]byte) []byte {
	const digits = "0123456789abcdef"
	for i, b := range v {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	return dst
}

// epochUnixMicros is 2000-01-01 00:00 UTC, where PostgreSQL's time begins, in microseconds since 1970.
const epochUnixMicros = 946684800 * 1_000_000

const (
	secondsPerDay = 24 * 60 * 60
	// What PostgreSQL can tell apart: 4713 BC to AD 294276. Beyond that, text is refused by the server.
	yearMin, yearMax = -4713, 294276
)

// encodeTime writes a time: the instant for timestamptz, what the clock on the wall showed for timestamp and date,
// which know no zone.
func encodeTime(p *wire.Params, i int, oid uint32, v time.Time) string {
	if y := v.Year(); y <= yearMin || y >= yearMax {
		return "the year " + strconv.Itoa(y) + " is out of range"
	}
	p.Begin()
	switch oid {
	case oidTimestamptz:
		p.SetFormat(i, wire.Binary)
		p.Buf = binary.BigEndian.AppendUint64(p.Buf, uint64(v.UnixMicro()-epochUnixMicros))
	case oidTimestamp:
		p.SetFormat(i, wire.Binary)
		p.Buf = binary.BigEndian.AppendUint64(p.Buf, uint64(onWall(v).UnixMicro()-epochUnixMicros))
	case oidDate:
		p.SetFormat(i, wire.Binary)
		y, m, d := v.Date()
		days := (time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() - epochUnixMicros/1_000_000) / secondsPerDay
		p.Buf = binary.BigEndian.AppendUint32(p.Buf, uint32(int32(days)))
	default:
		p.Buf = v.AppendFormat(p.Buf, "2006-01-02T15:04:05.999999Z07:00")
	}
	p.End()
	return ""
}

// onWall is the same reading of the clock, in UTC.
func onWall(v time.Time) time.Time {
	y, m, d := v.Date()
	return time.Date(y, m, d, v.Hour(), v.Minute(), v.Second(), v.Nanosecond(), time.UTC)
}

// encodeRare writes what is rarer: pointers, arrays, and types made of the kinds above.
func encodeRare(p *wire.Params, i int, oid uint32, arg any) string {
	switch v := arg.(type) {
	case []int32:
		return encodeArray(p, i, oid, v, intElement)
	case []int64:
		return encodeArray(p, i, oid, v, intElement)
	case []int:
		return encodeArray(p, i, oid, v, intElement)
	case []int16:
		return encodeArray(p, i, oid, v, intElement)
	case []float64:
		return encodeArray(p, i, oid, v, floatElement)
	case []bool:
		return encodeArray(p, i, oid, v, boolElement)
	case []string:
		return encodeArray(p, i, oid, v, stringElement)
	case [][]byte:
		return encodeArray(p, i, oid, v, bytesElement)
	case []time.Time:
		return encodeArray(p, i, oid, v, timeElement)
	case [][16]byte:
		return encodeArray(p, i, oid, v, uuidElement)
	case NoValue:
		return v.Err.Error()
	case sql.NullTime:
		return encodeNullTime(p, i, oid, v.Time, v.Valid)
	case sql.Null[time.Time]:
		return encodeNullTime(p, i, oid, v.V, v.Valid)
	}
	v := reflect.ValueOf(arg)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			p.Null()
			return ""
		}
		return encodePointer(p, i, oid, arg)
	}
	return encodeKind(p, i, oid, v)
}

// encodeNullTime writes a time that may be NULL.
func encodeNullTime(p *wire.Params, i int, oid uint32, v time.Time, valid bool) string {
	if !valid {
		p.Null()
		return ""
	}
	return encodeTime(p, i, oid, v)
}

// encodeKind writes a value of a type that is made of another one, or is sql.Null of one.
func encodeKind(p *wire.Params, i int, oid uint32, v reflect.Value) string {
	switch v.Kind() {
	case reflect.Bool:
		return encodeBool(p, i, oid, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return encodeInt(p, i, oid, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.Uint() > math.MaxInt64 {
			p.Begin()
			p.Buf = strconv.AppendUint(p.Buf, v.Uint(), 10)
			p.End()
			return ""
		}
		return encodeInt(p, i, oid, int64(v.Uint()))
	case reflect.Float32, reflect.Float64:
		return encodeFloat(p, i, oid, v.Float())
	case reflect.String:
		encodeString(p, i, oid, v.String())
		return ""
	case reflect.Struct:
		if fields.IsNull(v.Type()) {
			if !v.Field(1).Bool() {
				p.Null()
				return ""
			}
			return encodeKind(p, i, oid, v.Field(0))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			encodeBytes(p, i, oid, v.Bytes())
			return ""
		}
	case reflect.Array:
		if v.Len() == 16 && v.Type().Elem().Kind() == reflect.Uint8 {
			var id [16]byte
			for j := range id {
				id[j] = byte(v.Index(j).Uint())
			}
			encodeUUID(p, i, oid, id)
			return ""
		}
	}
	return refused("a Go value", v.Type())
}

// encodePointer writes what a pointer points to; NULL was handled.
func encodePointer(p *wire.Params, i int, oid uint32, arg any) string {
	switch v := arg.(type) {
	case *bool:
		return encodeBool(p, i, oid, *v)
	case *int:
		return encodeInt(p, i, oid, int64(*v))
	case *int64:
		return encodeInt(p, i, oid, *v)
	case *int32:
		return encodeInt(p, i, oid, int64(*v))
	case *int16:
		return encodeInt(p, i, oid, int64(*v))
	case *float64:
		return encodeFloat(p, i, oid, *v)
	case *string:
		encodeString(p, i, oid, *v)
		return ""
	case *time.Time:
		return encodeTime(p, i, oid, *v)
	case *[16]byte:
		encodeUUID(p, i, oid, *v)
		return ""
	}
	return refused("a pointer", reflect.TypeOf(arg))
}

// typeName names a type for an error message.
func typeName(oid uint32) string {
	if name, ok := typeNames[oid]; ok {
		return name
	}
	if element, ok := elements[oid]; ok {
		return typeNames[element] + "[]"
	}
	return "OID " + strconv.FormatUint(uint64(oid), 10)
}

var typeNames = map[uint32]string{
	oidBool: "boolean", oidBytea: "bytea", oidChar: `"char"`, oidName: "name", oidInt8: "bigint", oidInt2: "smallint",
	oidInt4: "integer", oidText: "text", oidOID: "oid", oidJSON: "json", oidFloat4: "real", oidFloat8: "double precision",
	oidBpchar: "character", oidVarchar: "character varying", oidDate: "date", oidTimestamp: "timestamp",
	oidTimestamptz: "timestamp with time zone", oidNumeric: "numeric", oidUUID: "uuid", oidJSONB: "jsonb", oidUnknown: "unknown",
}
