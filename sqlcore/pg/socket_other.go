//go:build !unix

package pg

// On these systems a socket cannot be tried: long writes get a goroutine of their own.

import "syscall"

// canTry reports that none of this is used here.
const canTry = false

// socket is never made, since canTry is false.
type socket struct{}

// newSocket is never called.
func newSocket(syscall.RawConn) *socket { return nil }

// tryWrite is never called; it would write nothing.
func (*socket) tryWrite([]byte) (int, error) { return 0, nil }

// read is never called; it would read nothing.
func (*socket) read([]byte) (int, error) { return 0, nil }

// tryRead is never called; it would read nothing.
func (*socket) tryRead([]byte) (int, error) { return 0, nil }

// quiet is never called; it would not know.
func (*socket) quiet() bool { return true }
