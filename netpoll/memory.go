package netpoll

// Connections without a network, for the portable backend: tests, and servers that stand behind another one in the same process.

import (
	"context"
	"io"
	"net"
	"sync"
)

// Memory is a net.Listener whose connections are pipes in memory (net.Pipe): what is written waits until it is read, and there
// is no half-close. Of the backends, only [Std] serves it. Its methods may be called from any goroutine.
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
	client, server := net.Pipe()
	if remote == nil {
		remote = server.RemoteAddr()
	}
	select {
	case m.conns <- served{server, remote}:
		return client, nil
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

// served is the server's end of a pipe.
type served struct {
	net.Conn
	remote net.Addr
}

func (s served) RemoteAddr() net.Addr { return s.remote }

// Read tells the client's end from a half-close, which would be answered: who has closed a pipe reads nothing any more.
func (s served) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if err == io.EOF {
		err = io.ErrClosedPipe
	}
	return n, err
}
