package netpoll

// The portable backend, over package net. It runs wherever Go runs and takes
// any net.Listener: TCP, Unix sockets, TLS, pipes in memory.
//
// Package net blocks and has no readiness, so goroutines make some:
//
//	net.Conn.Read ─▶ reader, one per connection ─▶ in  ─▶ Recv ─▶ the loop
//	net.Conn.Write ◀─ writer, while there is work ◀─ out ◀─ Send ◀─┘
//
// The reader holds one small buffer and waits until the loop has taken it, so a
// connection that is not read costs its peer backpressure and us no memory.
// Sent bytes are copied into a bounded queue.
//
// Readiness is level-triggered. A connection with a flag that is true and
// watched stands in one of two lists: changed, where any goroutine may put it,
// or ready, which is the loop's own and from which it falls when Wait finds
// nothing more to report.
//
// What is weaker than with epoll: the queue is our own memory and not the
// kernel's, so closing takes a while if the peer does not read; and a reset is
// noticed by reading or writing, not while the reader waits for the loop.
//
// Lock order: stdConn.mu, then stdPoller.mu. std_conn.go has the connection,
// std_listen.go the listener and the table of indexes.

import (
	"net"
	"sync"
	"time"
)

const (
	// stdReadBytes is the reader's buffer: what an idle connection costs
	// beside its goroutine.
	stdReadBytes = 4 << 10
	// stdQueueBytes bounds what is sent and not yet written.
	stdQueueBytes = 64 << 10
	// stdKeepBytes is the largest queue buffer that an idle connection keeps.
	stdKeepBytes = 4 << 10
	// stdLingerSeconds is how long a closed connection may take to write what
	// is in its queue.
	stdLingerSeconds = 30
	// stdShutMillis is how long all of them may take when the loop ends.
	stdShutMillis = 500
)

type stdPoller struct {
	table     *stdTable
	bell      chan struct{} // one place: it rings or it doesn't
	ticker    *time.Ticker
	ticks     <-chan time.Time // nil without a tick
	listening []stdListening
	ready     []*stdConn // the loop's own
	spare     []*stdConn
	running   sync.WaitGroup // all goroutines of this poller's connections

	mu        sync.Mutex
	changed   []*stdConn
	lingering map[*stdConn]*time.Timer
}

// Std is the portable backend.
func Std() *Backend {
	table := new(stdTable)
	open := func() (Poller, error) {
		return &stdPoller{
			table:     table,
			bell:      make(chan struct{}, 1),
			lingering: map[*stdConn]*time.Timer{},
		}, nil
	}
	return &Backend{Name: "std", Open: open, Listen: listenStd}
}

func (p *stdPoller) Wait(ev []Event) (int, error) {
	woken := false
	select {
	case <-p.bell:
		woken = true
	default:
	}
	if n := p.collect(ev); n > 0 || woken {
		return n, nil
	}
	select {
	case <-p.bell:
	case <-p.ticks:
	}
	return p.collect(ev), nil
}

// collect reports what is ready. Whoever was reported goes to the end of the
// list, so that everyone's turn comes when ev is too short for all.
func (p *stdPoller) collect(ev []Event) (n int) {
	for i := range p.listening {
		if li := &p.listening[i]; li.ln.acceptable() && n < len(ev) {
			ev[n] = Event{li.name, Readable}
			n++
		}
	}
	p.takeChanged()
	looked, kept := 0, 0
	for ; looked < len(p.ready) && n < len(ev); looked++ {
		c := p.ready[looked]
		if e := c.report(); e.Flags != 0 {
			p.ready[kept] = c
			ev[n] = e
			kept++
			n++
		}
	}
	next := append(p.spare[:0], p.ready[looked:]...)
	next = append(next, p.ready[:kept]...)
	clear(p.ready)
	p.spare, p.ready = p.ready[:0], next
	return n
}

func (p *stdPoller) takeChanged() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready = append(p.ready, p.changed...)
	clear(p.changed)
	p.changed = p.changed[:0]
}

// push puts a connection up for the next Wait. Any goroutine may call it.
func (p *stdPoller) push(c *stdConn) {
	p.mu.Lock()
	p.changed = append(p.changed, c)
	p.mu.Unlock()
	p.Wake()
}

func (p *stdPoller) Wake() {
	select {
	case p.bell <- struct{}{}:
	default: // it rings already
	}
}

func (p *stdPoller) Tick(millis int) {
	if p.ticker != nil {
		p.ticker.Stop()
		p.ticker, p.ticks = nil, nil
	}
	if millis > 0 {
		p.ticker = time.NewTicker(time.Duration(millis) * time.Millisecond)
		p.ticks = p.ticker.C
	}
}

func (p *stdPoller) conn(s Sock) *stdConn { return p.table.conns.At(s.Index()).Load() }

func (p *stdPoller) Add(s Sock) error {
	c := p.conn(s)
	c.mu.Lock()
	c.poller, c.sock, c.want = p, s, Readable
	c.mu.Unlock()
	p.running.Add(1)
	go c.read()
	return nil
}

func (p *stdPoller) Watch(s Sock, want Flag) error {
	c := p.conn(s)
	c.mu.Lock()
	c.want = want
	c.changed()
	c.mu.Unlock()
	return nil
}

func (p *stdPoller) Recv(s Sock, scratch []byte) ([]byte, error) {
	n, err := p.conn(s).recv(scratch)
	return scratch[:n], err
}

func (p *stdPoller) Send(s Sock, b []byte) (int, error) { return p.conn(s).send(b) }

func (p *stdPoller) CloseWrite(s Sock) error { return p.conn(s).closeWrite() }

func (p *stdPoller) Close(s Sock) {
	c := p.conn(s)
	p.table.release(s.Index())
	c.close()
}

func (p *stdPoller) LocalAddr(s Sock) net.Addr { return p.conn(s).conn.LocalAddr() }

func (p *stdPoller) RemoteAddr(s Sock) net.Addr { return p.conn(s).conn.RemoteAddr() }

// linger bounds how long a closed connection may go on writing.
func (p *stdPoller) linger(c *stdConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lingering[c] = time.AfterFunc(stdLingerSeconds*time.Second, func() { c.conn.Close() })
}

func (p *stdPoller) lingered(c *stdConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if timer := p.lingering[c]; timer != nil {
		timer.Stop()
		delete(p.lingering, c)
	}
}

// Shut waits for the last bytes of all connections, but not for long.
func (p *stdPoller) Shut() {
	p.Tick(0)
	p.mu.Lock()
	for _, timer := range p.lingering {
		timer.Reset(stdShutMillis * time.Millisecond)
	}
	p.mu.Unlock()
	p.running.Wait()
}
