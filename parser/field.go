package parser

import (
	"encoding/binary"
	"math/bits"
)

// field-line = field-name ":" OWS field-value OWS CRLF (RFC 9112 §5)
//
// One pass finds and validates: a name ends at the first byte that is no tchar, which must be the colon, and a
// value at the first byte that no value may hold, which must be the CR of a CRLF.

// fieldLines parses the lines from pos on, up to and including the empty one. The loop is the hottest of the
// package; its two scans are written out because a call for each would cost as much as the scanning.
func (h *Head) fieldLines(buf []byte, pos int, lim *Limits) (n int, st Status) {
	countMax, lineMax := clamp(lim.FieldCountMax, FieldCountCap), lim.fieldLineBytes()
	for count := int(h.fieldCount); ; {
		if pos < len(buf) && buf[pos] == '\r' {
			return h.emptyLine(buf, pos, lim)
		}

		colon := pos
		for {
			stops := nameStops(word(buf, colon))
			if stops == 0 {
				colon += wordBytes
				continue
			}
			colon += bits.TrailingZeros64(stops) >> 3
			if colon >= len(buf) {
				return h.badName(buf, pos, colon, lim)
			}
			if c := buf[colon]; c == ':' {
				break
			} else if !is(c, tchar) {
				return h.badName(buf, pos, colon, lim)
			}
			colon++
		}
		if colon == pos {
			return h.badName(buf, pos, colon, lim)
		}

		end := colon + 1
		for {
			stops := valueStops(word(buf, end))
			if stops == 0 {
				end += wordBytes
				continue
			}
			end += bits.TrailingZeros64(stops) >> 3
			if end+1 >= len(buf) {
				return h.badValue(buf, pos, end, lim)
			}
			if c := buf[end]; c == '\r' && buf[end+1] == '\n' {
				break
			} else if !is(c, fieldChar) {
				return h.badValue(buf, pos, end, lim)
			}
			end++
		}
		next := end + crlfBytes
		if next-pos > lineMax || count >= countMax {
			return h.tooMuch(buf, pos, next, lim)
		}

		from := colon + 1
		for from < end && isSpace(buf[from]) {
			from++
		}
		for end > from && isSpace(buf[end-1]) {
			end--
		}
		f := Field{Name: span(pos, colon), Value: span(from, end)}
		h.fields[count] = f
		count++
		h.fieldCount = uint8(count)
		if knownLens>>uint(colon-pos)&1 != 0 {
			if st := h.known(buf, f); st != OK {
				return h.fail(st)
			}
		}
		pos = next
	}
}

// tooMuch refuses a valid line that is too long, or one too many.
func (h *Head) tooMuch(buf []byte, pos, next int, lim *Limits) (int, Status) {
	if next-pos > lim.fieldLineBytes() {
		return h.fail(FieldTooLong)
	}
	return h.fail(TooManyFields)
}

// emptyLine ends the head at the CR at pos.
func (h *Head) emptyLine(buf []byte, pos int, lim *Limits) (n int, st Status) {
	if pos+1 >= len(buf) || buf[pos+1] != '\n' {
		return h.refuse(buf, pos, pos, BareCR, lim)
	}
	if st := h.decide(); st != OK {
		return h.fail(st)
	}
	return h.done(pos + crlfBytes)
}

// badName explains why the name that starts at pos does not end with a colon at i.
func (h *Head) badName(buf []byte, pos, i int, lim *Limits) (int, Status) {
	return h.refuse(buf, pos, i, nameStatus(buf, pos, i), lim)
}

func nameStatus(buf []byte, pos, i int) Status {
	switch {
	case i >= len(buf):
		return MissingColon
	case isSpace(buf[i]) && i == pos:
		return LineFold // RFC 9112 §5.2, and §2.2 for the first line
	case isSpace(buf[i]):
		return SpaceBeforeColon // RFC 9112 §5.1
	case buf[i] == ':':
		return EmptyFieldName
	case buf[i] == '\r':
		return MissingColon
	}
	return BadFieldName
}

// badValue explains why the value of the line at pos does not end with CRLF at i.
func (h *Head) badValue(buf []byte, pos, i int, lim *Limits) (int, Status) {
	st := ControlInValue
	if i < len(buf) && buf[i] == 0 {
		st = NULInValue
	}
	return h.refuse(buf, pos, i, st, lim)
}

// Fields with a meaning for this layer, told by length and then by words with the case bit set. That the name is
// a token must be known before: OR-ing 0x20 would turn a CR into a "-" (CVE-2020-8201).
const (
	knownLens = 1<<len("host") | 1<<len("expect") | 1<<len("upgrade") | 1<<len("connection") |
		1<<len("content-length") | 1<<len("transfer-encoding")

	wordHost = 'h' | 'o'<<8 | 's'<<16 | 't'<<24
	wordExpe = 'e' | 'x'<<8 | 'p'<<16 | 'e'<<24
	wordCt   = 'c' | 't'<<8
	wordUpgr = 'u' | 'p'<<8 | 'g'<<16 | 'r'<<24
	wordRade = 'r' | 'a'<<8 | 'd'<<16 | 'e'<<24
	wordConn = 'c' | 'o'<<8 | 'n'<<16 | 'n'<<24 | 'e'<<32 | 'c'<<40 | 't'<<48 | 'i'<<56
	wordOn   = 'o' | 'n'<<8
	wordCont = 'c' | 'o'<<8 | 'n'<<16 | 't'<<24 | 'e'<<32 | 'n'<<40 | 't'<<48 | '-'<<56
	wordLeng = '-'<<8 | 'l'<<16 | 'e'<<24 | 'n'<<32 | 'g'<<40 | 't'<<48 | 'h'<<56 | 't'
	wordTran = 't' | 'r'<<8 | 'a'<<16 | 'n'<<24 | 's'<<32 | 'f'<<40 | 'e'<<48 | 'r'<<56
	wordEnco = '-' | 'e'<<8 | 'n'<<16 | 'c'<<24 | 'o'<<32 | 'd'<<40 | 'i'<<48 | 'n'<<56
)

// known acts on a field whose name has the length of a known one.
func (h *Head) known(buf []byte, f Field) Status {
	name := buf[f.Name.Off:] // at least ":" and CRLF follow the name
	switch int(f.Name.Len) {
	case len("host"):
		if lower32(name) == wordHost {
			return h.hostField(buf, f.Value)
		}
	case len("expect"):
		if lower32(name) == wordExpe && lower16(name[4:]) == wordCt {
			return h.expectField(f.Value.In(buf))
		}
	case len("upgrade"):
		if lower32(name) == wordUpgr && lower32(name[3:]) == wordRade {
			return h.upgradeField(f.Value)
		}
	case len("connection"):
		if lower64(name) == wordConn && lower16(name[8:]) == wordOn {
			return h.connectionField(f.Value.In(buf))
		}
	case len("content-length"):
		if lower64(name) == wordCont && lower64(name[6:]) == wordLeng {
			return h.lengthField(f.Value.In(buf))
		}
	case len("transfer-encoding"):
		if lower64(name) == wordTran && lower64(name[8:]) == wordEnco && name[16]|0x20 == 'g' {
			return h.codingField(f.Value.In(buf))
		}
	}
	return OK
}

func lower16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) | caseBits&0xFFFF }
func lower32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) | caseBits&0xFFFFFFFF }
func lower64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) | caseBits }
