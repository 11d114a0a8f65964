package pg

// What can be watched, for traces and metrics: each statement, each connection that is made, each wait for a session; and how
// often one request runs the same statement. Entry points: Hooks, CountRepeats.
//
// Without hooks, a query pays a comparison. Values of parameters are never shown: texts are constants, values are people's.

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// Hooks are functions to be called. Each may be nil, and so may what each returns, which is called when it has ended. They are
// called by the goroutine that asks, so they delay it, and must be safe for concurrent use.
type Hooks struct {
	// Query is called before a statement is sent.
	Query func(ctx context.Context, q QueryStart) func(QueryEnd)
	// Connect is called before a host is connected to. Its context is that of the pool where nobody waits for that one.
	Connect func(ctx context.Context, c ConnectStart) func(ConnectEnd)
	// Acquire is called before a session is taken, which may mean to wait for one.
	Acquire func(ctx context.Context) func(AcquireEnd)

	// Repeated is called when one request (see CountRepeats) runs the same statement for the RepeatMin-th time: mostly that
	// is a loop around a query that could have been one query. A RepeatMin of 0 means never.
	Repeated  func(ctx context.Context, sql string, times int)
	RepeatMin int
}

// QueryStart is what is known of a statement before it runs.
type QueryStart struct {
	SQL  string // never with values
	Args int    // their number
	Lane string // read, write or pinned

	Batch int // how many statements travel in one go, 0 for one that is alone
}

// QueryEnd is how it ended. If rows are read as they come, that is when the last one has come.
type QueryEnd struct {
	Rows    int64 // returned or changed
	Retries int   // how often it was sent again, since it provably had not run or only reads
	Took    time.Duration
	Code    string // the server's SQLSTATE, if it is its error
	Err     error
}

// ConnectStart is where to.
type ConnectStart struct {
	Host Host
	TLS  bool
}

// ConnectEnd is how that ended: at ReadyForQuery, if Err is nil.
type ConnectEnd struct {
	Took time.Duration
	Err  error
}

// AcquireEnd is how a wait for a session ended.
type AcquireEnd struct {
	Took time.Duration
	Err  error
}

// The lanes as hooks name them.
const (
	laneRead   = "read"
	laneWrite  = "write"
	lanePinned = "pinned"
)

// watched is a statement that runs under observation, or not: then end is nil.
type watched struct {
	began time.Time
	end   func(QueryEnd)
}

// start announces a statement.
func (h *Hooks) start(ctx context.Context, sql string, args int, lane string) watched {
	if h == nil {
		return watched{}
	}
	if h.Repeated != nil {
		h.count(ctx, sql)
	}
	return h.announce(ctx, sql, args, lane)
}

// announce is start for what is no statement of a program, as COMMIT is: to repeat that is no mistake.
func (h *Hooks) announce(ctx context.Context, sql string, args int, lane string) watched {
	if h == nil || h.Query == nil {
		return watched{}
	}
	return watched{time.Now(), h.Query(ctx, QueryStart{SQL: sql, Args: args, Lane: lane})}
}

// done tells how it ended.
func (w watched) done(rows int64, retries int, err error) {
	if w.end != nil {
		w.end(QueryEnd{Rows: rows, Retries: retries, Took: time.Since(w.began), Code: codeOf(err), Err: err})
	}
}

// watchedBatch is a batch under observation, or not: then it is nil.
type watchedBatch []watched

// startBatch announces the statements of a batch. They make one round trip, so those with the same text count as one repeat.
func (h *Hooks) startBatch(ctx context.Context, items []BatchItem, lane string) watchedBatch {
	if h == nil {
		return nil
	}
	list := make(watchedBatch, len(items))
	for i := range items {
		s := items[i].Stmt
		if h.Repeated != nil && !slices.ContainsFunc(items[:i], func(before BatchItem) bool { return before.Stmt == s }) {
			h.count(ctx, s.sql)
		}
		if h.Query != nil {
			list[i] = watched{time.Now(), h.Query(ctx, QueryStart{SQL: s.sql, Args: len(items[i].Args), Lane: lane, Batch: len(items)})}
		}
	}
	return list
}

// done tells how each ended.
func (w watchedBatch) done(items []BatchItem, retries int) {
	for i := range w {
		var rows int64
		if items[i].Err == nil {
			rows = items[i].Result.Affected()
		}
		w[i].done(rows, retries, items[i].Err)
	}
}

// codeOf is the SQLSTATE of an error, "" if it is none of the server's.
func codeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// connecting announces an attempt to connect. What it returns is never nil.
func (h *Hooks) connecting(ctx context.Context, host Host, secure bool) func(error) {
	if h == nil || h.Connect == nil {
		return func(error) {}
	}
	began := time.Now()
	end := h.Connect(ctx, ConnectStart{host, secure})
	return func(err error) {
		if end != nil {
			end(ConnectEnd{time.Since(began), err})
		}
	}
}

// acquiring announces a wait for a session. What it returns is never nil.
func (h *Hooks) acquiring(ctx context.Context) func(error) {
	if h == nil || h.Acquire == nil {
		return func(error) {}
	}
	began := time.Now()
	end := h.Acquire(ctx)
	return func(err error) {
		if end != nil {
			end(AcquireEnd{time.Since(began), err})
		}
	}
}

// repeats counts the statements of a request.
type repeats struct {
	mu    sync.Mutex
	times map[string]int // by text
}

// repeatsKey finds it in a context.
type repeatsKey struct{}

// CountRepeats begins a request: statements that run with the context it returns, or one made of it, are counted by their
// texts, if the pool has Hooks with Repeated. A server calls it once per request.
func CountRepeats(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatsKey{}, &repeats{times: map[string]int{}})
}

// Repeats returns how often each statement ran in the request so far, nil without one.
func Repeats(ctx context.Context) map[string]int {
	r, ok := ctx.Value(repeatsKey{}).(*repeats)
	if !ok {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.times)
}

// count counts a statement. A request that runs more texts than a pool keeps statements makes them up, and has no use for
// this.
func (h *Hooks) count(ctx context.Context, sql string) {
	r, ok := ctx.Value(repeatsKey{}).(*repeats)
	if !ok {
		return
	}
	r.mu.Lock()
	n := r.times[sql] + 1
	if n > 1 || len(r.times) < statementsMax {
		r.times[sql] = n
	}
	r.mu.Unlock()
	if n == h.RepeatMin {
		h.Repeated(ctx, sql, n)
	}
}
