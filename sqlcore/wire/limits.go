package wire

// Every length that a peer controls has a limit here, and so has every length that we put on the wire.

const (
	// HeaderBytes is a message's type and length.
	HeaderBytes = 1 + lengthBytes
	lengthBytes = 4

	// MessageBytesMax bounds a message in both directions. The server has the same bound on what it takes
	// (PQ_LARGE_MESSAGE_LIMIT is MaxAllocSize, 1 GiB - 1), and it sends no longer value than that.
	MessageBytesMax = 1<<30 - 1
	// AuthBytesMax bounds a server's messages before it has proved who it is: a password exchange has no long ones,
	// and a stranger must not make us reserve memory. An error message is the longest of them.
	AuthBytesMax = 64 << 10
	// StartupBytesMax bounds what we send to start a session (MAX_STARTUP_PACKET_LENGTH of the server).
	StartupBytesMax = 10000

	// ColumnCountMax is what the int16 that counts columns can hold. The server's own bound on a select list,
	// MaxTupleAttributeNumber, is 1664 columns.
	ColumnCountMax = 1<<15 - 1
	// ParamCountMax is what the 16 bits that count parameters can hold; the server reads them as unsigned.
	ParamCountMax = 1<<16 - 1
)
