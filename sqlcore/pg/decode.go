package pg

// Values as the server wrote them, made into Go's: one function per Go type, which knows the PostgreSQL types it can
// be made of. An error is said in words without place; plan.go adds the column.

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/covetgo/covet/sqlcore/wire"
)

// cannot says that two types do not go together.
func cannot(oid uint32, into string) string { return typeName(oid) + " does not fit into " + into }

// malformed says that the server sent a value of the wrong length.
func malformed(oid uint32) string { return "the server sent a malformed " + typeName(oid) }

// readInt reads an integer of any width, or a number that is one.
func readInt(c *Column, v []byte) (int64, string) {
	if c.Format == wire.Binary {
		switch c.Type {
		case oidInt4:
			if len(v) == 4 {
				return int64(int32(binary.BigEndian.Uint32(v))), ""
			}
			return 0, malformed(c.Type)
		case oidInt8:
			if len(v) == 8 {
				return int64(binary.BigEndian.Uint64(v)), ""
			}
			return 0, malformed(c.Type)
		case oidInt2:
			if len(v) == 2 {
				return int64(int16(binary.BigEndian.Uint16(v))), ""
			}
			return 0, malformed(c.Type)
		case oidOID:
			if len(v) == 4 {
				return int64(binary.BigEndian.Uint32(v)), ""
			}
			return 0, malformed(c.Type)
		}
		return 0, cannot(c.Type, "an integer")
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		return 0, strconv.Quote(string(v)) + " is no 64-bit integer"
	}
	return n, ""
}

// readUint reads an integer that is not negative.
func readUint(c *Column, v []byte) (uint64, string) {
	n, problem := readInt(c, v)
	if problem == "" && n < 0 {
		return 0, strconv.FormatInt(n, 10) + " is negative"
	}
	return uint64(n), problem
}

