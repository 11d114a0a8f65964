package netpoll

// The io_uring backend: epoll says who is ready, and a ring moves their bytes, those
// of up to 16 connections with one system call.
//
//	Wait   epoll: A B C … are readable
//	Recv A ──▶ one call: recv A, recv B, … recv P, each into its share of the scratch
//	Recv B     is there already
//	Send A     is copied, and waits for company
//	  …
//	Recv Q ──▶ one call: send A … send P, recv Q …
//	Wait   ──▶ one call: what is left to send; then epoll again
//
// So everything above this file is as with epoll: readiness by level, a loop that any
// goroutine may run, no memory per connection. What is different are the bytes in
// between, and each of these has its rule:
//
//   - Received and not yet handed over. If the loop goes on without asking for them
//     (it was taken from its runner, the connection was unwatched or closed by a
//     neighbour) they are kept on the heap and reported by every Wait until they
//     are asked for: settle, keep, reportKept.
//   - Taken to be sent and not yet sent: a batch at most, and only until the next
//     call into the ring. What the socket then does not take is uring_late_linux.go's.
//
// Few connections, bulk data and slow handlers gain nothing from company: then
// each recv and send is a call of its own, as with epoll.

import (
	"syscall"
	"time"
)

const (
	// batchSocks is how many connections share a call. At 16 a call costs each of
	// them a sixteenth, and keeps the thread in the kernel for a tenth of a
	// millisecond: as long as the collector may have to wait for it.
	batchSocks = 16
	// batchSocksMin is from how many on it is worth it.
	batchSocksMin = 4
	// batchSendBytesMax is the largest send that waits for others.
	batchSendBytesMax = 8 << 10
	arenaBytes        = batchSocks * batchSendBytesMax / 2

	// slowBatchMicros is what the handlers of a batch may take, all together: the
	// first of them waits for the last to be answered. If they take longer there are
	// no batches for a turn, and for twice as many each time that it happens again, up
	// to slowTurnsMax: a machine with other tenants makes any batch slow now and then.
	slowBatchMicros = 300
	slowTurnsMax    = 64
	// plainTurns is for how many there are none after one has sent more than its share
	// of the scratch, or the kernel has refused.
	plainTurns = 16
)

// ringPoller is the epoll backend with a ring.
type ringPoller struct {
	epoll
	ring *uring

	ready    [eventsPerTurn]Sock // readable in this turn, in the order of its events
	todo     []Sock              // those of them that were not received from yet
	batching bool                // this turn is worth it
	plain    int                 // turns without batches that are left
	penalty  int                 // as many of them the next slow batch will cost

	in      [batchSocks]received
	inNext  int // the next to be handed over
	inCount int
	share   int // bytes of the scratch for each
	scratch []byte
	began   time.Time // when the handlers of the batch did

	out      [batchSocks]queued
	outCount int
	arena    []byte // what waits to be sent
	onResult func(uint64, int32)

	kept map[Sock]*keptInput
	late lateSends
}

// received is what a recv of the batch has brought: bytes, the end, or an errno below zero.
type received struct {
	sock   Sock
	result int32
}

// queued is a send that waits for others, and what it has brought.
type queued struct {
	sock   Sock
	bytes  []byte
	result int32
}

// keptInput is what was received and not handed over.
type keptInput struct {
	result int32
	bytes  []byte
	want   Flag // what the loop watches for
}

// noResult is that of an operation the kernel has not taken, for want of memory: the
// socket is as ready as before.
const noResult = -int32(syscall.EAGAIN)

// resultReceived marks the names of receives: 0–15 are sends, 16–31 receives.
const resultReceived = batchSocks

func openRingPoller() (Poller, error) {
	p := &ringPoller{arena: make([]byte, 0, arenaBytes), kept: map[Sock]*keptInput{}, penalty: 1}
	p.onResult = p.result // once: a method value is an allocation
	if err := p.epoll.open(); err != nil {
		return nil, err
	}
	var err error
	if p.ring, err = openRing(); err != nil {
		p.epoll.Shut()
		return nil, err
	}
	p.late.open(&p.epoll)
	return p, nil
}

