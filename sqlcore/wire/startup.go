package wire

// The messages before a session: they have no type byte, since the server tells them by their first number
// (§55.2.1).

import "encoding/binary"

const (
	protocol30  = 3 << 16         // 3.0, which every server since 7.4 speaks
	cancelCode  = 1234<<16 | 5678 // CancelRequest
	sslCode     = 1234<<16 | 5679 // SSLRequest
	sslAccepted = 'S'             // the server's one byte in answer to SSLRequest
	sslRefused  = 'N'             // it does not do TLS
)

// Setting is a name and a value of the startup message.
type Setting struct{ Name, Value string }

// AppendStartup appends the StartupMessage for protocol 3.0. A NUL in a name or value is refused: behind it, the
// server would read parameters that nobody has set, user among them.
func AppendStartup(dst []byte, settings []Setting) ([]byte, bool) {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, protocol30)
	for _, s := range settings {
		var okName, okValue bool
		dst, okName = appendString(dst, s.Name)
		dst, okValue = appendString(dst, s.Value)
		if !okName || !okValue || s.Name == "" { // an empty name would end the list
			return dst[:start], false
		}
	}
	dst = append(dst, 0)
	if len(dst)-start > StartupBytesMax {
		return dst[:start], false
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst, true
}

// AppendSSLRequest appends the question whether the server does TLS.
func AppendSSLRequest(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, 8)
	return binary.BigEndian.AppendUint32(dst, sslCode)
}

// SSLAnswer reads the single byte that answers SSLRequest.
func SSLAnswer(b byte) (accepted, ok bool) {
	return b == sslAccepted, b == sslAccepted || b == sslRefused
}

// Key names a session for CancelRequest. It is a secret: who has it may cancel.
type Key struct {
	Process uint32
	Secret  uint32
}

// AppendCancel appends a CancelRequest, to be sent on a connection of its own.
func AppendCancel(dst []byte, k Key) []byte {
	dst = binary.BigEndian.AppendUint32(dst, 16)
	dst = binary.BigEndian.AppendUint32(dst, cancelCode)
	dst = binary.BigEndian.AppendUint32(dst, k.Process)
	return binary.BigEndian.AppendUint32(dst, k.Secret)
}

// ParseBackendKey reads BackendKeyData of protocol 3.0.
func ParseBackendKey(data []byte) (Key, bool) {
	b := body{rest: data}
	k := Key{b.uint32(), b.uint32()}
	return k, b.whole()
}

// AppendTerminate appends Terminate, a polite end.
func AppendTerminate(dst []byte) []byte { return append(dst, 'X', 0, 0, 0, 4) }
