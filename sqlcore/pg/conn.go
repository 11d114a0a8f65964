package pg

// A connection that many callers share. This file is the way out: a caller encodes its query behind the others',
// and whoever finds nobody flushing flushes for all. lead.go and replies.go are the way back.
//
//	caller ─▶ submit: append to out, push onto the ring ─▶ flush: one Sync, one write ─▶ await
//	                                                                                      │
//	   answered ◀─ finish ◀─ message ◀─ consume ◀─ one read ◀─ the caller that leads ◀────┘
//
// Locks: mu guards out, the pushing end of the ring and the flags. The leader alone pops, and takes mu only for
// rare things. Nobody holds mu over a system call.

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/covetgo/covet/sqlcore/wire"
)

const (
	// ringEntries bounds the queries and Syncs in flight on one connection: the number of entries of the ring. A
	// power of two: with 1,024, 64 callers with batches of 20 waited for room, for a fifth of the client's time.
	ringEntries = 2048
	// directWriteBytes is the longest write, in bytes, that a caller makes itself on a connection whose socket it
	// cannot try (TLS): it fits the kernel's buffers whatever the server is doing.
	directWriteBytes = 4 << 10
	readBufferBytes  = 32 << 10
)

// conn is one connection. Its owner is a slot of a lane, or a Session.
type conn struct {
	session *session
	socket  *socket // nil under TLS
	guard   bool    // each group begins with a statement that makes it read-only (pooler.go)
	group   bool    // many queries share a Sync, and are answered when complete; otherwise when committed
	results int     // bytes of rows that a call may collect

	mu       sync.Mutex
	out      []byte // encoded, not yet handed to the kernel
	spare    []byte // the other one of the two buffers
	flushing bool   // somebody is in flush
	open     bool   // out ends inside a group: its Sync is still to come
	copying  bool   // … and data is still to come before
	holding  bool   // out ends with a call that leaves with the next one, and not by whoever still flushes
	reading  bool   // somebody leads
	idle     bool   // the deputy keeps the lead when nothing is in flight
	dead     error
	prepared []*Stmt // by slot; notSure if it may or may not exist there
	fill     uint32  // next free entry of the ring

	leader     context.Context // of the caller that leads, if it can end
	calledAway bool            // its read has a deadline in the past
	away       func()          // callAway, made once

	ring    [ringEntries]*call // nil is a Sync
	tail    atomic.Uint32      // entries before it have been handed to the kernel, or will be right away
	head    atomic.Uint32      // the oldest one that is not answered
	starved atomic.Int32       // callers that wait for room
	left    atomic.Int32       // calls whose callers have gone before the answer
	room    chan struct{}

	deputyOnce sync.Once
	deputyWake chan struct{}
	closed     chan struct{} // closed when dead

	// The leader's own.
	rbuf     []byte
	rlen     int
	self     *call // the leader's call
	lone     bool  // nobody else waited when it took the lead
	lookout  lookout
	last     *call // complete, or failed, but for its commit: waits for ReadyForQuery
	skipping bool  // after an error, up to ReadyForQuery

	unreplicated bool // the server has given up waiting for its standbys, and commits all the same

	misplaced bool // the server refuses writes, and was chosen since it takes them: there was a failover

	copyOver atomic.Bool // the server takes no more data of the COPY that is under way
	params   []byte
	status   wire.TxStatus
}

// notSure marks a slot whose statement may or may not be prepared: it must be closed before it is prepared again.
var notSure = &Stmt{sql: "not sure"}

// newConn takes over an open session.
func newConn(s *session, group bool, results int) *conn {
	c := &conn{
		session: s, group: group, results: results, rbuf: make([]byte, readBufferBytes), status: wire.Idle,
		room: make(chan struct{}, 1), deputyWake: make(chan struct{}, 1), closed: make(chan struct{}),
	}
	c.away = c.callAway
	if sc, ok := s.nc.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil && canTry {
			c.socket = newSocket(raw)
		}
	}
	return c
}