// readFloat reads a number.
func readFloat(c *Column, v []byte) (float64, string) {
	if c.Format == wire.Binary {
		switch {
		case c.Type == oidFloat8 && len(v) == 8:
			return math.Float64frombits(binary.BigEndian.Uint64(v)), ""
		case c.Type == oidFloat4 && len(v) == 4:
			return float64(math.Float32frombits(binary.BigEndian.Uint32(v))), ""
		case c.Type == oidInt2, c.Type == oidInt4:
			n, problem := readInt(c, v)
			return float64(n), problem
		}
		return 0, cannot(c.Type, "a float")
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil {
		return 0, strconv.Quote(string(v)) + " is no float64"
	}
	return f, ""
}

// readBool reads a boolean.
func readBool(c *Column, v []byte) (bool, string) {
	switch {
	case c.Type != oidBool:
		return false, cannot(c.Type, "a bool")
	case len(v) != 1:
		return false, malformed(c.Type)
	case c.Format == wire.Text:
		return v[0] == 't', ""
	}
	return v[0] != 0, ""
}

// appendText writes any value as text. What came as text is taken as it is.
func appendText(dst []byte, c *Column, v []byte) ([]byte, string) {
	if c.Format == wire.Text || isText(c.Type) {
		return append(dst, v...), ""
	}
	switch c.Type {
	case oidInt2, oidInt4, oidInt8, oidOID:
		n, problem := readInt(c, v)
		return strconv.AppendInt(dst, n, 10), problem
	case oidFloat4:
		f, problem := readFloat(c, v)
		return strconv.AppendFloat(dst, f, 'g', -1, 32), problem
	case oidFloat8:
		f, problem := readFloat(c, v)
		return appendFloat(dst, f), problem
	case oidBool:
		b, problem := readBool(c, v)
		return strconv.AppendBool(dst, b), problem
	case oidJSONB:
		v, problem := jsonText(c, v)
		return append(dst, v...), problem
	case oidUUID:
		u, problem := readUUID(c, v)
		return appendUUID(dst, u), problem
	case oidBytea:
		return hex.AppendEncode(append(dst, `\x`...), v), ""
	}
	return dst, cannot(c.Type, "a string")
}

// jsonText strips the version of jsonb's binary form (jsonb_send).
func jsonText(c *Column, v []byte) ([]byte, string) {
	if c.Type != oidJSONB || c.Format == wire.Text {
		return v, ""
	}
	if len(v) == 0 || v[0] != 1 {
		return nil, malformed(c.Type)
	}
	return v[1:], ""
}

// readString reads text, or writes a value as text.
func readString(c *Column, v []byte) (string, string) {
	if c.Format == wire.Text || isText(c.Type) {
		return string(v), ""
	}
	text, problem := appendText(nil, c, v)
	return string(text), problem
}

// readBytes reads bytes: of a bytea as they are, of text and JSON their text.
func readBytes(c *Column, v []byte) ([]byte, string) {
	switch {
	case c.Type == oidBytea && c.Format == wire.Text:
		return nil, cannot(c.Type, "a []byte in text format")
	case c.Type == oidBytea, isText(c.Type), c.Format == wire.Text:
		return append([]byte{}, v...), ""
	case c.Type == oidJSONB:
		v, problem := jsonText(c, v)
		return append([]byte{}, v...), problem
	}
	return nil, cannot(c.Type, "a []byte")
}

// readUUID reads a UUID.
func readUUID(c *Column, v []byte) (u [16]byte, problem string) {
	switch {
	case c.Type != oidUUID:
		return u, cannot(c.Type, "a [16]byte")
	case len(v) != len(u) || c.Format != wire.Binary:
		return u, malformed(c.Type)
	}
	return [16]byte(v), ""
}

// Timestamp is a time that may lie at either end of time, as PostgreSQL's may.
type Timestamp struct {
	Time     time.Time
	Infinity int8 // 1 for infinity, -1 for -infinity; then Time is zero
}

// readTimestamp reads a date or a time. Those without a zone are taken to be UTC.
func readTimestamp(c *Column, v []byte) (t Timestamp, problem string) {
	switch {
	case c.Type == oidDate && len(v) == 4 && c.Format == wire.Binary:
		days := int32(binary.BigEndian.Uint32(v))
		if days == math.MaxInt32 || days == math.MinInt32 {
			return endOfTime(days > 0), ""
		}
		return Timestamp{Time: time.Unix(int64(days)*secondsPerDay+epochUnixMicros/1_000_000, 0).UTC()}, ""
	case (c.Type == oidTimestamptz || c.Type == oidTimestamp) && len(v) == 8 && c.Format == wire.Binary:
		micros := int64(binary.BigEndian.Uint64(v))
		if micros == math.MaxInt64 || micros == math.MinInt64 {
			return endOfTime(micros > 0), ""
		}
		if micros > math.MaxInt64-epochUnixMicros {
			return t, malformed(c.Type)
		}
		return Timestamp{Time: time.UnixMicro(micros + epochUnixMicros).UTC()}, ""
	}
	return t, cannot(c.Type, "a time")
}

// endOfTime is one of the infinities.
func endOfTime(positive bool) Timestamp {
	if positive {
		return Timestamp{Infinity: 1}
	}
	return Timestamp{Infinity: -1}
}

// readTime reads a time that is not infinite.
func readTime(c *Column, v []byte) (time.Time, string) {
	t, problem := readTimestamp(c, v)
	if problem == "" && t.Infinity != 0 {
		return time.Time{}, "infinity does not fit into a time.Time; use pg.Timestamp"
	}
	return t.Time, problem
}

// readAddr reads the address of an inet.
func readAddr(c *Column, v []byte) (netip.Addr, string) {
	if c.Format == wire.Text {
		if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimSuffix(string(v), "/32"), "/128")); err == nil {
			return a, ""
		}
	}
	return netip.Addr{}, cannot(c.Type, "a netip.Addr")
}

// readPrefix reads a cidr, or an inet with or without a mask.
func readPrefix(c *Column, v []byte) (netip.Prefix, string) {
	if c.Format == wire.Text {
		text := string(v)
		if p, err := netip.ParsePrefix(text); err == nil {
			return p, ""
		}
		if a, err := netip.ParseAddr(text); err == nil {
			return netip.PrefixFrom(a, a.BitLen()), ""
		}
	}
	return netip.Prefix{}, cannot(c.Type, "a netip.Prefix")
}

// appendFloat8 appends a float8 in binary.
func appendFloat8(dst []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(v))
}
