//go:build !unix

package pgtest

// This file is for systems on which the server runs as whoever runs the test.

import (
	"os/exec"
	"path/filepath"
)

// account is not used here.
type account struct{}

// unprivileged has nothing to do.
func unprivileged() (*account, error) { return nil, nil }

// own has nothing to do.
func (*account) own(string) error { return nil }

// command prepares one of the server's programs, in the data directory.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.Dir
	return cmd
}