// load is how many entries are unanswered.
func (c *conn) load() int { return int(c.tail.Load() - c.head.Load()) }

// entry returns the place of a position in the ring.
func (c *conn) entry(i uint32) **call { return &c.ring[i%ringEntries] }

// ringSpare is how many entries a call may need besides its own: a guard, and Syncs before and behind it.
const ringSpare = 3

// full reports whether calls may not fit. mu is held.
func (c *conn) full(calls int) bool {
	return c.fill-c.head.Load() > uint32(ringEntries-ringSpare-calls)
}

// submitted says what became of a submit.
type submitted uint8

const (
	sent       submitted = iota // it is on its way; await it
	noRoom                      // too many in flight
	connDead                    // not sent: the connection is no more
	unsendable                  // not sent: the message is too long
)

// submit encodes a call behind the others and sees to it that it is sent. With hold, it leaves that to the next
// submit, which then shares its Sync: if the first fails, the server skips the second (§55.2.3). Only a connection's
// single owner may hold, who will submit another.
func (c *conn) submit(q *call, cancellable, hold bool) submitted {
	c.mu.Lock()
	switch {
	case c.dead != nil:
		c.mu.Unlock()
		return connDead
	case c.full(1):
		c.mu.Unlock()
		return noRoom
	}
	if q.solo || q.kind == kindScript {
		c.closeGroup()
	}
	if c.guard && !c.open && q.kind == kindQuery {
		c.pushGuard()
	}
	if !c.encode(q) {
		c.mu.Unlock()
		return unsendable
	}
	q.canLead, q.held = true, hold
	c.push(q)
	c.open = true
	if q.kind == kindScript { // it is a Sync, too
		c.push(nil)
		c.open = false
	}
	if (q.solo || !c.group) && !hold && q.kind != kindCopyIn {
		c.closeGroup()
	}
	c.idle, c.holding = false, hold
	c.copying = q.kind == kindCopyIn
	if !c.flushing && !hold {
		c.flushing = true
		c.flush(2, cancellable)
	}
	c.mu.Unlock()
	return sent
}

// push appends to the ring. mu is held.
func (c *conn) push(q *call) {
	*c.entry(c.fill) = q
	c.fill++
}

// closeGroup ends the group that out is in. mu is held.
func (c *conn) closeGroup() {
	if c.open && !c.copying {
		c.out = wire.AppendSync(c.out)
		c.push(nil)
		c.open = false
	}
}

// encode appends a call's messages. mu is held.
func (c *conn) encode(q *call) (ok bool) {
	start := len(c.out)
	q.parses = false
	out := c.out
	ok = true
	switch q.kind {
	case kindQuery:
		if out, ok = c.encodeParse(out, q); ok {
			if out, ok = wire.AppendBind(out, c.nameOf(q.stmt), q.params.Buf, q.desc.results); ok {
				out = wire.AppendExecute(out)
			}
		}
	case kindDescribe:
		out, ok = c.encodeParse(out, q)
	case kindControl, kindGuard, kindCopyIn, kindCopyOut:
		if out, ok = wire.AppendParse(out, "", q.stmt.sql, nil); ok {
			out, ok = wire.AppendBind(out, "", noParams, noResults)
			out = wire.AppendExecute(out)
		}
		if q.kind == kindCopyIn {
			out = wire.AppendFlush(out)
		}
	case kindScript:
		out, ok = wire.AppendQuery(out, q.stmt.sql)
	}
	if !ok {
		c.out = out[:start]
		return false
	}
	c.out = out
	if q.parses && !c.session.pooled {
		c.prepared[q.stmt.slot] = q.stmt
	}
	return true
}

// noParams are no formats and no values of parameters, noResults no formats of columns.
var noParams, noResults = []byte{0, 0, 0, 0}, []byte{0, 0}

