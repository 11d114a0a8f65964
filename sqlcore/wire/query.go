package wire

// The extended query, client to server (§55.2.3): Parse, Describe, Bind, Execute, Close, Sync. Read [AppendBind]
// with values.go in mind: what stands between the statement's name and the result formats is one piece of bytes
// that the caller has put together beforehand, so that a query can be sent on any connection, and again.

import "encoding/binary"

// Format is how a value is written.
type Format int16

// The two formats that PostgreSQL has (§55.1.3).
const (
	Text   Format = 0
	Binary Format = 1
)

// AppendParse appends Parse: it prepares a statement under a name, "" being the unnamed one. A type 0 is left for
// the server to find out.
func AppendParse(dst []byte, name, sql string, types []uint32) ([]byte, bool) {
	start := len(dst)
	out, okName := appendString(begin(dst, 'P'), name)
	out, okSQL := appendString(out, sql)
	if !okName || !okSQL || len(types) > ParamCountMax {
		return dst[:start], false
	}
	out = binary.BigEndian.AppendUint16(out, uint16(len(types)))
	for _, t := range types {
		out = binary.BigEndian.AppendUint32(out, t)
	}
	return end(out, start)
}

// AppendDescribeStatement appends Describe for a prepared statement: ParameterDescription and RowDescription, or
// NoData, will answer.
func AppendDescribeStatement(dst []byte, name string) ([]byte, bool) {
	return appendNamed(dst, 'D', 'S', name)
}

// AppendCloseStatement appends Close for a prepared statement. Closing one that does not exist is no error.
func AppendCloseStatement(dst []byte, name string) ([]byte, bool) {
	return appendNamed(dst, 'C', 'S', name)
}

// appendNamed appends a message that names a statement.
func appendNamed(dst []byte, t, kind byte, name string) ([]byte, bool) {
	start := len(dst)
	out, ok := appendString(append(begin(dst, t), kind), name)
	if !ok {
		return dst[:start], false
	}
	return end(out, start)
}

// AppendBind appends Bind of the unnamed portal to a statement. params are the parameters' formats and values, as
// a [Params] leaves them; results are the formats of the result columns, as [AppendFormats] writes them.
func AppendBind(dst []byte, statement string, params, results []byte) ([]byte, bool) {
	start := len(dst)
	out, ok := appendString(append(begin(dst, 'B'), 0), statement)
	if !ok || len(params)+len(results) >= MessageBytesMax {
		return dst[:start], false
	}
	out = append(out, params...)
	out = append(out, results...)
	return end(out, start)
}

// AppendFormats appends a list of formats. None means text for all.
func AppendFormats(dst []byte, formats []Format) ([]byte, bool) {
	if len(formats) > ColumnCountMax {
		return dst, false
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(formats)))
	for _, f := range formats {
		dst = binary.BigEndian.AppendUint16(dst, uint16(f))
	}
	return dst, true
}

// AppendExecute appends Execute of the unnamed portal, for all of its rows.
func AppendExecute(dst []byte) []byte { return append(dst, 'E', 0, 0, 0, 9, 0, 0, 0, 0, 0) }

// AppendSync appends Sync: the end of a group. The server answers ReadyForQuery, whatever went wrong before.
func AppendSync(dst []byte) []byte { return append(dst, 'S', 0, 0, 0, 4) }

// AppendQuery appends a simple Query. Nothing is bound in it, so it may only carry text that no value has touched.
func AppendQuery(dst []byte, sql string) ([]byte, bool) {
	start := len(dst)
	out, ok := appendString(begin(dst, 'Q'), sql)
	if !ok {
		return dst[:start], false
	}
	return end(out, start)
}

// appendLength appends a length of four bytes. Whoever calls has checked it.
func appendLength(dst []byte, n int) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(n))
}
