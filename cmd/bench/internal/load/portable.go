package load

// The worker where there is no epoll: a goroutine per connection over package
// net. It costs more per request than the other one, so that a fast server may
// wait for it; reports say which of the two was used.

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

type portableWorker struct {
	config *Config
	window *window
	lanes  [][]*lane // by stream, one per connection
	done   sync.WaitGroup
}

func newPortableWorker(config *Config, index int, start int64, w *window) *portableWorker {
	p := &portableWorker{config: config, window: w}
	for i := range config.Streams {
		s := &config.Streams[i]
		n := share(s.Connections, index, config.Threads)
		var lanes []*lane
		for part := range n {
			lanes = append(lanes, newLane(s, w, start, index*n+part, n*config.Threads))
		}
		p.lanes = append(p.lanes, lanes)
	}
	return p
}

func (p *portableWorker) responses(stream int) (n uint64) {
	for _, l := range p.lanes[stream] {
		n += l.count.Load()
	}
	return n
}

func (p *portableWorker) start() {
	for _, lanes := range p.lanes {
		for _, l := range lanes {
			p.done.Go(func() { p.drive(l) })
		}
	}
}

// finish merges the connections of a stream into one lane.
func (p *portableWorker) finish() []*lane {
	p.done.Wait()
	var merged []*lane
	for i, lanes := range p.lanes {
		sum := &lane{stream: &p.config.Streams[i]}
		for _, l := range lanes {
			sum.latency.Add(l.latency)
			sum.lag.Add(l.lag)
			sum.errors.add(&l.errors)
			sum.due += l.due
			sum.recorded += l.recorded
			sum.connects += l.connects
		}
		merged = append(merged, sum)
	}
	return merged
}

// drive is the life of one connection, with as many sockets as it takes.
func (p *portableWorker) drive(l *lane) {
	buffer := make([]byte, 64<<10)
	again := noRequest
	for l.errors.Total() < errorsMax {
		l.connects++
		conn, err := net.DialTimeout("tcp", p.config.Addr, dialSecondsMax*time.Second)
		if err != nil {
			l.fail(ErrorConnect, err)
			break
		}
		kind, err := p.converse(l, conn, buffer, &again)
		conn.Close()
		if err == errIdleEnd || err == errForgotten {
			continue
		}
		if err == errRunEnded {
			return
		}
		if err != nil {
			l.fail(kind, err)
		}
	}
	p.window.fail()
}

// noRequest is the due time of no request.
const noRequest = int64(-1)

// converse uses one socket until it is used up or the run ends. A request of an
// open stream that finds its kept connection closed, since its idle time was over,
// is sent on the next one (RFC 9110 §9.2.2 allows that where no byte of an answer
// has come); again is when it was due.
func (p *portableWorker) converse(l *lane, conn net.Conn, buffer []byte, again *int64) (ErrorKind, error) {
	var parse response
	freeSince := now()
	for sent := 0; !parse.close; {
		if per := l.stream.PerConnection; per > 0 && sent >= per {
			return 0, nil
		}
		from := *again
		if from == noRequest {
			var err error
			if from, err = p.await(l, freeSince); err != nil {
				return 0, err
			}
		}
		*again = noRequest
		kept := sent > 0 && l.open()
		sent += l.stream.Pipeline
		kind, err := ErrorClosed, errIdleEnd
		if _, bad := conn.Write(l.batch); bad == nil {
			kind, err = p.receive(l, conn, &parse, buffer, from, kept)
		} else if !kept {
			err = bad
			l.outstanding -= l.stream.Pipeline
		}
		if err == errIdleEnd {
			*again = from
		}
		if err != nil {
			return kind, err
		}
		freeSince = now()
	}
	return 0, nil
}

// receive reads the responses to one batch. errIdleEnd says that a kept connection
// had ended before.
func (p *portableWorker) receive(l *lane, conn net.Conn, parse *response, buffer []byte, from int64, kept bool) (ErrorKind, error) {
	conn.SetReadDeadline(time.Now().Add(p.config.patience))
	for left := l.stream.Pipeline; left > 0; {
		n, err := conn.Read(buffer)
		if kept && n == 0 && parse.idle() && !errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, errIdleEnd
		}
		responses, kind, bad := l.consume(parse, buffer[:n], left)
		if n == 0 && left == 1 && parse.ended(l.stream.Want) {
			responses = 1
			kind, bad = l.judge(parse)
		}
		if responses > 0 {
			left -= responses
			l.answered(from, now(), responses)
		}
		if bad == nil && err != nil && left > 0 {
			kind, bad = ErrorClosed, err
			if errors.Is(err, os.ErrDeadlineExceeded) {
				l.outstanding -= left
				l.forgotten(p.config.patience)
				return 0, errForgotten
			}
		}
		if bad != nil {
			l.outstanding -= left // it will never be answered
			return kind, bad
		}
	}
	return 0, nil
}

// await returns at the time for the next batch, and when that was due.
func (p *portableWorker) await(l *lane, freeSince int64) (from int64, err error) {
	for {
		phase := p.window.phase.Load()
		if phase == phaseStop || p.window.failed() || (phase == phaseDrain && l.drained()) {
			return 0, errRunEnded
		}
		if !l.open() {
			l.outstanding += l.stream.Pipeline
			return now(), nil
		}
		t := now()
		if due, ok := l.nextDue(t); ok {
			l.late(due, freeSince, t)
			return due, nil
		}
		time.Sleep(min(time.Duration(max(l.schedule.nextAt()-t, 0)), 10*time.Millisecond))
	}
}
