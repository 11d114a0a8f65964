// Package daemon starts the servers that tests and the bench need: as an account without rights, since databases refuse to
// run as root, and so that the kernel ends them with their parent.
package daemon

import (
	"os/exec"
	"runtime"
)

// Start starts a program, and returns a channel that is closed when it has ended.
func Start(cmd *exec.Cmd) (gone <-chan struct{}, err error) {
	ended := make(chan struct{})
	started := make(chan error)
	go func() {
		// The kernel ends the server when the thread that started it ends: also if the test is killed.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
		}
		close(ended)
	}()
	return ended, <-started
}
