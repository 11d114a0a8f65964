package pg

// Values that a query sends as text, in the binary form that COPY wants of a whole row. Entry point: textToBinary.

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/covetgo/covet/sqlcore/wire"
)

// textToBinary replaces the last parameter, which begins at start with its length, by its binary form.
func textToBinary(p *wire.Params, start int, oid uint32) (problem string) {
	text := p.Buf[start+4:]
	if len(text) == 0 && int32(binary.BigEndian.Uint32(p.Buf[start:])) == -1 { // NULL
		return ""
	}
	value := string(text) // the buffer is written over
	p.Buf = p.Buf[:start]
	p.Begin()
	ok := true
	switch oid {
	case oidJSONB: // a version, and the text (jsonb_recv)
		p.Buf = append(append(p.Buf, 1), value...)
	case oidNumeric:
		p.Buf, ok = appendNumeric(p.Buf, value)
	case oidFloat4:
		var f float64
		f, ok = parsed(strconv.ParseFloat(value, 32))
		p.Buf = binary.BigEndian.AppendUint32(p.Buf, math.Float32bits(float32(f)))
	case oidFloat8:
		var f float64
		f, ok = parsed(strconv.ParseFloat(value, 64))
		p.Buf = binary.BigEndian.AppendUint64(p.Buf, math.Float64bits(f))
	case oidInt2, oidInt4, oidInt8, oidOID:
		ok = appendInteger(p, oid, value)
	case oidUUID:
		var id []byte
		id, ok = parsed(hex.DecodeString(strings.ReplaceAll(value, "-", "")))
		ok = ok && len(id) == 16
		p.Buf = append(p.Buf, id...)
	case oidInet, oidCIDR:
		p.Buf, ok = appendInet(p.Buf, value, oid == oidCIDR)
	default:
		return "no binary form of it is known for this Go type; use CopyIn with text"
	}
	p.End()
	if !ok {
		return strconv.Quote(value[:min(len(value), 40)]) + " does not fit"
	}
	return ""
}

// parsed makes an answer of an error.
func parsed[T any](v T, err error) (T, bool) { return v, err == nil }

// appendInteger writes an integer of the type's size.
func appendInteger(p *wire.Params, oid uint32, value string) bool {
	bits := 32
	switch oid {
	case oidInt2:
		bits = 16
	case oidInt8:
		bits = 64
	case oidOID: // 32 bits and no sign
		bits = 33
	}
	n, ok := parsed(strconv.ParseInt(value, 10, bits))
	switch oid {
	case oidInt2:
		p.Buf = binary.BigEndian.AppendUint16(p.Buf, uint16(n))
	case oidInt8:
		p.Buf = binary.BigEndian.AppendUint64(p.Buf, uint64(n))
	default:
		p.Buf = binary.BigEndian.AppendUint32(p.Buf, uint32(n))
	}
	return ok && (oid != oidOID || n >= 0)
}

