//go:build unix && !linux

package pg

// read and write on systems whose calls go through a library, which wants to be called as package syscall does.

import "syscall"

// rawRead is read(2).
func rawRead(fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, err := syscall.Read(int(fd), p)
		if errno := errnoOf(err); errno != syscall.EINTR {
			return n, errno
		}
	}
}

// rawWrite is write(2).
func rawWrite(fd uintptr, p []byte) (int, syscall.Errno) { return announcedWrite(fd, p) }
