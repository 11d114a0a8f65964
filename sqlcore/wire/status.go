package wire

// What tells of the session: ReadyForQuery, and what may come at any time (§55.2.7).

// TxStatus is what ReadyForQuery says about the session.
type TxStatus byte

// The three of them.
const (
	Idle     TxStatus = 'I' // no transaction
	InTx     TxStatus = 'T' // in a transaction block
	FailedTx TxStatus = 'E' // in one that failed: everything but ROLLBACK will be refused
)

// ParseReady reads ReadyForQuery.
func ParseReady(message []byte) (TxStatus, bool) {
	b := body{rest: message}
	s := TxStatus(b.byte())
	return s, b.whole() && (s == Idle || s == InTx || s == FailedTx)
}

// ParseParameterStatus reads a setting that the server reports.
func ParseParameterStatus(message []byte) (name, value []byte, ok bool) {
	b := body{rest: message}
	name, value = b.string(), b.string()
	return name, value, b.whole() && len(name) > 0
}

// ParseNotification reads what a NOTIFY sent.
func ParseNotification(message []byte) (process uint32, channel, payload []byte, ok bool) {
	b := body{rest: message}
	process = b.uint32()
	channel, payload = b.string(), b.string()
	return process, channel, payload, b.whole()
}

// ParseNegotiate reads NegotiateProtocolVersion: the newest minor version of protocol 3 that the server has, and
// how many of our options it did not know.
func ParseNegotiate(message []byte) (minor uint32, unknown int, ok bool) {
	b := body{rest: message}
	minor = b.uint32() & 0xffff
	n := int(b.int32())
	if b.bad || n < 0 || n > len(b.rest) { // an option's name takes a byte at least
		return 0, 0, false
	}
	for range n {
		b.string()
	}
	return minor, n, b.whole()
}
