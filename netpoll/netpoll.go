// Package netpoll moves bytes between sockets and a handler: it owns readiness,
// accepting, sending, timeouts and the hand-over of work between goroutines,
// and it knows nothing of HTTP.
//
// A [Group] has N loops. A [Loop] is one goroutine that waits for events and
// calls its [Handler]; every connection belongs to exactly one loop for all its
// life, so neither side needs a lock:
//
//	listener ──▶ any loop accepts ──▶ the loop with the fewest connections owns
//	                                        │
//	wait ─▶ Recv into the loop's scratch ─▶ Handler.Data ─▶ Loop.Send ─▶ … ─▶ wait
//	  ▲                                                                       │
//	  └── posted tasks, expired deadlines, deferred closes ◀──────────────────┘
//
// The only entry from another goroutine is [Loop.Post]. What talks to the
// kernel is a [Poller]: epoll on Linux, with or without a ring of io_uring for the
// bytes; kqueue; a portable one over package net; and a scripted one in tests.
//
// Read next: loop.go (one turn), group.go (who gets a connection), slab.go and
// deadline.go (what a connection costs while it is idle), post.go, poller.go
// (the contract of backends), steal.go (a loop that is taken from a call),
// then a backend: epoll_linux.go, uring_poller_linux.go, kqueue.go or std.go.
package netpoll

import "errors"

// Sock names one open connection: the index of its slot and the generation
// of the slot's use, so that a name kept for too long is recognised as stale.
// On all backends but std the index is the file descriptor. The zero Sock names nothing.
type Sock uint64

// MakeSock joins an index and a generation.
func MakeSock(index, generation uint32) Sock {
	return Sock(generation)<<32 | Sock(index)
}

// Index is the slot, small and dense: the key for tables beside the loop's own.
func (s Sock) Index() uint32 { return uint32(s) }

// Generation counts the uses of the slot, from 1. It is 0 for listeners and in
// the zero Sock. After 4 294 967 295 uses of one slot it starts again.
func (s Sock) Generation() uint32 { return uint32(s >> 32) }

// Flag says what a socket is ready for, or what it is watched for.
type Flag uint8

const (
	// Readable: bytes, or the peer's end of them, can be received.
	Readable Flag = 1 << iota
	// Writable: a send would take at least one byte.
	Writable
	// Hangup: the connection is gone in both directions: reset, failed, or
	// both sides have sent FIN. It need not be watched for.
	Hangup
)

// Event is one socket's readiness.
type Event struct {
	Sock  Sock
	Flags Flag
}

// Handler is what a loop drives. All methods run on the loop's goroutine, one
// at a time (steal.go: which goroutine that is may change). For one Sock the order is Open, then any of the others, then
// Closed exactly once and nothing after it.
type Handler interface {
	// Open announces a connection before its first event.
	Open(Sock)
	// Data brings received bytes. They are borrowed until Data returns.
	Data(Sock, []byte)
	// EOF says that the peer will send no more. It may still read: half-close.
	// The connection is no longer watched for Readable then.
	EOF(Sock)
	// Writable says that a socket watched for Writable takes bytes again.
	Writable(Sock)
	// Expired says that the connection's deadline has passed.
	Expired(Sock)
	// Closed says that the connection has ended; err is nil if that was meant:
	// Close was called, or both sides have sent FIN.
	Closed(Sock, error)
	// Taken says that the call which was begun with Loop.Enter has lost the
	// loop. It comes on the loop's new goroutine, and never if there is no Enter.
	// The call may still read its Data in scratch; give that back with
	// Loop.Reuse when it has ended, or leave it to the collector.
	Taken(scratch []byte)
}

var (
	// ErrAgain: nothing can be done now; the poller will report readiness.
	ErrAgain = errors.New("netpoll: not ready")
	// ErrClosed: the loop, the group or the connection has ended.
	ErrClosed = errors.New("netpoll: closed")
)
