// Package compare puts rival HTTP servers behind one small interface, so that
// one generator can drive them all and the differences that it finds are the
// servers' own.
//
// Every rival serves the same routes with the same bytes and, as far as it
// can, the same response fields (routes.go says which). Each is set up the way
// its own documentation recommends for speed: a comparison that handicaps a
// rival proves nothing. Two of them are no servers at all: nullgo and nullc
// receive, look for the end of a head and send canned bytes. They are the
// calibrators, what the machine and its kernel cost with no HTTP in between.
//
// Read next: routes.go (what is served), then any rival: nethttp is the
// shortest. process/ runs a rival as a child process and talks to it, rawsock/
// has the system calls that cannot block, rivals/ lists them all and holds the
// conformance test.
package compare

import (
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"strings"
)

// Options are what a caller may choose for a rival.
type Options struct {
	// Backend names the way a rival waits for its sockets, where it has more
	// than one. Empty is the rival's own choice.
	Backend string
	// Loops is the number of event loops for rivals that have them; 0 is the
	// rival's own choice, which is one per usable core.
	Loops int
	// Hints lets a rival use what it knows about its routes before the first
	// request, where it has a way to say it: that /slow and /cpu take long.
	Hints bool
}

// Server is one rival.
type Server interface {
	// Name is what tables and flags call it.
	Name() string
	// About says in one line what it is and how it was set up.
	About() string
	// Version is that of the code measured, such as "v1.74.0".
	Version() string
	// Available returns nil where the rival can run, and otherwise an error
	// that says what it needs.
	Available() error
	// Serve answers on the listener until the context ends, lets the requests
	// that are running finish and returns nil. A rival in another language
	// replaces the process instead and never returns: call Serve last, and
	// through package process.
	Serve(ctx context.Context, listener net.Listener, options Options) error
}

// Calibrator is implemented by rivals that are not HTTP servers: they show what
// the same traffic costs when nothing is parsed. Reports keep them apart.
type Calibrator interface {
	Calibrates() bool
}

// IsCalibrator tells calibrators from servers.
func IsCalibrator(s Server) bool {
	c, ok := s.(Calibrator)
	return ok && c.Calibrates()
}

// ModuleVersion finds the version of a dependency in the running binary, for a
// rival's Version.
func ModuleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, dep := range info.Deps {
		if dep.Path != path {
			continue
		}
		if dep.Replace != nil && dep.Replace.Version != "" {
			return dep.Replace.Version
		}
		return dep.Version
	}
	return "unknown"
}

// NoBackend is the error of a rival that was asked for a backend it lacks.
func NoBackend(server, backend string, known ...string) error {
	if len(known) == 0 {
		return fmt.Errorf("%s has no backends to choose from: leave out -backend %s", server, backend)
	}
	return fmt.Errorf("%s has no backend %q: it has %s", server, backend, strings.Join(known, ", "))
}

// Replacer is implemented by rivals that are programs of their own: their Serve
// turns the process into that program, so it can tell nothing about itself.
type Replacer interface {
	ReplacesProcess() bool
}

// ReplacesProcess tells such rivals from those written in Go.
func ReplacesProcess(s Server) bool {
	r, ok := s.(Replacer)
	return ok && r.ReplacesProcess()
}
