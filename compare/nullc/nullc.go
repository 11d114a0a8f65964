// Package nullc is the calibrator nullgo once more, in C: source/null.c beneath this
// file. It is compiled at run time, where a C compiler is found; there is no
// cgo in this repository and nobody needs a C compiler to build it.
//
// Serve replaces the process with the compiled program (execve) and hands it
// the listening socket, so that what is measured under this process's id is C
// and nothing else.
package nullc

import (
	_ "embed"
	"errors"
	"os/exec"

	"github.com/covetgo/covet/compare"
)

//go:embed source/null.c
var source []byte

// Server implements [compare.Server] and [compare.Calibrator].
type Server struct{}

func (Server) Name() string     { return "nullc" }
func (Server) Calibrates() bool { return true }

// ReplacesProcess implements [compare.Replacer].
func (Server) ReplacesProcess() bool { return true }

func (Server) About() string {
	return "calibrator in C, compiled -O2: epoll, recv, send, canned replies, no HTTP"
}

var errNoCompiler = errors.New("nullc: no C compiler found (looked for cc, gcc, clang): " +
	"install one, for instance: apt-get install gcc libc6-dev")

// compiler finds a C compiler.
func compiler() (string, error) {
	for _, name := range []string{"cc", "gcc", "clang"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoCompiler
}

var _ compare.Calibrator = Server{}
