package netpoll

// The promises of the portable backend that only its own side can show: limits
// of its queues, peers that never read, and the table of indexes.

import (
	"errors"
	"net"
	"sync"
	"testing"
	"time"
)

// stuck is a connection whose peer neither reads nor writes.
type stuck struct {
	net.Conn
	once sync.Once
	done chan struct{}
}

func newStuck() *stuck { return &stuck{done: make(chan struct{})} }

func (c *stuck) Read([]byte) (int, error)  { <-c.done; return 0, net.ErrClosed }
func (c *stuck) Write([]byte) (int, error) { <-c.done; return 0, net.ErrClosed }
func (c *stuck) Close() error              { c.once.Do(func() { close(c.done) }); return nil }
func (c *stuck) SetDeadline(t time.Time) error {
	time.AfterFunc(time.Until(t), func() { c.Close() })
	return nil
}

func addStd(t *testing.T, p *stdPoller, conn net.Conn) Sock {
	t.Helper()
	index, ok := p.table.put(newStdConn(conn))
	if !ok {
		t.Fatal("the table is full")
	}
	s := MakeSock(index, 1)
	if err := p.Add(s); err != nil {
		t.Fatal(err)
	}
	return s
}

func openStd(t *testing.T) *stdPoller {
	t.Helper()
	p, err := Std().Open()
	if err != nil {
		t.Fatal(err)
	}
	return p.(*stdPoller)
}

func TestStdQueueIsBounded(t *testing.T) {
	p := openStd(t)
	conn := newStuck()
	s := addStd(t, p, conn)
	sent, big := 0, make([]byte, 5000)
	for {
		n, err := p.Send(s, big)
		if err != nil {
			t.Fatal(err)
		}
		if sent += n; n < len(big) {
			break
		}
	}
	if sent != stdQueueBytes {
		t.Errorf("%d bytes fit, want %d", sent, stdQueueBytes)
	}
	if n, err := p.Send(s, big); n != 0 || err != nil {
		t.Errorf("Send to a full queue: %d, %v", n, err)
	}
	conn.Close()
	p.Close(s)
	p.Shut()
}

// Shut waits for peers that are stuck, but not for long, and then nothing runs.
func TestStdShutWithStuckPeers(t *testing.T) {
	p := openStd(t)
	conns := []*stuck{newStuck(), newStuck(), newStuck()}
	for i, c := range conns {
		s := addStd(t, p, c)
		if i > 0 {
			p.Send(s, []byte("never read"))
		}
		p.Close(s)
	}
	index, _ := p.table.put(newStdConn(newStuck()))
	p.Refuse(index, []byte("never read either"))
	p.Shut() // returns only when all goroutines have ended
	for i, c := range conns {
		select {
		case <-c.done:
		default:
			t.Errorf("connection %d is not closed", i)
		}
	}
	if len(p.lingering) != 0 {
		t.Errorf("%d connections still linger", len(p.lingering))
	}
}

func TestStdTableIsDense(t *testing.T) {
	var table stdTable
	const most = 100
	var indexes []uint32
	for round := range 50 {
		for len(indexes) < most {
			index, _ := table.put(newStdConn(nil))
			if index >= most {
				t.Fatalf("index %d for at most %d connections", index, most)
			}
			indexes = append(indexes, index)
		}
		for range 1 + round {
			table.release(indexes[0])
			indexes = indexes[1:]
		}
	}
	seen := map[uint32]bool{}
	for _, i := range indexes {
		if seen[i] {
			t.Fatalf("index %d was given out twice", i)
		}
		seen[i] = true
	}
}

// An event of a connection that is closed must not be reported, not even when
// its index has a new owner.
func TestStdForgetsEventsOfClosed(t *testing.T) {
	p := openStd(t)
	old, far := net.Pipe()
	s := addStd(t, p, old)
	far.Write([]byte("x")) // returns when the reader has it
	var ev [4]Event
	for n := 0; n == 0; {
		n, _ = p.Wait(ev[:])
	}
	p.Close(s)
	next, _ := net.Pipe()
	if again := addStd(t, p, next); again.Index() != s.Index() {
		t.Errorf("index %d was not used again", s.Index())
	}
	p.Wake()
	if n, _ := p.Wait(ev[:]); n != 0 {
		t.Errorf("an event was reported: %+v", ev[:n])
	}
	p.Close(s)
	p.Shut()
}

func TestStdCloseWriteWithoutHalfClose(t *testing.T) {
	p := openStd(t)
	s := addStd(t, p, newStuck())
	if err := p.CloseWrite(s); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("CloseWrite: %v, want ErrUnsupported", err)
	}
	p.Close(s)
	p.Shut()
}

// failing is a listener whose Accept fails a few times before it works.
type failing struct {
	net.Listener
	mu       sync.Mutex
	failures int
}

func (l *failing) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failures > 0 {
		l.failures--
		return nil, errors.New("too many open files")
	}
	return l.Listener.Accept()
}

func TestStdAcceptRecovers(t *testing.T) {
	p := openStd(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	own, err := listenStd(&failing{Listener: ln, failures: 2})
	if err != nil {
		t.Fatal(err)
	}
	p.Listen(MakeSock(0, 0), own)
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var ev [4]Event
	var index uint32
	heard := 0
	for err = ErrAgain; err != nil; {
		for n := 0; n == 0; {
			n, _ = p.Wait(ev[:])
		}
		if index, err = p.Accept(own); ev[0].Sock.Generation() != 0 {
			t.Fatalf("Accept: %v after event %+v", err, ev[0])
		}
		if err != nil && !errors.Is(err, ErrAgain) {
			heard++
		}
	}
	if heard == 0 || heard > 2 {
		t.Errorf("of 2 failures the loop heard %d times", heard)
	}
	p.Refuse(index, nil)
	p.Unlisten(MakeSock(0, 0), own)
	own.Close()
	p.Shut()
}
