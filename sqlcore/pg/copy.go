package pg

// COPY, in and out (§55.2.6): bytes in any format that the server has, as fast as either side takes them, and never
// more than a buffer of them in memory. Entry points: Session.CopyIn, Session.CopyOut; for rows of Go's types, CopyRows.
//
//	in:  Parse Bind Execute Flush ─▶ CopyInResponse ─▶ CopyData… ─▶ CopyDone or CopyFail, Sync ─▶ the count
//	out: Parse Bind Execute Sync ─▶ CopyOutResponse, CopyData…, CopyDone ─▶ the count
//
// While data goes in, a goroutine reads: the server may send notices, or an error that makes all that follows
// pointless, and if nobody took them, both sides would wait for the other. Back-pressure is the socket's.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/covetgo/covet/sqlcore/wire"
)

const (
	copyBufferBytes   = 64 << 10 // of data that are sent at once; a row that is longer goes as a whole
	copyReasonBytes   = 200      // of a reason for CopyFail, which the server quotes in its error
	copyEmptyReadsMax = 100      // reads in a row that return nothing and no error
)

var (
	errCopyOver = errors.New("pg: the server takes no more data")
	errUnwanted = errors.New("pg: the server takes no data")
	errNoCopyIn = errors.New("pg: the statement has run, and took no data: CopyIn wants COPY … FROM STDIN")
	errNotCopy  = errors.New("pg: the statement is no COPY")
	// copying stands for the rows of a session that copies.
	copying = &Rows{}
)

// CopyIn runs COPY … FROM STDIN and sends what r has, to its end. It returns the number of rows. What fails undoes all
// of it: the server's error comes back, or r's, which the server is told as the reason. If the connection breaks,
// [ConnError] says that the outcome is unknown.
//
// When ctx ends, the COPY is cancelled as soon as r's Read returns: nobody else can end that. r must not use the session.
func (s *Session) CopyIn(ctx context.Context, sql string, r io.Reader) (int64, error) {
	return s.copyIn(ctx, sql, func(to *copySink) error { return to.readFrom(r) })
}

// checkCopy refuses what is no COPY before it runs.
func checkCopy(sql string) error {
	if err := checkNUL(sql); err != nil {
		return err
	}
	if !strings.EqualFold(firstWord(sql), "COPY") {
		return errNotCopy
	}
	return nil
}

// copyIn runs the statement, and sends what produce writes.
func (s *Session) copyIn(ctx context.Context, sql string, produce func(*copySink) error) (rows int64, err error) {
	if err := checkCopy(sql); err != nil {
		return 0, err
	}
	w := s.pool.options.Hooks.start(ctx, sql, 0, lanePinned)
	defer func() { w.done(rows, 0, err) }()
	q := newCall(&Stmt{sql: sql}, kindCopyIn)
	q.stream = true
	if err := s.ready(ctx, q); err != nil {
		q.recycle()
		return 0, err
	}
	s.c.copyOver.Store(false)
	if err := s.send(q, false); err != nil {
		q.recycle()
		return 0, err
	}
	s.open = copying
	stop := s.cancelWith(ctx)
	ended := false
	defer func() {
		if !ended && stop != nil { // produce has panicked: there is nothing left to cancel
			stop()
		}
	}()
	var failure error
	if !s.c.awaitStream(q) { // until the server takes data, or will not
		failure = s.feed(ctx, q, produce)
	}
	ended = true
	rows, err = q.affected, q.err
	if err == nil && failure == errUnwanted {
		err = errNoCopyIn
	}
	s.open = nil
	q.recycle()
	return rows, copyError(failure, s.outcome(ctx, stop, err))
}

// feed sends what produce writes while another goroutine reads, and returns when that has read the end. The error says
// why there was no more data, if not since that was all.
func (s *Session) feed(ctx context.Context, q *call, produce func(*copySink) error) error {
	q.stream = false
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.c.awaitStream(q)
	}()
	defer func() {
		<-ended
		s.open = nil
	}()
	to := &copySink{ctx: ctx, c: s.c, buf: make([]byte, wire.CopyHeaderBytes, wire.CopyHeaderBytes+copyBufferBytes)}
	return to.copy(produce)
}

