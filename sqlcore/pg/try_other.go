//go:build !unix

package pg

// On these systems a socket cannot be tried: long writes get a goroutine of their own.

import "syscall"

// canTry reports that none of this is used here.
const canTry = false

// tryWriter is never made, since canTry is false.
type tryWriter struct{}

// newTryWriter is never called.
func newTryWriter(syscall.RawConn) *tryWriter { return nil }

// write is never called; it would write nothing.
func (*tryWriter) write([]byte) (int, error) { return 0, nil }

// quiet is never called; it would not know.
func (*tryWriter) quiet() bool { return true }
