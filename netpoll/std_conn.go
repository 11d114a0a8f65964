package netpoll

// One connection of the portable backend: what its reader, its writer and the
// loop share.
//
//	in      filled by the reader, emptied by the loop, then taken is signalled
//	out     filled by the loop; the writer takes all of it at once and leaves
//	        the buffer it wrote before, so two buffers go round
//	closed  set by the loop; the writer empties out, closes and ends

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

type stdConn struct {
	conn  net.Conn
	taken chan struct{} // one place: the loop has emptied in
	done  chan struct{} // closed by close
	write func()        // writeAll, made once: to start the writer allocates nothing

	mu     sync.Mutex
	poller *stdPoller // of the owning loop, like sock, from Add on
	sock   Sock
	want   Flag
	queued bool // stands in stdPoller.changed or ready

	in  []byte
	end bool  // the peer has sent FIN
	err error // the connection has failed

	out, spare   []byte
	sending      int  // bytes that the writer has taken and not yet written
	writing      bool // the writer runs
	fin, finSent bool
	closed       bool
}

func newStdConn(conn net.Conn) *stdConn {
	c := &stdConn{conn: conn, taken: make(chan struct{}, 1), done: make(chan struct{})}
	c.write = c.writeAll
	return c
}

// flags is what is true and watched, with c.mu held.
func (c *stdConn) flags() (f Flag) {
	if c.closed {
		return 0
	}
	if len(c.in) > 0 || c.end || c.err != nil {
		f |= Readable
	}
	if c.room() > 0 || c.err != nil {
		f |= Writable
	}
	f &= c.want
	if c.err != nil || c.end && c.finSent {
		f |= Hangup
	}
	return f
}

func (c *stdConn) room() int { return stdQueueBytes - len(c.out) - c.sending }

// changed tells the poller if there is something to report, with c.mu held.
func (c *stdConn) changed() {
	if !c.queued && c.flags() != 0 {
		c.queued = true
		c.poller.push(c)
	}
}

// report is asked by Wait; without flags the connection leaves its list.
func (c *stdConn) report() Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.flags()
	c.queued = f != 0
	return Event{c.sock, f}
}

// read is the reader.
func (c *stdConn) read() {
	defer c.poller.running.Done()
	buf := make([]byte, stdReadBytes)
	for {
		n, err := c.conn.Read(buf)
		if !c.deliver(buf[:n], err) {
			return
		}
	}
}

// deliver hands over what was read and waits until the loop has taken it. It
// reports whether to read on.
func (c *stdConn) deliver(p []byte, err error) bool {
	c.mu.Lock()
	c.in = p
	if err == io.EOF {
		c.end = true
	} else if err != nil {
		c.fail(err)
	}
	c.changed()
	c.mu.Unlock()
	if err != nil || len(p) == 0 {
		return err == nil
	}
	select {
	case <-c.taken:
		return true
	case <-c.done:
		return false
	}
}

// fail ends the connection in both directions, with c.mu held.
func (c *stdConn) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.out = nil
}

func (c *stdConn) recv(scratch []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case len(c.in) > 0:
	case c.err != nil:
		return 0, c.err
	case c.end:
		return 0, nil
	default:
		return 0, ErrAgain
	}
	n := copy(scratch, c.in)
	if c.in = c.in[n:]; len(c.in) == 0 {
		c.taken <- struct{}{} // never waits: the reader hands over again only after this
	}
	return n, nil
}

func (c *stdConn) send(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	if c.fin {
		return 0, fmt.Errorf("netpoll: Send after CloseWrite: %w", io.ErrClosedPipe)
	}
	n := min(len(p), c.room())
	if n > 0 {
		c.out = append(c.out, p[:n]...)
		c.work()
	}
	return n, nil
}

func (c *stdConn) closeWrite() error {
	if _, ok := c.conn.(closeWriter); !ok {
		// The loop closes the connection then: the peer gets everything that
		// was sent, and the end.
		return fmt.Errorf("netpoll: CloseWrite on a %T: %w", c.conn, errors.ErrUnsupported)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fin = true
	c.work()
	return nil
}

// closeWriter is what TCP, Unix and TLS connections can do.
type closeWriter interface{ CloseWrite() error }

// close leaves the rest to the writer: closing may block (TLS says goodbye).
func (c *stdConn) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	close(c.done)
	if len(c.out)+c.sending > 0 {
		c.poller.linger(c)
	}
	c.work()
}

// work starts the writer if it does not run, with c.mu held.
func (c *stdConn) work() {
	if !c.writing {
		c.writing = true
		c.poller.running.Add(1)
		go c.write()
	}
}

// writeAll is the writer: it does in order what there is to do and ends.
func (c *stdConn) writeAll() {
	defer c.poller.running.Done()
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case len(c.out) > 0:
			c.writeOut()
		case c.fin && !c.finSent && c.err == nil:
			c.finSent = true
			c.unlocked(c.conn.(closeWriter).CloseWrite)
		case c.closed:
			c.unlocked(c.conn.Close)
			c.poller.lingered(c)
			return
		default:
			c.writing = false
			return
		}
	}
}

func (c *stdConn) writeOut() {
	chunk := c.out
	c.out, c.spare, c.sending = c.spare[:0], nil, len(chunk)
	c.unlocked(func() error { _, err := c.conn.Write(chunk); return err })
	c.sending = 0
	if cap(chunk) <= stdKeepBytes {
		c.spare = chunk[:0]
	}
	c.changed()
}

// unlocked calls what may block.
func (c *stdConn) unlocked(f func() error) {
	c.mu.Unlock()
	err := f()
	c.mu.Lock()
	if err != nil {
		c.fail(err)
	}
	c.changed()
}