// Wait first brings the last turn to its end.
func (p *ringPoller) Wait(ev []Event) (int, error) {
	p.settle()
	p.judge()
	p.submit()
	p.todo = p.ready[:0]
	if n := p.reportKept(ev); n > 0 {
		p.batching = false
		return n, nil
	}
	n, err := p.epoll.Wait(ev)
	if p.epoll.late {
		p.epoll.late = false
		p.late.serve()
	}
	for i := range ev[:n] {
		if e := &ev[i]; e.Flags&Readable != 0 && e.Sock.Generation() != 0 {
			p.todo = append(p.todo, e.Sock)
		}
	}
	p.batching = len(p.todo) >= batchSocksMin && p.plain == 0
	p.plain = max(0, p.plain-1)
	return n, err
}

// Recv hands over what the batch has brought for s, or makes the next batch.
func (p *ringPoller) Recv(s Sock, scratch []byte) ([]byte, error) {
	if p.inNext < p.inCount && p.in[p.inNext].sock == s {
		return p.hand()
	}
	if !p.batching && len(p.kept) == 0 {
		return p.epoll.Recv(s, scratch)
	}
	return p.recvNext(s, scratch)
}

// hand hands over the next of the batch.
func (p *ringPoller) hand() ([]byte, error) {
	i := p.inNext
	p.inNext++
	n := int(p.in[i].result)
	if n < 0 {
		return nil, errorOf(syscall.Errno(-n))
	}
	if n == p.share {
		p.plain = plainTurns // there may be more, and it is read in larger pieces then
	}
	at := i * p.share
	return p.scratch[at : at+n : at+n], nil
}

// recvNext is Recv of a connection that is not the next of the batch.
func (p *ringPoller) recvNext(s Sock, scratch []byte) ([]byte, error) {
	if k := p.kept[s]; k != nil {
		delete(p.kept, s)
		if k.result < 0 {
			return nil, errorOf(syscall.Errno(-k.result))
		}
		return k.bytes, nil
	}
	for p.inNext < p.inCount { // the loop has passed over some
		if p.in[p.inNext].sock == s {
			return p.hand()
		}
		p.keep(p.inNext, Readable)
		p.inNext++
	}
	for i := range p.todo {
		if p.todo[i] == s {
			p.todo = p.todo[i:]
			if len(p.todo) < batchSocksMin || p.plain > 0 {
				break
			}
			p.receive(scratch)
			return p.hand()
		}
	}
	return p.epoll.Recv(s, scratch)
}

// receive makes a batch of the connections at the front of todo. The last one has
// been handed over, so what lies in the scratch is needed by nobody but a call that
// has ended; one that has lost the loop has taken its scratch along.
func (p *ringPoller) receive(scratch []byte) {
	p.judge()
	p.share = len(scratch) / min(len(p.todo), batchSocks)
	p.scratch = scratch
	n, looked := 0, 0
	for ; looked < len(p.todo) && n < batchSocks; looked++ {
		s := p.todo[looked]
		if s == 0 {
			continue // unwatched meanwhile
		}
		p.in[n] = received{s, noResult}
		p.ring.queue(ringOpRecv, int(s.Index()), scratch[n*p.share:][:p.share], uint64(resultReceived+n))
		n++
	}
	p.todo = p.todo[looked:]
	p.inNext, p.inCount = 0, n
	p.submit()
	p.began = time.Now()
}

// submit has the ring do what is queued, and looks at what the sends have brought.
func (p *ringPoller) submit() {
	if p.ring.queued == 0 {
		return
	}
	if !p.ring.submit(p.onResult) {
		p.plain = plainTurns // or the same would happen to the same again, at once
	}
	for i := range p.out[:p.outCount] {
		if q := &p.out[i]; int(q.result) != len(q.bytes) {
			p.late.add(q.sock, q.bytes, q.result)
		}
	}
	p.outCount, p.arena = 0, p.arena[:0]
}

func (p *ringPoller) result(name uint64, result int32) {
	if name < resultReceived {
		p.out[name].result = result
		return
	}
	p.in[name-resultReceived].result = result
}

// judge looks at how long the handlers of the last batch took.
func (p *ringPoller) judge() {
	if p.began.IsZero() {
		return
	}
	if time.Since(p.began) > slowBatchMicros*time.Microsecond {
		p.plain = max(p.plain, p.penalty)
		p.penalty = min(2*p.penalty, slowTurnsMax)
	} else {
		p.penalty = 1
	}
	p.began = time.Time{}
}

