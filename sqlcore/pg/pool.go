package pg

// A pool: the lanes, the statements they share, and their end. All of what this package keeps for reuse is here
// or, for calls, in call.go.

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Options of a pool. A zero means the default.
type Options struct {
	// ReadConns is how many connections carry reads that share a Sync, 2 by default: one would be as fast for short
	// queries (docs/adr/0030), and a slow one would hold up everybody. A server with idle processors and heavy queries
	// wants more.
	ReadConns int
	// WriteConns is how many connections carry statements that commit by themselves, 2 by default. Each waits for the
	// commit of the statement before it.
	WriteConns int
	// PinnedConns bounds the connections that have one owner at a time: transactions, and large results; 8 by default.
	PinnedConns int
	// AcquireTimeout is how long a caller waits for a connection, 5 s by default. A context may end the wait earlier.
	AcquireTimeout time.Duration
	// ResultBytesMax bounds what one statement may return over a shared connection, in bytes, 4 MiB by default. A read
	// that returns more is read again over a connection of its own; a write that returns more fails after it has run.
	ResultBytesMax int
	// SyncEach gives each read a Sync of its own: an implicit transaction, and now(), that no other caller shares.
	SyncEach bool
}

// withDefaults fills in zeros.
func (o Options) withDefaults() (Options, error) {
	if min(o.ReadConns, o.WriteConns, o.PinnedConns, o.ResultBytesMax) < 0 || o.AcquireTimeout < 0 {
		return o, errors.New("pg: an option is negative")
	}
	set := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	set(&o.ReadConns, 2)
	set(&o.WriteConns, 2)
	set(&o.PinnedConns, 8)
	set(&o.ResultBytesMax, 4<<20)
	if o.AcquireTimeout == 0 {
		o.AcquireTimeout = 5 * time.Second
	}
	return o, nil
}

// Pool is a client of one database. It is safe for concurrent use.
type Pool struct {
	dialer     dialer
	options    Options
	statements statements
	read       *lane
	write      *lane
	pinned     *pinned

	ctx       context.Context // ends with the pool
	cancel    context.CancelFunc
	closed    <-chan struct{}
	closeOnce sync.Once
	watching  sync.WaitGroup
}

// Lane says how a statement travels.
type Lane uint8

// The lanes that callers share.
const (
	// Read is for statements that only read. The server enforces it: the session is read-only. Many of them share a
	// Sync, so they share an implicit transaction, too: now() is that of the first. A read whose connection fails is
	// sent again.
	Read Lane = iota
	// Write is for statements that commit by themselves.
	Write
)

// Open makes a pool and its first connection, so that a wrong password shows here.
func Open(ctx context.Context, conf *Config, o Options) (*Pool, error) {
	p, err := newPool(conf, o)
	if err != nil {
		return nil, err
	}
	o = p.options
	readOnly := map[string]string{"default_transaction_read_only": "on"}
	p.read = newLane(p, "read", o.ReadConns, !o.SyncEach, true, readOnly)
	p.write = newLane(p, "write", o.WriteConns, false, false, nil)
	p.pinned = newPinned(p, o.PinnedConns)
	if err := p.Ping(ctx); err != nil {
		p.Close()
		return nil, err
	}
	p.watching.Go(p.watch)
	return p, nil
}

// newPool makes what every pool has.
func newPool(conf *Config, o Options) (*Pool, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if len(conf.Hosts) == 0 || conf.User == "" {
		return nil, errors.New("pg: the Config has no host or no user")
	}
	p := &Pool{dialer: dialer{conf: conf}, options: o}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.closed = p.ctx.Done()
	return p, nil
}

// Ping makes a round trip on the read lane, and connects it if need be.
func (p *Pool) Ping(ctx context.Context) error {
	l := p.read
	for _, s := range l.slots[:1] {
		for s.conn.Load() == nil {
			wait := l.fill(s)
			if wait == nil {
				break
			}
			select {
			case <-wait:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			s.mu.Lock()
			err := s.err
			s.mu.Unlock()
			if err != nil {
				return err
			}
		}
	}
	q := newCall(nil, kindFence)
	q.solo = true
	mine, err := l.run(ctx, q)
	if mine {
		q.recycle()
	}
	return err
}

// Close ends all connections. Calls in flight fail.
func (p *Pool) Close() {
	p.closeOnce.Do(func() {
		p.cancel()
		p.watching.Wait()
		for _, l := range []*lane{p.read, p.write} {
			for _, s := range l.slots {
				s.mu.Lock()
				if c := s.conn.Load(); c != nil {
					c.end(ErrClosed)
				}
				wait := s.dialing
				s.mu.Unlock()
				if wait != nil {
					<-wait
				}
			}
		}
		p.pinned.close()
	})
}

// isClosed reports whether Close was called.
func (p *Pool) isClosed() bool { return p.ctx.Err() != nil }

// watch looks after idle connections until the pool is closed.
func (p *Pool) watch() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.read.watch()
			p.write.watch()
		case <-p.closed:
			return
		}
	}
}

// lane returns the lane of a name.
func (p *Pool) lane(l Lane) *lane {
	if l == Read {
		return p.read
	}
	return p.write
}

// Statement returns the statement of a text. Texts should be few: see statementsMax.
func (p *Pool) Statement(sql string) (*Stmt, error) {
	if s := p.statements.find(sql); s != nil {
		return s, nil
	}
	if err := checkText(sql); err != nil {
		return nil, err
	}
	return p.statements.add(sql), nil
}

// describe returns what a statement takes and returns, and asks the server if that is not known yet.
func (p *Pool) describe(ctx context.Context, l *lane, s *Stmt) (*Desc, error) {
	if d := s.desc.Load(); d != nil {
		return d, nil
	}
	q := newCall(s, kindDescribe)
	q.solo = true // an error in it is likely, and shall skip nobody
	mine, err := l.run(ctx, q)
	if !mine {
		return nil, err
	}
	d := q.desc
	q.recycle()
	if err != nil {
		return nil, err
	}
	return d, nil
}

// describeAgain is for a call whose statement changed: it is encoded by an old description. Its parameters keep
// their types if the new description has the same.
func (p *Pool) describeAgain(ctx context.Context, l *lane, q *call) error {
	s := q.stmt
	s.desc.CompareAndSwap(q.desc, nil)
	d, err := p.describe(ctx, l, s)
	if err != nil {
		return err
	}
	if d.rawParams != q.desc.rawParams {
		return fmt.Errorf("pg: the types of the statement's parameters changed while it ran: %w", q.err)
	}
	q.desc = d
	return nil
}

// Query runs a statement on a shared lane. The result must be released.
//
// Nothing of args outlives the call: they are encoded before anything else happens, so they need not be moved to
// the heap.
func (p *Pool) Query(ctx context.Context, lane Lane, s *Stmt, args []any) (Result, error) {
	l := p.lane(lane)
	d := s.desc.Load()
	if d == nil {
		var err error
		if d, err = p.describe(ctx, l, s); err != nil {
			return Result{}, err
		}
	}
	q := newCall(s, kindQuery)
	q.desc = d
	if err := encodeArgs(&q.params, d, args); err != nil {
		q.recycle()
		return Result{}, err
	}
	mine, err := l.run(ctx, q)
	if err != nil {
		if mine {
			q.recycle()
		}
		if err == ErrTooLarge {
			s.large.Store(true)
		}
		return Result{}, err
	}
	return Result{q}, nil
}
