package netpoll

// Connections without a network, for the portable backend: tests, and servers that stand behind another one in the same process.

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Memory is a net.Listener whose connections are in memory: what is written waits until it is read (net.Pipe), and a client has
// no half-close. Of the backends, only [Std] serves it. Its methods may be called from any goroutine.
type Memory struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// NewMemory makes a listener in memory.
func NewMemory() *Memory {
	return &Memory{conns: make(chan net.Conn), done: make(chan struct{})}
}

// Dial connects, and returns the client's end. The server's end has remote as its RemoteAddr; nil means
// net.Pipe's own. The error is net.ErrClosed after Close, or ctx's.
func (m *Memory) Dial(ctx context.Context, remote net.Addr) (net.Conn, error) {
	requests, received := net.Pipe()
	responses, sent := net.Pipe()
	if remote == nil {
		remote = received.RemoteAddr()
	}
	select {
	case m.conns <- memoryServer{received, sent, remote}:
		return memoryClient{responses, requests}, nil
	case <-m.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for the next Dial.
func (m *Memory) Accept() (net.Conn, error) {
	select {
	case conn := <-m.conns:
		return conn, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and Dial; connections stay. A second one does nothing.
func (m *Memory) Close() error {
	m.once.Do(func() { close(m.done) })
	return nil
}

// Addr is a name that leads nowhere.
func (m *Memory) Addr() net.Addr { return memoryAddr }

var memoryAddr = &net.UnixAddr{Name: "memory", Net: "pipe"}

// A pipe is closed in both directions at once, and then forgets what its writer still had. So each direction has a pipe of
// its own, and what a server sends last is read although the client is still writing:
//
//	client.Write ─ requests ════▶ received ─ server.Read
//	client.Read ─ responses ◀════ sent ────── server.Write

// memoryClient is the client's end.
type memoryClient struct {
	net.Conn // responses
	requests net.Conn
}

func (c memoryClient) Write(p []byte) (int, error) { return c.requests.Write(p) }

func (c memoryClient) Close() error { return errors.Join(c.requests.Close(), c.Conn.Close()) }

func (c memoryClient) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c memoryClient) SetWriteDeadline(t time.Time) error { return c.requests.SetWriteDeadline(t) }

// memoryServer is the server's end, with the address that it was given.
type memoryServer struct {
	net.Conn // received
	sent     net.Conn
	remote   net.Addr
}

func (s memoryServer) RemoteAddr() net.Addr { return s.remote }

func (s memoryServer) Write(p []byte) (int, error) { return s.sent.Write(p) }

// Read tells the client's end from a half-close, which would be answered: who has closed here reads nothing any more.
func (s memoryServer) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if err == io.EOF {
		err = io.ErrClosedPipe
	}
	return n, err
}

// Close ends what the server sends, and its own Read. A client that is still writing waits until it closes, as it would for a peer that
// does not read: it may hear the answer first.
func (s memoryServer) Close() error {
	return errors.Join(s.Conn.SetReadDeadline(time.Unix(1, 0)), s.sent.Close())
}

func (s memoryServer) SetDeadline(t time.Time) error {
	return errors.Join(s.SetReadDeadline(t), s.SetWriteDeadline(t))
}

func (s memoryServer) SetWriteDeadline(t time.Time) error { return s.sent.SetWriteDeadline(t) }