// settle keeps what the loop has not asked for.
func (p *ringPoller) settle() {
	for ; p.inNext < p.inCount; p.inNext++ {
		p.keep(p.inNext, Readable)
	}
	p.inNext, p.inCount, p.scratch = 0, 0, nil
}

// keep moves one of the batch to where it can wait.
func (p *ringPoller) keep(i int, want Flag) {
	e := &p.in[i]
	if e.sock == 0 || e.result == noResult {
		return
	}
	k := &keptInput{result: e.result, want: want}
	if e.result > 0 {
		k.bytes = append(k.bytes, p.scratch[i*p.share:][:e.result]...)
	}
	p.kept[e.sock] = k
}

// reportKept reports the connections with input that was kept, again and again, as
// epoll would have done had it been left in the socket.
func (p *ringPoller) reportKept(ev []Event) (n int) {
	for s, k := range p.kept {
		if k.want&Readable != 0 && n < len(ev) {
			ev[n] = Event{s, Readable}
			n++
		}
	}
	return n
}

// inBatch finds what the batch holds of s.
func (p *ringPoller) inBatch(s Sock) (i int, ok bool) {
	for i := p.inNext; i < p.inCount; i++ {
		if p.in[i].sock == s {
			return i, true
		}
	}
	return 0, false
}

func (p *ringPoller) Watch(s Sock, want Flag) error {
	if k := p.kept[s]; k != nil {
		k.want = want
	}
	if want&Readable == 0 {
		p.pass(s, want)
	}
	return p.epoll.Watch(s, want)
}

// pass takes a connection out of this turn: nobody will ask for its input.
func (p *ringPoller) pass(s Sock, want Flag) {
	if i, ok := p.inBatch(s); ok {
		p.keep(i, want)
		p.in[i].sock = 0
	}
	for i := range p.todo {
		if p.todo[i] == s {
			p.todo[i] = 0
		}
	}
}

// Send takes small pieces to be sent with others before this turn ends. It says
// that they are sent: if they cannot be, the connection is reset, and epoll will say so.
func (p *ringPoller) Send(s Sock, b []byte) (int, error) {
	if p.late.has(s) {
		return 0, nil
	}
	if !p.batching || len(b) > batchSendBytesMax {
		return p.sendNow(s, b)
	}
	if p.outCount == batchSocks || len(b) > cap(p.arena)-len(p.arena) || p.isQueued(s) {
		p.submit()
		if p.late.has(s) {
			return 0, nil
		}
	}
	at := len(p.arena)
	p.arena = append(p.arena, b...)
	b = p.arena[at:]
	p.out[p.outCount] = queued{s, b, noResult}
	p.ring.queue(ringOpSend, int(s.Index()), b, uint64(p.outCount))
	p.outCount++
	return len(b), nil
}

// sendNow sends behind what is queued.
func (p *ringPoller) sendNow(s Sock, b []byte) (int, error) {
	if p.isQueued(s) {
		p.submit()
		if p.late.has(s) {
			return 0, nil
		}
	}
	return p.epoll.Send(s, b)
}

func (p *ringPoller) isQueued(s Sock) bool {
	for i := range p.out[:p.outCount] {
		if p.out[i].sock == s {
			return true
		}
	}
	return false
}

func (p *ringPoller) CloseWrite(s Sock) error {
	if p.isQueued(s) {
		p.submit()
	}
	if p.late.closeWrite(s) {
		return nil
	}
	return p.epoll.CloseWrite(s)
}

func (p *ringPoller) Close(s Sock) {
	if i, ok := p.inBatch(s); ok {
		p.in[i].sock = 0
	}
	if len(p.kept) > 0 {
		delete(p.kept, s)
	}
	if p.isQueued(s) {
		p.submit()
	}
	if !p.late.close(s) {
		p.epoll.Close(s)
	}
}

func (p *ringPoller) Shut() {
	p.submit()
	p.late.shut()
	p.ring.close()
	p.epoll.Shut()
}

// ringCounts is how often the ring was called, and for how many operations. Any
// goroutine may ask.
func (p *ringPoller) ringCounts() (enters, ops uint64) {
	return p.ring.enters.Load(), p.ring.ops.Load()
}
