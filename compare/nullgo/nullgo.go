// Package nullgo is a calibrator: the cheapest thing in Go that can stand at
// the other end of an HTTP connection. It receives, looks for the end of each
// head, and sends bytes that were ready before. It checks nothing, so it is not
// an HTTP server; it shows what sockets, kernel and Go's runtime cost, and so
// how much of a server's time is its own.
//
// It answers the shared routes by the first letters of the target, which is
// enough for a generator that sends nothing else. /slow and /cpu run on the
// loop and hold up every other connection of it: that is what a plain event
// loop does, and no more was wanted.
//
// Read next: replies.go (which bytes), loop_linux.go (one loop), and, on other
// systems, other.go, which says that it cannot run there.
package nullgo

import "runtime"

// Server implements [compare.Server] and [compare.Calibrator].
type Server struct{}

func (Server) Name() string     { return "nullgo" }
func (Server) Version() string  { return runtime.Version() }
func (Server) Calibrates() bool { return true }

func (Server) About() string {
	return "calibrator in Go: epoll, raw recv and send, canned replies, no HTTP"
}
