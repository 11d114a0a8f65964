//go:build unix && !linux

package daemon

import "syscall"

// attributes put the server into a group of its own: a Ctrl-C in the terminal is for the test, which then stops it.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
