//go:build unix

package pg

// System calls that do not wait: write what the socket takes at once, look whether it has something to say.

import "syscall"

// canTry reports that this works here.
const canTry = true

// tryWriter writes what fits into a socket's buffer. Its closure is made once, so that a write allocates nothing.
type tryWriter struct {
	raw  syscall.RawConn
	call func(fd uintptr) bool
	buf  []byte
	n    int
	err  error
}

// newTryWriter makes one for a socket.
func newTryWriter(raw syscall.RawConn) *tryWriter {
	w := &tryWriter{raw: raw}
	w.call = w.once
	return w
}

// once makes the system call. It reports that it is finished also if the socket takes nothing: we do not wait here.
func (w *tryWriter) once(fd uintptr) bool {
	for {
		w.n, w.err = syscall.Write(int(fd), w.buf)
		if w.err != syscall.EINTR {
			return true
		}
	}
}

// write writes what the socket takes. It is for one goroutine at a time.
func (w *tryWriter) write(buf []byte) (int, error) {
	w.buf, w.n, w.err = buf, 0, nil
	err := w.raw.Write(w.call)
	w.buf = nil
	switch {
	case err != nil:
		return 0, err
	case w.err == syscall.EAGAIN:
		return 0, nil
	case w.err != nil:
		return 0, w.err
	}
	return w.n, nil
}

// quiet reports whether the socket is open and has nothing to read.
func (w *tryWriter) quiet() bool {
	quiet := false
	err := w.raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = err == syscall.EAGAIN || err == syscall.EINTR
		return true
	})
	return err == nil && quiet
}
