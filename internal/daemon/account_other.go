//go:build !unix

package daemon

// This file is for systems on which a server runs as whoever runs the test.

import "os/exec"

// Account is not used here.
type Account struct{}

// Unprivileged has nothing to do.
func Unprivileged(...string) (*Account, error) { return nil, nil }

// Own has nothing to do.
func (*Account) Own(string) error { return nil }

// Command prepares a program that runs in a folder.
func (*Account) Command(dir, path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	return cmd
}
