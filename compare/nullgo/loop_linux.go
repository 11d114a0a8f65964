package nullgo

// One loop: wait, receive into the loop's buffer, answer, send once. A
// connection owns memory only while a request is incomplete or a peer does not
// read what was sent to it.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/covetgo/covet/compare"
	"github.com/covetgo/covet/compare/rawsock"
)

const (
	receiveBytes = 64 << 10
	eventsMax    = 512
	// pendingBytesMax ends a connection whose request is never complete.
	pendingBytesMax = compare.EchoBytesMax + receiveBytes
)

// Available implements [compare.Server].
func (Server) Available() error { return nil }

// Serve runs one loop per usable core, all accepting from the same listener.
func (Server) Serve(ctx context.Context, listener net.Listener, options compare.Options) error {
	if options.Backend != "" {
		return compare.NoBackend("nullgo", options.Backend)
	}
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return fmt.Errorf("nullgo: want a TCP listener, got %T", listener)
	}
	file, err := tcp.File()
	if err != nil {
		return err
	}
	defer file.Close()
	// Fd would make the listener blocking; SyscallConn does not.
	listenFD, err := descriptor(file)
	if err != nil {
		return err
	}
	refresh(time.Now())
	loops := options.Loops
	if loops == 0 {
		loops = runtime.GOMAXPROCS(0)
	}
	return runLoops(ctx, listenFD, loops)
}

func descriptor(c syscall.Conn) (fd int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	err = raw.Control(func(v uintptr) { fd = int(v) })
	return fd, err
}

// runLoops ends when the context does: a byte in a pipe wakes every loop.
func runLoops(ctx context.Context, listenFD, loops int) error {
	var wake [2]int
	if err := unix.Pipe2(wake[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
		return err
	}
	defer unix.Close(wake[0])
	defer unix.Close(wake[1])
	failed := make(chan error, loops)
	var running sync.WaitGroup
	for range loops {
		running.Go(func() { failed <- serveLoop(listenFD, wake[0]) })
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			refresh(now)
		case <-ctx.Done():
			unix.Write(wake[1], []byte{0}) // level-triggered and never read: all loops see it
			running.Wait()
			return nil
		case err := <-failed:
			unix.Write(wake[1], []byte{0})
			running.Wait()
			return err
		}
	}
}

type loop struct {
	epfd   int
	listen int
	in     []byte
	out    []byte
	conns  []*conn // by descriptor
}

// conn is what is left over between two turns; most of the time nothing is.
type conn struct {
	pending []byte // of a request that is not complete
	unsent  []byte // of replies the peer has not taken
}

func serveLoop(listenFD, wakeFD int) error {
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	l := &loop{epfd: epfd, listen: listenFD, in: make([]byte, receiveBytes)}
	defer l.closeAll()
	if err := l.watch(unix.EPOLL_CTL_ADD, listenFD, unix.EPOLLIN|unix.EPOLLEXCLUSIVE); err != nil {
		return err
	}
	if err := l.watch(unix.EPOLL_CTL_ADD, wakeFD, unix.EPOLLIN); err != nil {
		return err
	}
	events := make([]unix.EpollEvent, eventsMax)
	for {
		n, err := rawsock.Wait(epfd, events, -1)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		for _, e := range events[:max(n, 0)] {
			switch fd := int(e.Fd); fd {
			case wakeFD:
				return nil
			case listenFD:
				l.accept()
			default:
				l.serve(fd, e.Events)
			}
		}
	}
}

func (l *loop) watch(op, fd int, events uint32) error {
	return unix.EpollCtl(l.epfd, op, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
}

func (l *loop) accept() {
	for {
		fd, errno := rawsock.Accept(l.listen)
		if errno != 0 {
			return
		}
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		if l.watch(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN) != nil {
			unix.Close(fd)
		}
	}
}

// serve is one turn of one connection: one recv, one send.
func (l *loop) serve(fd int, ready uint32) {
	c := l.find(fd)
	if c != nil && len(c.unsent) > 0 && !l.flush(fd, c) {
		return
	}
	n, errno := rawsock.Recv(fd, l.in)
	switch {
	case errno == unix.EAGAIN && ready&unix.EPOLLERR == 0:
		return
	case errno != 0 || n == 0:
		l.close(fd)
		return
	}
	p := l.in[:n]
	if c != nil && len(c.pending) > 0 {
		c.pending = append(c.pending, p...)
		p = c.pending
	}
	out, rest := answer(l.out[:0], p)
	l.out = out
	if len(rest) > pendingBytesMax {
		l.close(fd)
		return
	}
	l.keep(fd, c, rest)
	l.send(fd, out)
}

// keep stores an incomplete request, and gives memory back once there is none.
func (l *loop) keep(fd int, c *conn, rest []byte) {
	switch {
	case len(rest) > 0 && c == nil:
		l.add(fd).pending = append([]byte(nil), rest...)
	case len(rest) > 0:
		c.pending = append(c.pending[:0], rest...)
	case c != nil:
		c.pending = nil
		if len(c.unsent) == 0 {
			l.conns[fd] = nil
		}
	}
}

func (l *loop) send(fd int, out []byte) {
	if len(out) == 0 {
		return
	}
	n, errno := rawsock.Send(fd, out)
	if errno != 0 && errno != unix.EAGAIN {
		l.close(fd)
		return
	}
	if errno != 0 {
		n = 0
	}
	if n == len(out) {
		return
	}
	c := l.find(fd)
	if c == nil {
		c = l.add(fd)
	}
	c.unsent = append(c.unsent, out[n:]...)
	l.watch(unix.EPOLL_CTL_MOD, fd, unix.EPOLLOUT)
}

// flush sends what a slow peer had not taken; until all is gone nothing more is
// received from it.
func (l *loop) flush(fd int, c *conn) bool {
	n, errno := rawsock.Send(fd, c.unsent)
	if errno == unix.EAGAIN {
		return false
	}
	if errno != 0 {
		l.close(fd)
		return false
	}
	c.unsent = c.unsent[n:]
	if len(c.unsent) > 0 {
		return false
	}
	c.unsent = nil
	l.watch(unix.EPOLL_CTL_MOD, fd, unix.EPOLLIN)
	return true
}

func (l *loop) close(fd int) {
	if l.find(fd) != nil {
		l.conns[fd] = nil
	}
	unix.Close(fd)
}

func (l *loop) find(fd int) *conn {
	if fd < len(l.conns) {
		return l.conns[fd]
	}
	return nil
}

func (l *loop) add(fd int) *conn {
	for fd >= len(l.conns) {
		l.conns = append(l.conns, nil)
	}
	l.conns[fd] = &conn{}
	return l.conns[fd]
}

// closeAll leaves the connections to the process's end: a calibrator has none
// worth saving, and every reply of a turn was sent within it.
func (l *loop) closeAll() { unix.Close(l.epfd) }