// copyError puts together why the data ended and what the server said to that.
func copyError(failure, err error) error {
	switch {
	case failure == nil || failure == errCopyOver || failure == errUnwanted || errors.Is(err, failure):
		return err
	case err == nil || IsCode(err, codeCanceled): // the server repeats the reason
		return fmt.Errorf("pg: the source of the COPY failed: %w", failure)
	}
	return errors.Join(failure, err)
}

// copySink sends the data of a COPY.
type copySink struct {
	ctx context.Context
	c   *conn
	buf []byte // room for a header, and data that was not sent
}

// copy lets produce write, and ends the COPY.
func (to *copySink) copy(produce func(*copySink) error) (failure error) {
	panicked := true
	defer func() {
		if panicked { // the server is to get nothing of it, and there is no reason to give
			to.c.end(errStopped)
		}
	}()
	if to.c.copyOver.Load() { // from the beginning
		failure = errUnwanted
	} else if failure = produce(to); failure == nil {
		failure = to.flush()
	}
	panicked = false
	to.finish(failure)
	return failure
}

// check reports why more data would be in vain.
func (to *copySink) check() error {
	switch {
	case to.c.copyOver.Load():
		return errCopyOver
	case to.ctx.Err() != nil:
		return context.Cause(to.ctx)
	}
	return nil
}

// data is what was not sent yet.
func (to *copySink) data() []byte { return to.buf[wire.CopyHeaderBytes:] }

// flush sends what there is.
func (to *copySink) flush() error {
	if len(to.data()) == 0 {
		return nil
	}
	if err := to.check(); err != nil {
		return err
	}
	if !wire.PutCopyData(to.buf) {
		return errTooLong
	}
	if _, err := to.c.session.nc.Write(to.buf); err != nil {
		to.c.end(err)
		return errCopyOver // the reader tells the rest
	}
	to.buf = to.buf[:wire.CopyHeaderBytes]
	if cap(to.buf) > 2*copyBufferBytes { // a long row has passed
		to.buf = make([]byte, wire.CopyHeaderBytes, wire.CopyHeaderBytes+copyBufferBytes)
	}
	return nil
}

// readFrom sends what a reader has.
func (to *copySink) readFrom(r io.Reader) error {
	empty := 0
	for {
		n, err := r.Read(to.buf[len(to.buf):cap(to.buf)])
		to.buf = to.buf[:len(to.buf)+n]
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case n > 0:
			empty = 0
		default:
			if empty++; empty == copyEmptyReadsMax {
				return io.ErrNoProgress
			}
		}
		if len(to.buf) == cap(to.buf) {
			if err := to.flush(); err != nil {
				return err
			}
		}
	}
}

// finish says that the data has ended, well or not, and ends the group. A server that has failed, or wanted no data,
// skips the first: that is what the Sync is for.
func (to *copySink) finish(failure error) {
	out := to.buf[:0]
	switch {
	case failure == nil:
		out = wire.AppendCopyDone(out)
	case failure != errCopyOver && failure != errUnwanted:
		reason := strings.ToValidUTF8(strings.ReplaceAll(failure.Error(), "\x00", ""), "?")
		out, _ = wire.AppendCopyFail(out, reason[:min(len(reason), copyReasonBytes)])
	}
	c := to.c
	c.mu.Lock()
	c.copying, c.open = false, false
	if c.dead == nil {
		c.push(nil)
		c.tail.Store(c.fill)
	}
	c.mu.Unlock()
	if _, err := c.session.nc.Write(wire.AppendSync(out)); err != nil {
		c.end(err)
	}
}

