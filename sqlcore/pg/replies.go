package pg

// The way back: the leader reads, cuts messages, and gives each to the call whose turn it is. The order of the ring
// is the only thing that tells whose answer comes (§55.2.4). Entry point: readOnce, for whoever leads (lead.go).

import (
	"errors"
	"io"

	"github.com/covetgo/covet/sqlcore/wire"
)

// readOnce reads once and handles the messages that are complete.
func (c *conn) readOnce() error {
	n, err := c.read(c.rbuf[c.rlen:])
	return c.take(n, err)
}

// take handles what a read returned.
func (c *conn) take(n int, err error) error {
	c.rlen += n
	used, need, failure := c.consume(c.rbuf[:c.rlen])
	if failure != nil {
		return failure
	}
	c.rlen = copy(c.rbuf, c.rbuf[used:c.rlen])
	c.makeRoom(need)
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// read waits for bytes.
func (c *conn) read(buf []byte) (int, error) {
	if c.socket != nil {
		return c.socket.read(buf)
	}
	return c.session.nc.Read(buf)
}

// consume handles the complete messages at the start of buf. used is their length, need that of the message that
// begins behind them, or 0 if its header is not there yet.
func (c *conn) consume(buf []byte) (used, need int, err error) {
	for {
		m, n, st := wire.Next(buf[used:], wire.MessageBytesMax)
		switch st {
		case wire.OK:
			if err := c.message(m, buf[used:used+n]); err != nil {
				return used, 0, err
			}
			used += n
		case wire.NeedMore:
			return used, n, nil
		default:
			return used, 0, protocolErrorf("a message %q of impossible length", buf[used])
		}
	}
}

// makeRoom grows a read buffer that its first message fills. It doubles, and does not believe the stated length: a
// hostile server would have us reserve a gigabyte with five bytes. An empty buffer that has grown shrinks again.
func (c *conn) makeRoom(need int) {
	switch {
	case c.rlen == len(c.rbuf):
		next := make([]byte, max(min(2*len(c.rbuf), need), c.rlen+1))
		copy(next, c.rbuf)
		c.rbuf = next
	case c.rlen == 0 && len(c.rbuf) > readBufferBytes:
		c.rbuf = make([]byte, readBufferBytes)
	}
}

// message handles one message.
func (c *conn) message(m wire.Message, whole []byte) error {
	switch m.Type {
	case wire.DataRow:
		return c.row(whole)
	case wire.BindComplete, wire.CloseComplete:
		return c.expectCall(m)
	case wire.CommandComplete:
		return c.complete(m)
	case wire.ReadyForQuery:
		return c.ready(m.Body)
	}
	return c.rareMessage(m)
}

// rareMessage handles what does not come with every query.
func (c *conn) rareMessage(m wire.Message) error {
	switch m.Type {
	case wire.ErrorResponse:
		return c.serverError(m.Body)
	case wire.ParseComplete:
		if q := c.current(); q != nil {
			q.parsed = true
		}
		return c.expectCall(m)
	case wire.ParameterDescription:
		c.params = append(c.params[:0], m.Body...)
		return c.expectCall(m)
	case wire.RowDescription:
		return c.described(m.Body)
	case wire.NoData:
		return c.described(nil)
	case wire.EmptyQueryResponse:
		return c.complete(m)
	case wire.NoticeResponse:
		if e, ok := parseError(m.Body); ok && e.Routine == routineSyncRep {
			c.unreplicated = true
		}
		return nil
	case wire.ParameterStatus, wire.NotificationResponse:
		return nil
	case wire.CopyInResponse, wire.CopyOutResponse, wire.CopyBothResponse, wire.CopyData, wire.CopyDone:
		return c.copyMessage(m)
	}
	return protocolErrorf("unexpected message %q", m.Type)
}

// current is the call whose answer comes, nil if it is a Sync's turn or nobody's.
func (c *conn) current() *call {
	if head := c.head.Load(); !c.skipping && head != c.tail.Load() {
		return *c.entry(head)
	}
	return nil
}

// expectCall refuses a message that answers a query when no query is being answered.
func (c *conn) expectCall(m wire.Message) error {
	if c.current() == nil {
		return protocolErrorf("message %q answers nothing", m.Type)
	}
	return nil
}

// pop moves on to the next entry of the ring. With a Sync, there is room for others: each group ends with one.
func (c *conn) pop() {
	head := c.head.Load()
	ends := *c.entry(head) == nil
	*c.entry(head) = nil
	c.head.Store(head + 1)
	if ends { // who waits for room may need more than an entry, and is not woken for each
		c.passRoom()
	}
}

// row keeps a DataRow for its caller, who decodes it: on its own processor, and into its own memory.
func (c *conn) row(whole []byte) error {
	q := c.current()
	if q == nil {
		return protocolErrorf("a row answers nothing")
	}
	switch {
	case q.state.Load() == abandoned, q.kind == kindScript, q.kind == kindGuard: // nobody wants it
	case !q.stream && len(q.rows)+len(whole) > c.results:
		q.err = ErrTooLarge
		q.rows = q.rows[:0]
	case q.err == nil:
		q.rows = append(q.rows, whole...)
		q.rowCount++
	}
	return nil
}

// complete handles the end of a statement. On a connection of groups that is the answer: it has read, and there is
// nothing to commit. Otherwise the answer is ReadyForQuery, since the commit comes between the two.
func (c *conn) complete(m wire.Message) error {
	q := c.current()
	if q == nil {
		return protocolErrorf("message %q completes nothing", m.Type)
	}
	if m.Type == wire.CommandComplete {
		tag, ok := wire.ParseCommandComplete(m.Body)
		if !ok {
			return protocolErrorf("a malformed CommandComplete")
		}
		q.affected += tag.Rows()
	}
	if q.kind == kindScript { // others may follow
		return nil
	}
	c.pop()
	c.endOfCopy(q)
	if c.group || q.held {
		c.finish(q)
		return nil
	}
	c.last = q
	return nil
}

// described handles the answer to Describe, and with that ends a call that is nothing else.
func (c *conn) described(columns []byte) error {
	q := c.current()
	switch {
	case q != nil && q.kind == kindScript:
		return nil // of rows that nobody wants
	case q == nil || !q.parses:
		return protocolErrorf("a description that nobody asked for")
	}
	if q.desc == nil || q.desc.rawParams != string(c.params) || q.desc.rawColumns != string(columns) {
		d, ok := newDesc(c.params, columns, c.session.formatOf)
		if !ok {
			return protocolErrorf("a malformed description")
		}
		q.stmt.desc.Store(d)
		if q.desc != nil {
			d = d.withFormats(q.desc)
		}
		q.desc = d
	}
	if q.kind == kindDescribe {
		c.pop()
		c.last = q
	}
	return nil
}

// serverError handles an ErrorResponse: it is the answer to the call whose turn it is, and everything behind it up
// to the Sync will be skipped.
func (c *conn) serverError(body []byte) error {
	e, ok := parseError(body)
	switch {
	case !ok:
		return protocolErrorf("a malformed ErrorResponse")
	case e.fatal() && !e.fromServer():
		return e // it is nobody's answer, and proves nothing: see failAll
	}
	q := c.current()
	switch {
	case q != nil:
		c.pop()
		c.endOfCopy(q)
	case c.last != nil && !e.fatal(): // its commit failed; if the session ends here, nobody knows: see failAll
		q = c.last
	}
	if q != nil {
		e.SQL = q.sql()
		c.misplaced = c.misplaced || e.Code == codeReadOnly && c.session.mustWrite
		c.forget(q, e)
		q.err = e
		if c.group || e.fatal() {
			c.finish(q)
		} else {
			c.last = q // its owner will want to know in what state the session is then
		}
	}
	if e.fatal() {
		return e
	}
	if !c.skipping && q == nil && c.head.Load() == c.tail.Load() {
		return e // answers nothing: the session is not what we think
	}
	c.skipping = true
	return nil
}

// sql is the text of a call's statement, if it has one.
func (q *call) sql() string {
	if q.stmt == nil {
		return ""
	}
	return q.stmt.sql
}

// forget marks a call's statement if its error leaves open whether it is prepared.
func (c *conn) forget(q *call, e *Error) {
	if (e != nil && e.planChanged()) || (q.parses && !q.parsed) {
		c.mu.Lock()
		if q.stmt.slot < len(c.prepared) && c.prepared[q.stmt.slot] == q.stmt { // what is never prepared has no slot
			c.prepared[q.stmt.slot] = notSure
		}
		c.mu.Unlock()
	}
}

// ready handles ReadyForQuery: the group is over. Calls of it that are left were skipped.
func (c *conn) ready(body []byte) error {
	status, ok := wire.ParseReady(body)
	if !ok {
		return protocolErrorf("a malformed ReadyForQuery")
	}
	c.status = status
	for {
		head := c.head.Load()
		if head == c.tail.Load() {
			return protocolErrorf("a ReadyForQuery answers nothing")
		}
		q := *c.entry(head)
		switch {
		case q == nil:
			c.pop()
			c.skipping = false
			c.commit()
			return nil
		case (q.kind == kindFence || q.kind == kindScript) && !c.skipping:
			c.pop()
			c.last = q
		case !c.skipping:
			return protocolErrorf("ReadyForQuery before an answer")
		default:
			c.commit() // of the call that failed: a batch counts on the order of the answers
			c.pop()
			c.forget(q, nil)
			q.err = errSkipped
			c.finish(q)
		}
	}
}

// commit answers the call that was complete but for its commit.
func (c *conn) commit() {
	if q := c.last; q != nil {
		c.last = nil
		if c.unreplicated && q.hasRun() {
			q.err = ErrNotReplicated
		}
		c.unreplicated = false
		c.finish(q)
	}
}

// finish hands a call back to its caller, or recycles it if the caller has gone.
func (c *conn) finish(q *call) {
	if q.kind == kindGuard {
		q.recycle()
		return
	}
	silent := q == c.self || q.mute
	if !q.state.CompareAndSwap(waiting, done) {
		c.left.Add(-1)
		q.recycle()
		return
	}
	if !silent {
		q.wake <- answered // has room: see call.wake
	}
}

// fail ends the connection because of what the leader saw. The leader keeps the lead for ever.
func (c *conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kill(err)
	c.failAll(err)
}

// failAll answers every call with an error. mu and the lead are held.
//
// What was sent may have run, with one exception: a server that ends the session with an error says so in its turn,
// so what comes behind has not run. A pooler that ends the client's session leaves the server's to its fate.
func (c *conn) failAll(err error) {
	var e *Error
	isFatal := errors.As(err, &e) && e.fatal() && e.fromServer() && !c.session.pooled
	if q := c.last; q != nil {
		c.last = nil
		if q.hasRun() { // otherwise it had failed before
			q.err = &ConnError{Sent: true, Err: err}
		}
		c.finish(q)
	}
	sent := c.tail.Load()
	for i := c.head.Load(); i != c.fill; i++ {
		q := *c.entry(i)
		*c.entry(i) = nil
		if q != nil {
			q.err = &ConnError{Sent: i-sent >= 1<<31 && !isFatal, Err: err} // i < sent, as positions wrap around
			c.finish(q)
		}
	}
	c.tail.Store(c.fill)
	c.head.Store(c.fill)
}