// encodeParse prepares the statement if this connection has not got it, and describes it each time it does: a table
// may have changed since another connection described it, and then rows are decoded by what is true here.
func (c *conn) encodeParse(out []byte, q *call) ([]byte, bool) {
	s := q.stmt
	if c.session.pooled {
		return c.encodeUnnamed(out, q)
	}
	for s.slot >= len(c.prepared) {
		c.prepared = append(c.prepared, nil)
	}
	there := c.prepared[s.slot]
	if there == s && q.kind == kindQuery {
		return out, true
	}
	ok := true
	if there != nil {
		if out, ok = wire.AppendCloseStatement(out, s.name); !ok {
			return out, false
		}
	}
	return c.encodeDescribed(out, q, s.name)
}

// encodeDescribed prepares a statement under a name, and asks what it takes and returns.
func (c *conn) encodeDescribed(out []byte, q *call, name string) (_ []byte, ok bool) {
	var types []uint32
	if q.desc != nil {
		types = q.desc.Params
	}
	if out, ok = wire.AppendParse(out, name, q.stmt.sql, types); !ok {
		return out, false
	}
	q.parses = true
	return wire.AppendDescribeStatement(out, name)
}

// flush hands out to the kernel until nothing is left. own is how many entries are the caller's. mu is held on entry and return, and not while it writes: who
// comes meanwhile is sent by the next turn. It leaves without finishing, and with flushing set, if the kernel
// does not take everything: then another goroutine goes on.
func (c *conn) flush(own uint32, cancellable bool) {
	for len(c.out) > 0 && c.dead == nil && !c.holding {
		if c.fill-c.head.Load() > own { // more than this call and a Sync
			// Others are in flight, so more callers are about to come: those whose answers arrived together. Let
			// those that can run do so first. Nobody waits for anything here but for a turn on the processor, and
			// 64 callers get 1.9 times the queries per second, for half of the processor time (docs/adr/0030).
			c.mu.Unlock()
			runtime.Gosched()
			c.mu.Lock()
			if c.dead != nil {
				break
			}
		}
		c.closeGroup()
		c.tail.Store(c.fill)
		buf := c.out
		c.out = c.spare[:0]
		c.spare = nil
		c.mu.Unlock()
		n, err := c.try(buf, cancellable)
		if err == nil && n < len(buf) {
			go c.finishFlush(buf, n)
			c.mu.Lock()
			return
		}
		c.mu.Lock()
		c.spare = keepBuffer(buf)
		if err != nil {
			c.kill(err)
		}
	}
	c.flushing = false
}

// finishFlush goes on where flush could not, in a goroutine of its own: the server does not read, perhaps since it
// waits for us to read.
func (c *conn) finishFlush(buf []byte, n int) {
	_, err := c.session.nc.Write(buf[n:])
	c.mu.Lock()
	c.spare = keepBuffer(buf)
	if err != nil {
		c.kill(err)
	}
	c.flush(2, true)
	c.mu.Unlock()
}

// outBytesKept is the largest output buffer, in bytes, that a connection keeps.
const outBytesKept = 256 << 10

// keepBuffer lets go of a buffer that has grown large.
func keepBuffer(buf []byte) []byte {
	if cap(buf) > outBytesKept {
		return nil
	}
	return buf[:0]
}

// try writes what can be written without waiting.
func (c *conn) try(buf []byte, cancellable bool) (int, error) {
	switch {
	case c.socket != nil:
		return c.socket.tryWrite(buf)
	case cancellable || len(buf) > directWriteBytes:
		return 0, nil
	}
	return c.session.nc.Write(buf)
}

// kill ends the connection. mu is held. Whoever leads finds out by its read; if nobody does, the calls in flight
// are failed here.
func (c *conn) kill(err error) {
	if c.dead != nil {
		return
	}
	c.dead = err
	close(c.closed)
	_ = c.session.nc.Close() // it is of no further use, whatever Close says
	if !c.reading {
		c.reading = true
		c.failAll(err)
	}
}

// end is kill for who does not hold mu.
func (c *conn) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kill(err)
}

// alive reports whether an idle connection that nobody reads can be used: it is open, and the server has said
// nothing while nobody asked. What it would have said is mostly its farewell.
func (c *conn) alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead == nil && (c.socket == nil || c.socket.quiet())
}
