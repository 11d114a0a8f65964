//go:build darwin || freebsd

package netpoll

// The backends of macOS and FreeBSD.

// backends are those of this system, the default first. That is not kqueue as long as it
// has not run on either: it has to be asked for.
func backends() []choice { return []choice{{"std", Std}, {"kqueue", Kqueue}} }
