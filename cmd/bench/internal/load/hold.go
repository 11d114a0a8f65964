package load

// Idle connections: opened a few at a time, each used for one request, so that the
// server has set up all it sets up, and then left alone, or left in the middle of
// another one.

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Held are open connections on which nothing happens.
type Held struct{ conns []net.Conn }

// holdersMax is how many connections are being opened at a time: few enough
// that a server sets up nothing for a crowd.
const holdersMax = 8

// Hold opens n connections, none if n is negative. What is open is returned also with an error, and
// must be closed.
func Hold(addr string, n, sources int, r Request, want []byte) (*Held, error) {
	n = max(n, 0)
	held := &Held{conns: make([]net.Conn, n)}
	request := r.Bytes()
	var next atomic.Int64
	var group sync.WaitGroup
	failed := make(chan error, holdersMax)
	for range min(holdersMax, n) {
		group.Go(func() {
			buffer := make([]byte, 16<<10)
			for i := int(next.Add(1)) - 1; i < n && len(failed) == 0; i = int(next.Add(1)) - 1 {
				conn, err := holdOne(addr, i, sources, request, buffer, want)
				held.conns[i] = conn
				if err != nil {
					failed <- fmt.Errorf("connection %d of %d: %w", i+1, n, err)
					return
				}
			}
		})
	}
	group.Wait()
	select {
	case err := <-failed:
		return held, err
	default:
		return held, nil
	}
}

func holdOne(addr string, i, sources int, request, buffer, want []byte) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialSecondsMax * time.Second, KeepAlive: -1}
	if sources > 0 {
		dialer.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(i%sources+1))}
	}
	conn, err := dialer.Dial("tcp", addr)
	if err != nil {
		return nil, explainDial(err)
	}
	return conn, once(conn, request, buffer, want)
}

// Len is the number of open connections.
func (h *Held) Len() (n int) {
	for _, conn := range h.conns {
		if conn != nil {
			n++
		}
	}
	return n
}

// Begin sends a part of a request on each connection. It must be small enough
// for any socket's buffer, for nobody may be reading it.
func (h *Held) Begin(part []byte) error {
	return h.each(func(conn net.Conn) error {
		_, err := conn.Write(part)
		return err
	})
}

// Finish sends the rest on each, and reads and checks each response.
func (h *Held) Finish(rest, want []byte) error {
	buffer := make([]byte, 16<<10)
	return h.each(func(conn net.Conn) error { return once(conn, rest, buffer, want) })
}

func (h *Held) each(do func(net.Conn) error) error {
	for i, conn := range h.conns {
		if err := do(conn); err != nil {
			return fmt.Errorf("connection %d of %d: %w", i+1, len(h.conns), err)
		}
	}
	return nil
}

// Close resets all connections. An orderly close would leave each one's port
// waiting for a minute, and a few rounds of thousands use up all ports there are.
func (h *Held) Close() {
	if h == nil {
		return
	}
	for _, conn := range h.conns {
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetLinger(0)
			tcp.Close()
		}
	}
}

// once sends one request and reads its response.
func once(conn net.Conn, request, buffer, want []byte) error {
	conn.SetDeadline(time.Now().Add(dialSecondsMax * time.Second))
	defer conn.SetDeadline(time.Time{})
	if _, err := conn.Write(request); err != nil {
		return err
	}
	var parse response
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return err
		}
		_, done, err := parse.feed(buffer[:n], want)
		if err != nil {
			return err
		}
		if done && (parse.status != 200 || parse.differs) {
			return fmt.Errorf("an unexpected answer: status %d, %d bytes", parse.status, parse.bodyBytes)
		}
		if done {
			return nil
		}
	}
}
