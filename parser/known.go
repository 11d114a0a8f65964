package parser

// Known fields: those with a meaning for this layer, and those that a layer above asks for on many requests. They are
// told by their length and a few bytes and then compared whole, with the case bit set. That the name is a token must
// be known before: OR-ing 0x20 would turn a CR into a "-" (CVE-2020-8201).

// Known names a field that has a number here. See [Head.Known].
type Known uint8

// The known fields. Host to Upgrade decide how a message is read; what is in the others is for their readers.
const (
	KnownHost             Known = iota // Host (RFC 9110 §7.2)
	KnownContentLength                 // Content-Length (§8.6)
	KnownTransferEncoding              // Transfer-Encoding (RFC 9112 §6.1)
	KnownConnection                    // Connection (RFC 9110 §7.6.1)
	KnownExpect                        // Expect (§10.1.1)
	KnownUpgrade                       // Upgrade (§7.8)
	KnownTrailer                       // Trailer (§6.6.2)
	KnownTE                            // TE (§10.1.4)
	knownCount
)

var knownNames = [knownCount]string{
	"Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Upgrade", "Trailer", "TE",
}

// String returns the name of the field.
func (k Known) String() string { return knownNames[k] }

// knownHints tells most names that are not known by a hash of their length and first letter.
var knownHints = buildKnownHints()

func buildKnownHints() (hints [256]uint8) {
	for _, name := range knownNames {
		hints[knownHint(name[0], uint(len(name)))] = 1
	}
	return hints
}

// knownHint is an instruction on most machines, and tells the known names from most others: of those that browsers
// send, only Date hashes like one of them.
func knownHint(initial byte, length uint) uint8 { return initial | 0x20 + uint8(length)*8 }

const (
	wordTE   = 't' | 'e'<<8
	wordHost = 'h' | 'o'<<8 | 's'<<16 | 't'<<24
	wordExpe = 'e' | 'x'<<8 | 'p'<<16 | 'e'<<24
	wordCt   = 'c' | 't'<<8
	wordUpgr = 'u' | 'p'<<8 | 'g'<<16 | 'r'<<24
	wordRade = 'r' | 'a'<<8 | 'd'<<16 | 'e'<<24
	wordTrai = 't' | 'r'<<8 | 'a'<<16 | 'i'<<24
	wordIler = 'i' | 'l'<<8 | 'e'<<16 | 'r'<<24
	wordConn = 'c' | 'o'<<8 | 'n'<<16 | 'n'<<24 | 'e'<<32 | 'c'<<40 | 't'<<48 | 'i'<<56
	wordOn   = 'o' | 'n'<<8
	wordCont = 'c' | 'o'<<8 | 'n'<<16 | 't'<<24 | 'e'<<32 | 'n'<<40 | 't'<<48 | '-'<<56
	wordLeng = '-'<<8 | 'l'<<16 | 'e'<<24 | 'n'<<32 | 'g'<<40 | 't'<<48 | 'h'<<56 | 't'
	wordTran = 't' | 'r'<<8 | 'a'<<16 | 'n'<<24 | 's'<<32 | 'f'<<40 | 'e'<<48 | 'r'<<56
	wordEnco = '-' | 'e'<<8 | 'n'<<16 | 'c'<<24 | 'o'<<32 | 'd'<<40 | 'i'<<48 | 'n'<<56
)

const (
	wordKeep = 'k' | 'e'<<8 | 'e'<<16 | 'p'<<24 | '-'<<32 | 'a'<<40 | 'l'<<48 | 'i'<<56
	wordVe   = 'v' | 'e'<<8
)

// known acts on line i, which is f, and whose name may be known.
func (h *Head) known(buf []byte, f *Field, i uint) Status {
	if f.Name.Len == uint16(len("host")) {
		if at := uint(f.Name.Off); at+4 <= uint(len(buf)) && lower32(buf[at:at+4]) == wordHost {
			h.found(KnownHost, i)
			return h.hostField(buf, f)
		}
		return OK
	}
	name := buf[f.Name.Off:] // behind the name come at least ":" and CRLF
	value := f.Value.In(buf)
	switch int(f.Name.Len) {
	case len("te"):
		if lower16(name) == wordTE {
			h.found(KnownTE, i)
		}
	case len("expect"):
		if lower32(name) == wordExpe && lower16(name[4:]) == wordCt {
			h.found(KnownExpect, i)
			return h.expectField(value)
		}
	case len("upgrade"):
		if lower32(name) == wordUpgr && lower32(name[3:]) == wordRade {
			h.found(KnownUpgrade, i)
			return h.upgradeField(value)
		}
		if lower32(name) == wordTrai && lower32(name[3:]) == wordIler {
			h.found(KnownTrailer, i)
		}
	case len("connection"):
		if lower64(name) == wordConn && lower16(name[8:]) == wordOn {
			h.found(KnownConnection, i)
			return h.connectionField(value)
		}
	case len("content-length"):
		if lower64(name) == wordCont && lower64(name[6:]) == wordLeng {
			h.found(KnownContentLength, i)
			return h.lengthField(value)
		}
	case len("transfer-encoding"):
		if lower64(name) == wordTran && lower64(name[8:]) == wordEnco && name[16]|0x20 == 'g' {
			h.found(KnownTransferEncoding, i)
			return h.codingField(value)
		}
	}
	return OK
}

// found notes that line i is the first of a known field, if it is.
func (h *Head) found(k Known, i uint) {
	if h.first[k] == 0 {
		h.first[k] = uint8(i + 1)
	}
}

func lower16(b []byte) uint16 { return load16(b, 0) | caseBits&0xFFFF }
func lower32(b []byte) uint32 { return load32(b, 0) | caseBits&0xFFFFFFFF }
func lower64(b []byte) uint64 { return load64(b, 0) | caseBits }
