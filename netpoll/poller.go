package netpoll

// The contract between a loop and the kernel, or what stands in for it.

import "net"

// Poller gives a loop readiness and bytes. Unless stated otherwise its methods
// are called by the owning loop only. Readiness is level-triggered: what is
// still true and still watched is reported again by the next Wait.
type Poller interface {
	// Wait blocks until something is ready, Wake was called or a tick is due,
	// and fills ev from the start. It may return 0.
	Wait(ev []Event) (int, error)
	// Wake makes the current or the next Wait return. Any goroutine may call
	// it, but none does after Shut.
	Wake()
	// Tick makes Wait return at least every so many milliseconds; 0 stops that.
	Tick(millis int)

	// Listen starts to report Readable for a listener, under the given name,
	// whose generation is 0. The listener stays the caller's.
	Listen(name Sock, ln Listener) error
	// Unlisten ends that.
	Unlisten(name Sock, ln Listener)
	// Accept takes one connection and returns its index, or ErrAgain. After
	// ECONNABORTED (that one only) and EINTR the loop tries again; after any
	// other error it calls Unlisten, and Listen at the next tick.
	Accept(ln Listener) (uint32, error)
	// Refuse ends an accepted connection that is not added, after trying to
	// send it some last words. It does not wait for that.
	Refuse(index uint32, lastWords []byte)
	// Add starts to report Readable for a connection. Any loop may call it. Its
	// first events may be dropped by a loop that does not know of it yet. After
	// an error, Refuse follows, by the loop that accepted.
	Add(s Sock) error
	// Watch replaces what a connection is watched for. Hangup is reported
	// whatever that is: after a failure, and when both sides have sent FIN.
	Watch(s Sock, want Flag) error

	// Recv returns received bytes, in scratch or in memory of the poller that
	// stays as it is until Recv is called with the same scratch again: a call
	// that lost its loop goes on reading them. No bytes and no error is the
	// end of the stream; nothing there yet is ErrAgain.
	Recv(s Sock, scratch []byte) ([]byte, error)
	// Send takes as many bytes as fit without waiting and returns their number.
	// n < len(p) with no error means: full, watch for Writable.
	Send(s Sock, p []byte) (n int, err error)
	// CloseWrite sends FIN, after what was sent, and leaves the reading side
	// open. An error means that it cannot; what was sent arrives nevertheless.
	CloseWrite(s Sock) error
	// Close ends the connection, without taking back what was sent. Its index
	// may be used again at once.
	Close(s Sock)

	// LocalAddr and RemoteAddr name the two ends, nil if they are not known. By
	// generation 0, RemoteAddr may be asked for a connection between Accept and
	// Add, by the loop that accepted.
	LocalAddr(s Sock) net.Addr
	RemoteAddr(s Sock) net.Addr

	// Shut releases the poller's own resources, after the loop's last Wait.
	Shut()
}

// Listener is a listening socket as a poller wants it; see [Group.Listen].
type Listener interface {
	Addr() net.Addr
	Close() error
}
