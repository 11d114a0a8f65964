package pg

// One query on its way: what is sent, what came back, and who is waiting.

import (
	"sync"
	"sync/atomic"

	"github.com/covetgo/covet/sqlcore/wire"
)

// kind says which messages a call is made of.
type kind uint8

const (
	kindQuery    kind = iota // [Close] [Parse Describe] Bind Execute
	kindDescribe             // [Close] Parse Describe
	kindFence                // nothing: its Sync alone
	kindControl              // Parse Bind Execute of a text without parameters, as the unnamed statement
	kindScript               // Query: any number of statements in one text, and their own Sync
	kindGuard                // as kindControl, nobody waits for it: what follows in its group can only read (pooler.go)
	kindCopyIn               // Parse Bind Execute Flush; then CopyData, and a Sync at last (copy.go)
	kindCopyOut              // as kindControl, and its rows are CopyData
)

// The states of a call. Whoever moves it on from waiting owns what happens next: the reader wakes the caller, or the
// caller leaves the call to the reader.
const (
	waiting   uint32 = iota
	done             // answered; the caller owns it again
	abandoned        // the caller has gone; the reader drops what comes and recycles it
)

// event is what a waiting caller is woken for.
type event uint8

const (
	answered event = iota // the call is done
	lead                  // nobody reads: it is your turn
)

// call is one query. It is reused, with its memory: the parameters and rows of a single-row query cost no allocation.
//
// Until submitted it is the caller's. Then conn.mu guards what encoding writes, and the reader owns what it fills
// in, until state leaves waiting.
type call struct {
	stmt    *Stmt
	desc    *Desc // by which params were encoded, and rows are decoded
	params  wire.Params
	kind    kind
	solo    bool  // wants a Sync of its own, so that nobody else's error can skip it
	stream  bool  // its rows are taken as they come, and the connection is its caller's alone
	retries uint8 // how often it was sent again

	held bool // it shares the Sync of the call behind it, whose end is the end of both
	mute bool // … and nobody waits for it: that one's answer is the news of this one's (batch.go)

	canLead bool // its caller waits, or is about to, and can be given the lead

	parses bool // Parse was sent with it
	parsed bool // … and done

	rows     []byte // DataRow messages, whole
	rowCount int
	affected int64
	err      error

	state atomic.Uint32
	wake  chan event // capacity 1: at most one event is ever under way
}

// callRowBytesKept is the largest buffer, in bytes, that a recycled call keeps: large results are rare, and must not
// stay for ever because of one.
const callRowBytesKept = 64 << 10

var calls = sync.Pool{New: func() any { return &call{wake: make(chan event, 1)} }}

// newCall takes a call from the pool.
func newCall(s *Stmt, k kind) *call {
	q := calls.Get().(*call)
	q.stmt, q.kind = s, k
	return q
}

// recycle gives the call back. Nobody may hold views of its rows any more.
func (q *call) recycle() {
	if cap(q.rows) > callRowBytesKept {
		q.rows = nil
	}
	if cap(q.params.Buf) > callRowBytesKept {
		q.params.Buf = nil
	}
	q.stmt, q.desc, q.solo, q.stream, q.held, q.mute, q.retries = nil, nil, false, false, false, false, 0
	q.reset()
	calls.Put(q)
}

// reset makes the call ready to be sent (again). Its parameters stay.
func (q *call) reset() {
	q.parses, q.parsed, q.canLead = false, false, false
	q.rows, q.rowCount, q.affected, q.err = q.rows[:0], 0, 0, nil
	q.state.Store(waiting)
}

// hasRun reports whether a call that is complete needs nothing but its commit: a result that is too large is no failure of it.
func (q *call) hasRun() bool { return q.err == nil || q.err == ErrTooLarge }

// skippedError says that the server skipped a call because another one of its group had failed: it did not run.
type skippedError struct{}

// Error says so.
func (skippedError) Error() string {
	return "pg: skipped by the server after another statement's error"
}

var errSkipped error = skippedError{}
