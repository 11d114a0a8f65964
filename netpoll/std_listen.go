package netpoll

// Accepting in the portable backend, and the table that gives each connection
// its index.

import (
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// stdBacklogConns is how many connections wait for a loop to take them.
	stdBacklogConns = 16
	// stdRetryMillis is the pause after a failed accept.
	stdRetryMillis = 50
	// stdRefusalsMax is how many refused connections hear their last words at
	// a time; more are just closed. stdRefusalMillis is what that may take.
	stdRefusalsMax   = 64
	stdRefusalMillis = 500
)

// stdTable gives out indexes, for all loops of a backend, the one that was
// freed last first: the table stays as dense as the connections are many. The
// events of an old connection go with its stdConn, so none can be taken for
// one of the next connection with that index.
type stdTable struct {
	conns    Slab[atomic.Pointer[stdConn]]
	refusing atomic.Int32

	mu   sync.Mutex
	free []uint32
	used uint32 // indexes below were given out before
}

// put stores c and returns its index.
func (t *stdTable) put(c *stdConn) (index uint32, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.free); n > 0 {
		index, t.free = t.free[n-1], t.free[:n-1]
	} else if index = t.used; index < SlabEntriesMax {
		t.used++
	} else {
		return 0, false
	}
	t.conns.Grow(index).Store(c)
	return index, true
}

func (t *stdTable) release(index uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conns.At(index).Store(nil)
	t.free = append(t.free, index)
}

// stdListener accepts in a goroutine of its own and lets the loops take.
type stdListener struct {
	ln      net.Listener
	backlog chan net.Conn
	failed  atomic.Pointer[error] // of the last accept, until a loop has heard of it
	done    chan struct{}

	mu       sync.Mutex
	watchers []*stdPoller
}

// stdListening is a listener as one loop knows it.
type stdListening struct {
	name Sock
	ln   *stdListener
}

func listenStd(ln net.Listener) (Listener, error) {
	own := &stdListener{ln: ln, backlog: make(chan net.Conn, stdBacklogConns), done: make(chan struct{})}
	go own.accept()
	return own, nil
}

func (l *stdListener) Addr() net.Addr { return l.ln.Addr() }

func (l *stdListener) Close() error {
	close(l.done)
	return l.ln.Close()
}

// accept runs until Close. Errors are answered here by a pause: whatever they
// are, trying again at once would find them again. One of the loops hears of
// them, so that they are counted.
func (l *stdListener) accept() {
	defer l.dropBacklog()
	for {
		conn, err := l.ln.Accept()
		switch {
		case err == nil:
			select {
			case l.backlog <- conn:
				l.tell()
			case <-l.done:
				conn.Close()
				return
			}
		case errors.Is(err, net.ErrClosed):
			<-l.done // what is in the backlog may still be taken
			return
		case !l.pause(err):
			return
		}
	}
}

// pause reports false if the listener was closed meanwhile.
func (l *stdListener) pause(because error) bool {
	l.failed.Store(&because)
	l.tell()
	select {
	case <-time.After(stdRetryMillis * time.Millisecond):
		return true
	case <-l.done:
		return false
	}
}

// acceptable reports whether Accept has something to say.
func (l *stdListener) acceptable() bool { return len(l.backlog) > 0 || l.failed.Load() != nil }

func (l *stdListener) dropBacklog() {
	for {
		select {
		case conn := <-l.backlog:
			conn.Close()
		default:
			return
		}
	}
}

// tell wakes all loops that listen: one that is held up by a handler must not
// keep a connection waiting that another could take.
func (l *stdListener) tell() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.watchers {
		p.Wake()
	}
}

func (p *stdPoller) Listen(name Sock, ln Listener) error {
	l := ln.(*stdListener)
	p.listening = append(p.listening, stdListening{name, l})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers = append(l.watchers, p)
	return nil
}

func (p *stdPoller) Unlisten(name Sock, ln Listener) {
	l := ln.(*stdListener)
	p.listening = slices.DeleteFunc(p.listening, func(li stdListening) bool { return li.name == name })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers = slices.DeleteFunc(l.watchers, func(w *stdPoller) bool { return w == p })
}

func (p *stdPoller) Accept(ln Listener) (uint32, error) {
	l := ln.(*stdListener)
	select {
	case conn := <-l.backlog:
		index, ok := p.table.put(newStdConn(conn))
		if !ok {
			conn.Close()
			return 0, syscall.ECONNABORTED // this one only: there may be room for the next
		}
		return index, nil
	default:
		if err := l.failed.Swap(nil); err != nil {
			return 0, *err
		}
		return 0, ErrAgain
	}
}

func (p *stdPoller) Refuse(index uint32, lastWords []byte) {
	conn := p.table.conns.At(index).Load().conn
	p.table.release(index)
	p.running.Go(func() {
		defer conn.Close()
		if p.table.refusing.Add(1) <= stdRefusalsMax && len(lastWords) > 0 {
			sayLastWords(conn, lastWords)
		}
		p.table.refusing.Add(-1)
	})
}

// sayLastWords lets the peer finish what it is saying, within limits: to close
// with bytes unread would be a reset, and a reset may destroy the words.
func sayLastWords(conn net.Conn, words []byte) {
	conn.SetDeadline(time.Now().Add(stdRefusalMillis * time.Millisecond))
	if _, err := conn.Write(words); err != nil {
		return
	}
	if c, ok := conn.(closeWriter); ok && c.CloseWrite() == nil {
		io.CopyN(io.Discard, conn, stdQueueBytes)
	}
}
