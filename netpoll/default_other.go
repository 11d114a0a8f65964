//go:build !linux && !darwin && !freebsd

package netpoll

// The backends of systems that have no backend of their own.

// backends are those of this system, the default first.
func backends() []choice { return []choice{{"std", Std}} }
