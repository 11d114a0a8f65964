package pg

// read and write on a non-blocking socket, made without telling the scheduler.
//
// package syscall announces each call to the runtime, since it might block, and that wakes the runtime's monitor
// thread if everything else is asleep: with a lone caller, twice per query. A call on a non-blocking socket
// does not block, and needs no announcement. It keeps its processor while bytes are copied, so there are few.

import (
	"syscall"
	"unsafe"
)

// rawBytesMax is how many bytes are copied without telling the scheduler; 64 KiB take some 10 µs.
const rawBytesMax = 64 << 10

// rawRead is read(2).
func rawRead(fd uintptr, p []byte) (int, syscall.Errno) {
	p = p[:min(len(p), rawBytesMax)]
	for {
		// SAFETY: p is live and its length is passed; the kernel keeps no pointer.
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		if errno != syscall.EINTR {
			return int(n), errno
		}
	}
}

// rawWrite is write(2). What is long is announced: a part of it would have to be waited for.
func rawWrite(fd uintptr, p []byte) (int, syscall.Errno) {
	if len(p) > rawBytesMax {
		return announcedWrite(fd, p)
	}
	for {
		// SAFETY: as above.
		n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		if errno != syscall.EINTR {
			return int(n), errno
		}
	}
}
