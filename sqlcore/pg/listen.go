package pg

// LISTEN: a connection that waits for what others NOTIFY (§55.2.7). The server forgets who listens when a connection
// ends, and keeps nothing for who is away: so a listener says when something may have been lost, and whoever hears that
// reads the state again instead of trusting that each change was announced. Entry points: Pool.Listen, Listener.Next.
//
//	server ─▶ receive ─▶ push ─▶ queue, bounded ─▶ Next, All
//
// One goroutine per listener reads, connects again, and pushes. mu guards the queue and the connection's place.

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/covetgo/covet/sqlcore/wire"
)

// ListenOptions of a listener. A zero means the default.
type ListenOptions struct {
	// QueueMax is how many notifications wait for a consumer that is slower than they come, 1024 by default, and two at
	// least. When there are more, the older half is dropped, and a gap says so.
	QueueMax int
	// Heartbeat is after how long a silence the server is asked whether it is still there, 30 s by default. If it does not
	// answer for as long again, the connection is given up.
	Heartbeat time.Duration
}

const (
	listenQueueMax  = 1024             // notifications
	listenHeartbeat = 30 * time.Second // a proxy or a firewall forgets idle connections after minutes
	// notificationBytesMax bounds what a listener's connection may receive at once, in bytes: the server's payloads are
	// shorter than 8000 (NOTIFY_PAYLOAD_MAX_LENGTH), and error messages are what is longest.
	notificationBytesMax = 64 << 10
)

// Notification is what a NOTIFY sent, or the news that some may be missing.
type Notification struct {
	Channel string
	Payload string
	Process uint32 // of the backend that sent it

	// Gap is not nil if notifications may have been lost before this event, which then is nothing else: the connection
	// had to be made anew, or the queue ran over (ErrOverflow). By now the listener listens again, so what is read from
	// tables from here on misses nothing.
	Gap error
}

// ErrOverflow: notifications came faster than they were taken.
var ErrOverflow = errors.New("pg: the queue of notifications ran over")

// Listener receives the notifications of some channels over a connection of its own, which counts towards no option of
// the pool. It is safe for concurrent use.
type Listener struct {
	pool   *Pool
	o      ListenOptions
	listen []byte            // the Query that subscribes
	names  map[string]string // of channels, so that a notification allocates none
	ctx    context.Context
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when its goroutine has ended
	wake   chan struct{} // capacity 1: something was pushed

	mu    sync.Mutex
	queue []Notification
	nc    net.Conn // nil between connections
}

// Listen listens on channels until ctx, or the pool, ends. What it returns was subscribed: what is notified from here
// on arrives, or a gap does. A connection that breaks is made again, at a bounded rate, for as long as it takes.
//
// Names of channels are quoted, so they are what pg_notify takes: capitals count.
func (p *Pool) Listen(ctx context.Context, o ListenOptions, channels ...string) (*Listener, error) {
	l := &Listener{pool: p, o: o, names: map[string]string{}, done: make(chan struct{}), wake: make(chan struct{}, 1)}
	if l.o.QueueMax == 0 {
		l.o.QueueMax = listenQueueMax
	}
	if l.o.Heartbeat == 0 {
		l.o.Heartbeat = listenHeartbeat
	}
	if l.o.QueueMax < 2 || l.o.Heartbeat < 0 {
		return nil, errors.New("pg: Listen: QueueMax must be two at least, and Heartbeat not negative")
	}
	if err := l.name(channels); err != nil {
		return nil, err
	}
	if p.dialer.conf.Pooler {
		return nil, errors.New("pg: Listen: behind a pooler, a session is not one's own; connect to the server directly")
	}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	s, err := l.connect()
	if err != nil {
		l.cancel(err)
		return nil, err
	}
	forget := context.AfterFunc(p.ctx, func() { l.cancel(ErrClosed) })
	context.AfterFunc(l.ctx, func() {
		forget() // else the pool would keep every listener that it ever had
		l.hangUp()
	})
	go l.run(s)
	return l, nil
}

// name notes the channels, and writes the statements that subscribe to them. They are one transaction.
func (l *Listener) name(channels []string) error {
	if len(channels) == 0 {
		return errors.New("pg: Listen: no channel")
	}
	var sql strings.Builder
	for _, c := range channels {
		quoted, err := QuoteIdent(c)
		if err != nil {
			return err
		}
		sql.WriteString("LISTEN " + quoted + ";")
		l.names[c] = c
	}
	var ok bool
	if l.listen, ok = wire.AppendQuery(nil, sql.String()); !ok {
		return errTooLong
	}
	return nil
}

// Close ends the listener and waits until its connection is closed.
func (l *Listener) Close() {
	l.cancel(ErrClosed)
	<-l.done
}

// Next returns the next notification or gap. It fails if ctx ends, or once the listener has ended and everything that
// had come was taken.
func (l *Listener) Next(ctx context.Context) (Notification, error) {
	for {
		if n, ok := l.pop(); ok {
			return n, nil
		}
		select {
		case <-l.wake:
		case <-ctx.Done():
			return Notification{}, context.Cause(ctx)
		case <-l.done:
			if n, ok := l.pop(); ok { // pushed at the same moment
				return n, nil
			}
			return Notification{}, context.Cause(l.ctx)
		}
	}
}

