package pg

// The types that this package knows by number, and the format in which it asks for each.

import "github.com/covetgo/covet/sqlcore/wire"

// OIDs of pg_type.dat; they never change.
const (
	oidBool        uint32 = 16
	oidBytea       uint32 = 17
	oidChar        uint32 = 18 // "char", one byte
	oidName        uint32 = 19
	oidInt8        uint32 = 20
	oidInt2        uint32 = 21
	oidInt4        uint32 = 23
	oidText        uint32 = 25
	oidOID         uint32 = 26
	oidJSON        uint32 = 114
	oidCIDR        uint32 = 650
	oidFloat4      uint32 = 700
	oidFloat8      uint32 = 701
	oidUnknown     uint32 = 705
	oidInet        uint32 = 869
	oidBpchar      uint32 = 1042
	oidVarchar     uint32 = 1043
	oidDate        uint32 = 1082
	oidTime        uint32 = 1083
	oidTimestamp   uint32 = 1114
	oidTimestamptz uint32 = 1184
	oidInterval    uint32 = 1186
	oidNumeric     uint32 = 1700
	oidUUID        uint32 = 2950
	oidJSONB       uint32 = 3802
)

// elements maps the arrays that are read and written in binary to their elements.
var elements = map[uint32]uint32{
	1000: oidBool, 1001: oidBytea, 1002: oidChar, 1003: oidName, 1005: oidInt2, 1007: oidInt4, 1016: oidInt8, 1009: oidText,
	1028: oidOID, 199: oidJSON, 1021: oidFloat4, 1022: oidFloat8, 1014: oidBpchar, 1015: oidVarchar, 1182: oidDate,
	1115: oidTimestamp, 1185: oidTimestamptz, 2951: oidUUID, 3807: oidJSONB,
}

// formatOf is the format in which values of a type are asked for. What is not listed comes as text: among it
// numeric, inet and interval, whose text is exact and whose binary form would only be turned into that text here.
func formatOf(oid uint32) wire.Format {
	switch oid {
	case oidBool, oidBytea, oidChar, oidName, oidInt8, oidInt2, oidInt4, oidText, oidOID, oidJSON, oidFloat4, oidFloat8,
		oidBpchar, oidVarchar, oidDate, oidTimestamp, oidTimestamptz, oidUUID, oidJSONB:
		return wire.Binary
	}
	if _, ok := elements[oid]; ok {
		return wire.Binary
	}
	return wire.Text
}

// isText reports whether a type's binary form is its text.
func isText(oid uint32) bool {
	switch oid {
	case oidText, oidVarchar, oidBpchar, oidName, oidJSON, oidChar, oidUnknown:
		return true
	}
	return false
}
