package testkit

// One connection in memory, and the client that holds its other end.
//
//	Client.Write ─▶ in  ─▶ Loop.Recv
//	Client.Read  ◀─ out ◀─ Loop.Send

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"syscall"

	"github.com/covetgo/covet/netpoll"
)

// conn is guarded by Kernel.mu.
type conn struct {
	number int // in the order of dialling, from 1
	rng    *rand.Rand
	faults Faults

	poller *poller // of the owning loop, nil until Add
	sock   netpoll.Sock
	want   netpoll.Flag
	again  bool // the last Recv was answered with "not ready" on purpose

	in, out        []byte
	inEnd, outEnd  bool // FIN from the client, from the server
	reset, closed  bool // closed: by the server
	dropped        bool // the server closed and left bytes unread: RST, not FIN
	stalled        bool
	received, sent int
	recvNext       int // length of the next receive, drawn once so that waiting does not change it
}

// flags is what the socket is ready for and watched for.
func (c *conn) flags() netpoll.Flag {
	var f netpoll.Flag
	if len(c.in) > 0 || c.inEnd || c.reset {
		f |= netpoll.Readable
	}
	if c.room() > 0 || c.reset {
		f |= netpoll.Writable
	}
	f &= c.want
	if c.reset || c.inEnd && c.outEnd {
		f |= netpoll.Hangup
	}
	return f
}

func (c *conn) room() int {
	if c.stalled {
		return 0
	}
	return max(0, windowBytes-len(c.out))
}

func (c *conn) recv(scratch []byte) (int, error) {
	switch {
	case c.reset:
		return 0, syscall.ECONNRESET
	case len(c.in) > 0:
	case c.inEnd:
		return 0, nil
	default:
		return 0, netpoll.ErrAgain
	}
	if c.recvNext == 0 {
		c.recvNext = cut(c.rng, len(scratch), c.faults.RecvBytesMax, c.faults.RecvSplit)
	}
	n := min(len(c.in), len(scratch), c.recvNext)
	if most := c.faults.ResetAfterRecvBytes; most > 0 {
		n = min(n, most-c.received)
	}
	copy(scratch, c.in[:n])
	c.in = c.in[n:]
	c.received += n
	c.recvNext = 0
	if c.received == c.faults.ResetAfterRecvBytes && c.received > 0 {
		c.reset, c.in = true, nil
	}
	return n, nil
}

func (c *conn) send(p []byte) (int, error) {
	if c.reset {
		return 0, syscall.ECONNRESET
	}
	if c.outEnd {
		return 0, syscall.EPIPE
	}
	n := cut(c.rng, min(len(p), c.room()), c.faults.SendBytesMax, c.faults.SendSplit)
	if most := c.faults.ResetAfterSendBytes; most > 0 {
		n = min(n, most-c.sent)
	}
	c.out = append(c.out, p[:n]...)
	c.sent += n
	if c.sent == c.faults.ResetAfterSendBytes && c.sent > 0 {
		c.reset, c.in = true, nil
	}
	return n, nil
}

// Client is the peer of one connection. Reads wait for at most ten seconds;
// nothing else waits.
type Client struct {
	k *Kernel
	c *conn
}

// Dial connects, with the kernel's faults. It does not wait to be accepted.
func (k *Kernel) Dial() *Client {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dialled++
	c := &conn{number: k.dialled, rng: k.rng(uint64(k.dialled)), faults: k.faults, stalled: k.faults.Stalled}
	if k.listener.closed {
		c.reset = true
	} else {
		k.backlog = append(k.backlog, c)
	}
	k.cond.Broadcast()
	return &Client{k, c}
}

// change alters the connection and tells whoever waits.
func (cl *Client) change(f func(*conn)) {
	cl.k.mu.Lock()
	defer cl.k.mu.Unlock()
	f(cl.c)
	cl.k.cond.Broadcast()
}

// Write sends p, all of it and at once.
func (cl *Client) Write(p []byte) (n int, err error) {
	cl.change(func(c *conn) {
		switch {
		case c.reset || c.closed:
			err = syscall.ECONNRESET
		case c.inEnd:
			err = syscall.EPIPE
		default:
			c.in = append(c.in, p...)
			n = len(p)
		}
	})
	return n, err
}

// WriteString is Write.
func (cl *Client) WriteString(s string) (int, error) { return cl.Write([]byte(s)) }

// CloseWrite sends FIN and goes on reading.
func (cl *Client) CloseWrite() { cl.change(func(c *conn) { c.inEnd = true }) }

// Close sends FIN and reads no more; sends of the server are reset.
func (cl *Client) Close() error {
	cl.change(func(c *conn) {
		c.inEnd, c.out = true, nil
		c.faults.ResetAfterSendBytes = c.sent + 1
	})
	return nil
}

// Reset ends the connection in both directions at once.
func (cl *Client) Reset() { cl.change(func(c *conn) { c.reset, c.in, c.out = true, nil, nil }) }

// Stall leaves no room for anything the server sends, until Resume.
func (cl *Client) Stall() { cl.change(func(c *conn) { c.stalled = true }) }

// Resume ends Stall.
func (cl *Client) Resume() { cl.change(func(c *conn) { c.stalled = false }) }

// Read is io.Reader's: io.EOF after the server's FIN; ECONNRESET after a
// reset, or if the server closed without having read everything.
func (cl *Client) Read(p []byte) (int, error) {
	cl.k.mu.Lock()
	defer cl.k.mu.Unlock()
	c := cl.c
	if !cl.k.await(func() bool { return len(c.out) > 0 || c.outEnd || c.reset || c.closed }) {
		return 0, fmt.Errorf("testkit: connection %d: no bytes in %v: %w", c.number, patience, os.ErrDeadlineExceeded)
	}
	switch {
	case len(c.out) > 0:
		n := copy(p, c.out)
		c.out = c.out[n:]
		cl.k.cond.Broadcast() // room again
		return n, nil
	case c.dropped || c.reset:
		return 0, syscall.ECONNRESET
	}
	return 0, io.EOF
}

// ReadUntil reads up to and with the first occurrence of end, and not further.
// With an error comes what was read.
func (cl *Client) ReadUntil(end string) ([]byte, error) {
	var got []byte
	for !bytes.HasSuffix(got, []byte(end)) {
		var b [1]byte
		if _, err := cl.Read(b[:]); err != nil {
			return got, err
		}
		got = append(got, b[0])
	}
	return got, nil
}

// ReadN reads exactly n bytes. With an error comes what was read.
func (cl *Client) ReadN(n int) ([]byte, error) {
	p := make([]byte, n)
	n, err := io.ReadFull(cl, p)
	return p[:n], err
}

// ReadAll reads to the server's FIN.
func (cl *Client) ReadAll() ([]byte, error) { return io.ReadAll(cl) }

// Buffered returns what has arrived and was not read, without taking it.
func (cl *Client) Buffered() []byte {
	cl.k.mu.Lock()
	defer cl.k.mu.Unlock()
	return bytes.Clone(cl.c.out)
}

// Received is how many bytes the server has taken, Sent how many it has sent.
func (cl *Client) Received() (n int) { cl.change(func(c *conn) { n = c.received }); return n }

// Sent: see Received.
func (cl *Client) Sent() (n int) { cl.change(func(c *conn) { n = c.sent }); return n }

// Closed reports whether the server has closed the connection.
func (cl *Client) Closed() (yes bool) { cl.change(func(c *conn) { yes = c.closed }); return yes }