// All is Next for a loop. The last pair carries the error that ended it.
func (l *Listener) All(ctx context.Context) iter.Seq2[Notification, error] {
	return func(yield func(Notification, error) bool) {
		for {
			n, err := l.Next(ctx)
			if !yield(n, err) || err != nil {
				return
			}
		}
	}
}

// pop takes the oldest event.
func (l *Listener) pop() (n Notification, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		return n, false
	}
	n = l.queue[0]
	l.queue[0] = Notification{}
	l.queue = l.queue[1:]
	if len(l.queue) > 0 { // for the next one who waits
		l.signal()
	}
	return n, true
}

// push appends an event. If there are too many, the older half makes room, and its place is a gap.
func (l *Listener) push(n Notification) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) >= l.o.QueueMax {
		l.queue = append([]Notification{{Gap: ErrOverflow}}, l.queue[l.o.QueueMax/2+1:]...)
	}
	l.queue = append(l.queue, n)
	l.signal()
}

// signal wakes one who waits. mu is held.
func (l *Listener) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run receives until the listener ends.
func (l *Listener) run(s *session) {
	defer close(l.done)
	backoff := backoffMin
	for {
		lively, err := l.receive(s)
		l.hangUp()
		if lively {
			backoff = backoffMin
		}
		for s = nil; s == nil; {
			select {
			case <-time.After(backoff/2 + rand.N(backoff/2)):
			case <-l.ctx.Done():
				return
			}
			backoff = min(2*backoff, backoffMax)
			var failure error
			if s, failure = l.connect(); failure != nil && l.ctx.Err() != nil {
				return
			}
		}
		l.push(Notification{Gap: err})
	}
}

// hangUp closes the connection, if there is one. Whoever reads it finds out.
func (l *Listener) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.nc != nil {
		_ = l.nc.Close() // it is of no further use, whatever Close says
		l.nc = nil
	}
}

// connect opens a connection and subscribes.
func (l *Listener) connect() (*session, error) {
	s, err := l.pool.dialer.dial(l.ctx, nil)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.nc = s.nc
	l.mu.Unlock()
	if l.ctx.Err() != nil { // hangUp may have come too early
		l.hangUp()
		return nil, context.Cause(l.ctx)
	}
	if err := l.subscribe(s); err != nil {
		l.hangUp()
		return nil, err
	}
	return s, nil
}

// subscribe sends the LISTENs and waits for their end. What comes meanwhile is of channels that are subscribed already.
func (l *Listener) subscribe(s *session) error {
	if err := s.nc.SetDeadline(time.Now().Add(l.pool.dialer.conf.ConnectTimeout)); err != nil {
		return err
	}
	if _, err := s.nc.Write(l.listen); err != nil {
		return err
	}
	for {
		m, err := s.readMessage()
		if err != nil {
			return err
		}
		switch m.Type {
		case wire.ReadyForQuery:
			return s.nc.SetDeadline(time.Time{})
		case wire.CommandComplete:
		default:
			if err := l.message(m); err != nil {
				return err
			}
		}
	}
}

// message handles what may come at any time.
func (l *Listener) message(m wire.Message) error {
	switch m.Type {
	case wire.NotificationResponse:
		process, channel, payload, ok := wire.ParseNotification(m.Body)
		if !ok {
			return protocolErrorf("a malformed NotificationResponse")
		}
		l.push(Notification{Channel: l.names[string(channel)], Payload: string(payload), Process: process})
	case wire.NoticeResponse, wire.ParameterStatus:
	case wire.ErrorResponse:
		e, ok := parseError(m.Body)
		if !ok {
			return protocolErrorf("a malformed ErrorResponse")
		}
		return e
	default:
		return protocolErrorf("message %q to a listener", m.Type)
	}
	return nil
}

// receive pushes what comes until the connection ends. lively tells whether anything came at all.
func (l *Listener) receive(s *session) (lively bool, err error) {
	buf := make([]byte, 4096)
	filled, asked := 0, false
	for {
		if err := s.nc.SetReadDeadline(time.Now().Add(l.o.Heartbeat)); err != nil {
			return lively, err
		}
		n, err := s.nc.Read(buf[filled:])
		filled += n
		switch {
		case n > 0:
			lively, asked = true, false
			var failure error
			if buf, filled, failure = l.consume(buf, filled); failure != nil {
				return lively, failure
			}
		case errors.Is(err, os.ErrDeadlineExceeded) && !asked:
			asked, err = true, nil
			if _, err := s.nc.Write(wire.AppendSync(nil)); err != nil {
				return lively, err
			}
		}
		if err != nil {
			return lively, err
		}
	}
}

// consume handles the complete messages in buf, and makes room for the next one.
func (l *Listener) consume(buf []byte, filled int) ([]byte, int, error) {
	used := 0
	for {
		m, n, st := wire.Next(buf[used:filled], notificationBytesMax)
		switch {
		case st == wire.OK:
			if m.Type != wire.ReadyForQuery { // the answer to a heartbeat
				if err := l.message(m); err != nil {
					return buf, filled, err
				}
			}
			used += n
			continue
		case st != wire.NeedMore:
			return buf, filled, protocolErrorf("a message %q of impossible length", buf[used])
		}
		filled = copy(buf, buf[used:filled])
		if n > len(buf) { // bounded by what Next was told
			buf = append(buf, make([]byte, n-len(buf))...)
		}
		return buf, filled, nil
	}
}
