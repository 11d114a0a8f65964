package load

// Idle connections: opened one by one, each used for one request, so that the
// server has set up all it sets up, and then left alone.

import (
	"fmt"
	"net"
	"time"
)

// Held are open connections on which nothing happens.
type Held struct{ conns []net.Conn }

// Hold opens connections until there are n, or until one fails; what is open by
// then is returned in either case and must be closed.
func Hold(addr string, n, sources int, r Request, want []byte) (*Held, error) {
	held := &Held{}
	request := r.Bytes()
	buffer := make([]byte, 16<<10)
	for i := range n {
		dialer := net.Dialer{Timeout: dialSecondsMax * time.Second, KeepAlive: -1}
		if sources > 0 {
			dialer.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(i%sources+1))}
		}
		conn, err := dialer.Dial("tcp", addr)
		if err != nil {
			return held, fmt.Errorf("connection %d of %d: %w", i+1, n, explainDial(err))
		}
		held.conns = append(held.conns, conn)
		if err := once(conn, request, buffer, want); err != nil {
			return held, fmt.Errorf("connection %d of %d: %w", i+1, n, err)
		}
	}
	return held, nil
}

// Len is the number of connections.
func (h *Held) Len() int { return len(h.conns) }

// Close closes all connections.
func (h *Held) Close() {
	for _, conn := range h.conns {
		conn.Close()
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
