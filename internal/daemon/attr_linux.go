package daemon

import "syscall"

// attributes make the kernel end the server (an immediate shutdown, for PostgreSQL and MariaDB) when its parent is gone. Own group: a Ctrl-C
// in the terminal is for the test, which then stops the server.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT, Setpgid: true}
}