// appendInet writes an address as network_recv reads it: family, bits, whether it is a cidr, bytes.
func appendInet(dst []byte, value string, cidr bool) ([]byte, bool) {
	prefix, err := netip.ParsePrefix(value)
	if err != nil {
		addr, err := netip.ParseAddr(value)
		if err != nil || addr.Zone() != "" {
			return dst, false
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	const family4, family6 = 2, 3 // PGSQL_AF_INET and PGSQL_AF_INET6
	family := byte(family4)
	if prefix.Addr().Is6() {
		family = family6
	}
	isCIDR := byte(0)
	if cidr {
		isCIDR = 1
	}
	bytes := prefix.Addr().AsSlice()
	return append(append(dst, family, byte(prefix.Bits()), isCIDR, byte(len(bytes))), bytes...), true
}

// The binary form of numeric (numeric_recv): how many digits of base 10,000, the weight of the first of them, a sign, how
// many decimals are shown, and the digits.
const (
	numericNegative   = 0x4000
	numericNaN        = 0xC000
	numericInfinity   = 0xD000
	numericMinusInf   = 0xF000
	numericDigitsMax  = 131072 + 16383 // decimal digits before and behind the point
	numericPointMax   = 131072         // decimal digits before the point: more do not fit into the weight's 16 bits
	numericScaleMax   = 16383          // decimals
	digitsPerNumeric  = 4
	numericHeadFields = 4
)

// numericNames are what is no number of digits, with its sign.
var numericNames = [...]struct {
	name string
	sign uint64
}{{"NaN", numericNaN}, {"Infinity", numericInfinity}, {"-Infinity", numericMinusInf}}

// appendNumeric writes a number that stands in decimal, perhaps with an exponent.
func appendNumeric(dst []byte, value string) ([]byte, bool) {
	for i := range numericNames {
		if strings.EqualFold(value, numericNames[i].name) {
			return binary.BigEndian.AppendUint64(dst, numericNames[i].sign<<16), true
		}
	}
	d, ok := parseDecimal(value)
	if !ok {
		return dst, false
	}
	// The point falls between digits of base 10,000: zeros fill up both sides to that.
	before := d.point
	lead := (digitsPerNumeric - before%digitsPerNumeric) % digitsPerNumeric
	digits := append(bytes.Repeat([]byte{'0'}, lead), d.digits...)
	for len(digits)%digitsPerNumeric != 0 {
		digits = append(digits, '0')
	}
	weight := (before+lead)/digitsPerNumeric - 1
	for len(digits) > 0 && string(digits[:digitsPerNumeric]) == "0000" {
		digits, weight = digits[digitsPerNumeric:], weight-1
	}
	for len(digits) > 0 && string(digits[len(digits)-digitsPerNumeric:]) == "0000" {
		digits = digits[:len(digits)-digitsPerNumeric]
	}
	sign := uint16(0)
	switch {
	case len(digits) == 0: // zero has no sign
		weight = 0
	case d.negative:
		sign = numericNegative
	}
	for _, field := range [numericHeadFields]uint16{uint16(len(digits) / digitsPerNumeric), uint16(int16(weight)), sign, uint16(d.scale)} {
		dst = binary.BigEndian.AppendUint16(dst, field)
	}
	for ; len(digits) > 0; digits = digits[digitsPerNumeric:] {
		n := uint16(0)
		for _, c := range digits[:digitsPerNumeric] {
			n = 10*n + uint16(c-'0')
		}
		dst = binary.BigEndian.AppendUint16(dst, n)
	}
	return dst, true
}

// decimal is digits with a point somewhere.
type decimal struct {
	negative bool
	digits   []byte // '0' to '9'
	point    int    // how many digits stand before it, not negative
	scale    int    // how many decimals are meant to be seen
}

// parseDecimal reads [+-]digits[.digits][e[+-]digits].
func parseDecimal(value string) (d decimal, ok bool) {
	value, d.negative = strings.CutPrefix(value, "-")
	if !d.negative {
		value = strings.TrimPrefix(value, "+")
	}
	mantissa, exponent := value, 0
	if i := strings.IndexAny(value, "eE"); i >= 0 {
		mantissa = value[:i]
		if exponent, ok = parsed(strconv.Atoi(value[i+1:])); !ok || max(exponent, -exponent) > numericDigitsMax {
			return d, false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	d.digits = append([]byte(whole), fraction...)
	if len(d.digits) == 0 || len(d.digits) > numericDigitsMax || bytes.IndexFunc(d.digits, func(r rune) bool { return r < '0' || r > '9' }) >= 0 {
		return d, false
	}
	d.point = len(whole) + exponent
	if d.point < 0 {
		d.digits = append(bytes.Repeat([]byte{'0'}, -d.point), d.digits...)
		d.point = 0
	}
	if missing := d.point - len(d.digits); missing > 0 {
		d.digits = append(d.digits, bytes.Repeat([]byte{'0'}, missing)...)
	}
	d.scale = len(d.digits) - d.point
	return d, d.scale <= numericScaleMax && d.point <= numericPointMax
}