// CopyOut runs COPY … TO STDOUT and writes what comes to w. It returns the number of rows. If w fails, the rest is
// cancelled; in a transaction, which that would end, it is read and dropped. w must not use the session.
func (s *Session) CopyOut(ctx context.Context, sql string, w io.Writer) (rows int64, err error) {
	if err := checkCopy(sql); err != nil {
		return 0, err
	}
	watch := s.pool.options.Hooks.start(ctx, sql, 0, lanePinned)
	defer func() { watch.done(rows, 0, err) }()
	q := newCall(&Stmt{sql: sql}, kindCopyOut)
	q.stream = true
	if err := s.ready(ctx, q); err != nil {
		q.recycle()
		return 0, err
	}
	inTx := s.InTx()
	if err := s.send(q, false); err != nil {
		q.recycle()
		return 0, errors.Join(s.settleHeld(ctx), err)
	}
	s.open = copying
	r := &Rows{s: s, ctx: ctx, q: q, stop: s.cancelWith(ctx)}
	early := s.awaitHeld()
	failure := r.copyTo(w, inTx)
	s.open = nil
	rows, err = q.affected, s.blame(early, q.err)
	q.recycle()
	if r.ours && IsCode(err, codeCanceled) && ctx.Err() == nil {
		err = nil
	}
	return rows, errors.Join(failure, s.outcome(ctx, r.stop, err))
}

// copyTo writes what comes, up to the end, and returns w's error.
func (r *Rows) copyTo(w io.Writer, inTx bool) (failure error) {
	panicked := true
	defer func() {
		if panicked {
			r.drop()
		}
	}()
	for ended := false; !ended; {
		ended = r.s.c.awaitStream(r.q)
		if failure == nil && len(r.q.rows) > 0 {
			if _, err := w.Write(r.q.rows); err != nil {
				failure = fmt.Errorf("pg: what the COPY is written to failed: %w", err)
				if !ended && !inTx {
					r.cancelRest()
				}
			}
		}
		r.q.rows, r.q.rowCount = r.q.rows[:0], 0
	}
	panicked = false
	return failure
}

// copyMessage handles what a COPY brings.
func (c *conn) copyMessage(m wire.Message) error {
	q := c.current()
	switch {
	case q == nil:
		return protocolErrorf("message %q answers nothing", m.Type)
	case m.Type == wire.CopyInResponse && q.kind == kindCopyIn, m.Type == wire.CopyOutResponse && q.kind == kindCopyOut:
		if _, _, ok := wire.ParseCopyResponse(m.Body); !ok {
			return protocolErrorf("a malformed message %q", m.Type)
		}
		if q.kind == kindCopyIn {
			q.rowCount = 1 // its caller waits for that
		}
		return nil
	case m.Type == wire.CopyInResponse || m.Type == wire.CopyOutResponse || m.Type == wire.CopyBothResponse:
		return errCopyElsewhere
	case q.kind != kindCopyOut:
		return protocolErrorf("message %q in no COPY", m.Type)
	case m.Type == wire.CopyData:
		q.rows = append(q.rows, m.Body...)
		q.rowCount++
	}
	return nil
}

// errCopyElsewhere ends a connection on which a COPY began that nobody can serve.
var errCopyElsewhere = errors.New("pg: a COPY FROM STDIN wants CopyIn, and a COPY TO STDOUT CopyOut")

// endOfCopy notes that the server takes no more data for a call, if it is a COPY.
func (c *conn) endOfCopy(q *call) {
	if q.kind == kindCopyIn {
		c.copyOver.Store(true)
		q.rowCount = 1 // its caller may still wait for the beginning
	}
}

// CopyIn is [Session.CopyIn] on a session of its own: it commits by itself.
func (p *Pool) CopyIn(ctx context.Context, sql string, r io.Reader) (int64, error) {
	s, err := p.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer s.Release()
	return s.CopyIn(ctx, sql, r)
}

// CopyOut is [Session.CopyOut] on a session of its own.
func (p *Pool) CopyOut(ctx context.Context, sql string, w io.Writer) (int64, error) {
	s, err := p.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer s.Release()
	return s.CopyOut(ctx, sql, w)
}

// CopyIn is [Session.CopyIn] in the transaction.
func (tx *Tx) CopyIn(ctx context.Context, sql string, r io.Reader) (int64, error) {
	if tx.ended {
		return 0, ErrTxDone
	}
	n, err := tx.s.CopyIn(ctx, sql, r)
	tx.note(err)
	return n, err
}

// CopyOut is [Session.CopyOut] in the transaction.
func (tx *Tx) CopyOut(ctx context.Context, sql string, w io.Writer) (int64, error) {
	if tx.ended {
		return 0, ErrTxDone
	}
	n, err := tx.s.CopyOut(ctx, sql, w)
	tx.note(err)
	return n, err
}
