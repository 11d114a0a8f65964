// Package rawsock has the system calls of a socket program that must not pay
// for the Go scheduler: the calibrator nullgo and the load generator share it.
//
// A non-blocking socket never makes its thread wait, so it need not be
// announced to the scheduler (entersyscall and exitsyscall around every call).
// The raw form is right for exactly this case: a raw call that waited would
// hold its P and stop the whole program's garbage collection. The one call here
// that waits, Wait, is an ordinary one.
//
// Linux only; elsewhere the package is empty and its users have another way.
package rawsock
