package parser

import "bytes"

// authority = uri-host [ ":" port ], as Host and the request-target carry it (RFC 9110 §7.2, RFC 3986 §3.2).
// Userinfo is never part of it here.

const (
	noPort  = -1
	portMax = 1<<16 - 1
)

// parseAuthority checks a host, which must not be empty, with an optional port. port is noPort if there is none or it
// is empty, as in "a:".
func parseAuthority(b []byte) (port int, ok bool) {
	i := 0
	for i+wordBytes <= len(b) && hostStops(load64(b, i)) == 0 {
		i += wordBytes
	}
	for ; i < len(b); i++ {
		if c := b[i]; class[c]&hostChar == 0 {
			if c == ':' && i > 0 {
				return parsePort(b[i+1:])
			}
			return rareAuthority(b, i)
		}
	}
	return noPort, len(b) > 0
}

// soundHost remembers the last host that was found to be sound. Most requests name the one that the request before
// them named, and comparing is a third of the work of judging. It survives Reset: what it says is a property of the
// bytes, not of the request they came with.
type soundHost struct {
	length uint8 // 0: none
	bytes  [hostKeptBytes]byte
}

// hostKeptBytes is the longest host that is remembered, one less than a power of two; a longer one is judged each time.
const hostKeptBytes = 31

func (s *soundHost) is(value []byte) bool {
	return len(value) > 0 && len(value) == int(s.length) && string(s.bytes[:s.length&hostKeptBytes]) == string(value)
}

func (s *soundHost) keep(value []byte) {
	if len(value) <= hostKeptBytes {
		s.length = uint8(copy(s.bytes[:], value))
	}
}

const (
	wordBytes = 8
	ones      = 0x0101010101010101
	highs     = 0x80 * ones
	lows      = 0x7F * ones
	caseBits  = 0x20 * ones
)

// hostStops flags the bytes of a word that are neither alphanumeric nor "-" nor ".". The others that a name may hold
// are rare.
func hostStops(w uint64) uint64 {
	low := w & lows
	folded := low | caseBits
	alpha := (folded + (0x80-'a')*ones) &^ (folded + (0x7F-'z')*ones) // bit 7 set: 'a'..'z'
	dashToNine := (low + (0x80-'-')*ones) &^ (low + (0x7F-'9')*ones)  // "-", ".", "/", digits
	notSlash := (low ^ ('/' * ones)) + lows                           // bit 7 clear: "/"
	return (^(alpha | dashToNine&notSlash) | w) & highs
}

// rareAuthority goes on at b[i], which is neither a plain byte of a name nor the colon behind one.
func rareAuthority(b []byte, i int) (port int, ok bool) {
	if i == 0 && b[0] == '[' {
		end := bytes.IndexByte(b, ']')
		if end < 0 || !validIPv6(b[1:end]) {
			return noPort, false
		}
		return parsePortPart(b[end+1:])
	}
	for i < len(b) && b[i] != ':' {
		switch {
		case is(b[i], hostChar):
			i++
		case b[i] == '%' && i+2 < len(b) && is(b[i+1], hexDigit) && is(b[i+2], hexDigit):
			i += 3
		default:
			return noPort, false
		}
	}
	if i == 0 {
		return noPort, false
	}
	return parsePortPart(b[i:])
}

// parsePortPart parses [ ":" port ].
func parsePortPart(b []byte) (port int, ok bool) {
	if len(b) == 0 {
		return noPort, true
	}
	if b[0] != ':' {
		return noPort, false
	}
	return parsePort(b[1:])
}

func parsePort(b []byte) (port int, ok bool) {
	if len(b) == 0 {
		return noPort, true
	}
	for _, c := range b {
		d := c - '0' // wraps around below '0'
		if port = port*10 + int(d); d > 9 || port > portMax {
			return noPort, false
		}
	}
	return port, true
}

// validIPv6 checks an IPv6address: eight groups of 1*4HEXDIG, of which "::" may stand for one or more and an
// IPv4 address for the last two (RFC 3986 §3.2.2). Zones and IPvFuture have no place in an http authority.
func validIPv6(b []byte) bool {
	groups, compressed := 0, false
	if len(b) >= 2 && b[0] == ':' && b[1] == ':' {
		compressed, b = true, b[2:]
		if len(b) == 0 {
			return true
		}
	}
	for {
		n := run(b, 0, hexDigit)
		if n < len(b) && b[n] == '.' {
			groups += 2
			return validIPv4(b) && (groups == 8 && !compressed || groups < 8 && compressed)
		}
		if n == 0 || n > 4 {
			return false
		}
		groups, b = groups+1, b[n:]
		if len(b) == 0 {
			break
		}
		if b[0] != ':' || len(b) == 1 {
			return false
		}
		b = b[1:]
		if b[0] != ':' {
			continue
		}
		if compressed {
			return false
		}
		compressed, b = true, b[1:]
		if len(b) == 0 {
			break
		}
	}
	return groups == 8 && !compressed || groups < 8 && compressed
}

// validIPv4 checks four dec-octets, without leading zeros.
func validIPv4(b []byte) bool {
	for octet := range 4 {
		n, value := 0, 0
		for n < len(b) && n < 4 && is(b[n], digit) {
			value = value*10 + int(b[n]-'0')
			n++
		}
		if n == 0 || value > 255 || n > 1 && b[0] == '0' {
			return false
		}
		b = b[n:]
		if octet == 3 {
			break
		}
		if len(b) == 0 || b[0] != '.' {
			return false
		}
		b = b[1:]
	}
	return len(b) == 0
}
