package pg

// Values without a Go type to decode them into, for database/sql. Entry point: Column.Value.

import (
	"fmt"

	"github.com/covetgo/covet/sqlcore/wire"
)

// internalNames are the names of pg_type, in the upper case that database/sql shows.
var internalNames = map[uint32]string{
	oidBool: "BOOL", oidBytea: "BYTEA", oidChar: "CHAR", oidName: "NAME", oidInt8: "INT8", oidInt2: "INT2", oidInt4: "INT4",
	oidText: "TEXT", oidOID: "OID", oidJSON: "JSON", oidFloat4: "FLOAT4", oidFloat8: "FLOAT8", oidUnknown: "UNKNOWN",
	oidBpchar: "BPCHAR", oidVarchar: "VARCHAR", oidDate: "DATE", oidTimestamp: "TIMESTAMP", oidTimestamptz: "TIMESTAMPTZ",
	oidNumeric: "NUMERIC", oidUUID: "UUID", oidJSONB: "JSONB", oidInet: "INET", oidCIDR: "CIDR", oidTime: "TIME", oidInterval: "INTERVAL",
}

// TypeName is the column's type as pg_type has it, in upper case; "" for a type that this package does not know.
func (c *Column) TypeName() string {
	if of, array := elements[c.Type]; array {
		return "_" + internalNames[of]
	}
	return internalNames[c.Type]
}

// Value decodes a value into the closest of what database/sql knows: nil, int64, float64, bool, string, []byte or
// time.Time. Text is a string, bytea and JSON are bytes, and what has no such type is the server's text for it, as
// the infinite times are. It is a copy.
func (c *Column) Value(v []byte) (any, error) {
	if v == nil {
		return nil, nil
	}
	value, problem := c.value(v)
	if problem != "" {
		return nil, fmt.Errorf("pg: column %q: %s", c.Name, problem)
	}
	return value, nil
}

// value decodes what is not NULL.
func (c *Column) value(v []byte) (any, string) {
	switch c.Type {
	case oidJSON, oidJSONB:
		return boxed(readBytes(c, v))
	case oidBool:
		return boxed(readBool(c, v))
	}
	if c.Format == wire.Text {
		return string(v), ""
	}
	switch c.Type {
	case oidInt8, oidInt4, oidInt2, oidOID:
		return boxed(readInt(c, v))
	case oidFloat8, oidFloat4:
		return boxed(readFloat(c, v))
	case oidBytea:
		return boxed(readBytes(c, v))
	case oidTimestamptz, oidTimestamp, oidDate:
		t, problem := readTimestamp(c, v)
		switch t.Infinity {
		case 1:
			return "infinity", problem
		case -1:
			return "-infinity", problem
		}
		return t.Time, problem
	}
	return boxed(readString(c, v))
}

// boxed makes any value of a reader's.
func boxed[T any](value T, problem string) (any, string) { return value, problem }
