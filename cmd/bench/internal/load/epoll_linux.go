package load

// The worker on Linux: one goroutine, one epoll, raw recv and send, no memory
// allocated per request. It waits for events; only an open stream whose worker
// has a core of its own asks again and again instead, because start times are
// then exact.

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/covetgo/covet/compare/rawsock"
)

const (
	receiveBytes = 256 << 10
	eventsMax    = 1024
	// waitMillisMax is how long a worker may not notice the end of its run.
	waitMillisMax = 50
)

const description = "own generator: epoll, raw recv and send, one thread per core, every response checked"

var errRefused = errors.New("the server refuses connections")

type epollWorker struct {
	config  *Config
	window  *window
	address address
	epfd    int
	lanes   []*lane
	conns   []*conn
	free    []*ring // by stream: connections of open streams with nothing to do
	buffer  []byte
	spin    bool
	done    sync.WaitGroup
	broke   bool  // too many errors
	closing bool  // closed streams send no more
	giveUp  int64 // ns: when what is waited for now has taken too long; 0 before
}

type conn struct {
	fd        int
	lane      *lane
	idle      *ring // where it waits between two requests of an open stream
	parse     response
	inFlight  int
	from      int64  // ns: when the batch was sent, or when the request was due
	sent      int64  // ns: when it was sent
	waiting   bool   // in idle, now
	freeSince int64  // ns
	unsent    []byte // what the socket has not taken yet
	requests  int    // on this connection
}

func newWorker(config *Config, index int, start int64, w *window) (worker, error) {
	address, err := resolve(config.Addr, config.Sources)
	if err != nil {
		return nil, err
	}
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	e := &epollWorker{
		config: config, window: w, address: address, epfd: epfd,
		buffer: make([]byte, receiveBytes),
	}
	for i := range config.Streams {
		s := &config.Streams[i]
		l := newLane(s, w, start, index, config.Threads)
		n := share(s.Connections, index, config.Threads)
		e.lanes = append(e.lanes, l)
		idle := newRing(n)
		e.free = append(e.free, idle)
		e.spin = e.spin || (config.Spin && l.open())
		for range n {
			e.conns = append(e.conns, &conn{fd: -1, lane: l, idle: idle})
		}
	}
	return e, nil
}

func (w *epollWorker) responses(stream int) uint64 { return w.lanes[stream].count.Load() }

func (w *epollWorker) start() { w.done.Go(w.loop) }

func (w *epollWorker) finish() []*lane {
	w.done.Wait()
	return w.lanes
}

// loop is the worker's life.
func (w *epollWorker) loop() {
	defer w.closeAll()
	for i, c := range w.conns {
		if !w.broke {
			w.dial(c, int32(i))
		}
	}
	events := make([]unix.EpollEvent, eventsMax)
	for !w.ended() && !w.broke {
		n := w.wait(events)
		for _, e := range events[:n] {
			w.ready(w.conns[e.Fd], e)
		}
		for i, l := range w.lanes {
			if l.open() {
				w.sendDue(l, w.free[i])
			}
		}
	}
}

// ended: when the window has shut and all is answered or has taken too long.
// Closed streams keep their load up until the open ones are through, whose last
// responses would otherwise be faster than those before.
func (w *epollWorker) ended() bool {
	switch w.window.phase.Load() {
	case phaseStop:
		return true
	case phaseDrain:
		t := now()
		if w.giveUp == 0 {
			w.giveUp = t + int64(w.config.patience)
		}
		if !w.closing && (w.drained(true) || t > w.giveUp) {
			w.closing, w.giveUp = true, t+int64(w.config.patience)
		}
		return w.closing && (w.drained(false) || t > w.giveUp)
	}
	return false
}

// drained asks the open streams or the closed ones.
func (w *epollWorker) drained(open bool) bool {
	for _, l := range w.lanes {
		if l.open() == open && !l.drained() {
			return false
		}
	}
	return true
}

func (w *epollWorker) wait(events []unix.EpollEvent) int {
	if w.spin {
		n, errno := rawsock.Poll(w.epfd, events)
		if errno != 0 {
			return 0
		}
		return n
	}
	timeout := waitMillisMax * time.Millisecond
	t := now()
	for _, l := range w.lanes {
		if l.open() {
			timeout = min(timeout, max(time.Duration(l.schedule.nextAt()-t), 0))
		}
	}
	n, err := rawsock.Wait(w.epfd, events, timeout)
	if err != nil {
		return 0 // EINTR
	}
	return n
}

// ready is one event of one connection.
func (w *epollWorker) ready(c *conn, e unix.EpollEvent) {
	if len(c.unsent) > 0 && e.Events&(unix.EPOLLOUT|unix.EPOLLERR|unix.EPOLLHUP) != 0 && !w.flush(c, e.Fd) {
		return
	}
	n, errno := rawsock.Recv(c.fd, w.buffer)
	if errno == unix.EAGAIN {
		return
	}
	if errno != 0 || n == 0 {
		w.peerEnded(c, e.Fd, errno)
		return
	}
	responses, kind, err := c.lane.consume(&c.parse, w.buffer[:n], c.inFlight)
	t := now()
	if responses > 0 {
		c.inFlight -= responses
		c.lane.answered(c.from, t, responses)
	}
	if err != nil {
		w.broken(c, e.Fd, kind, err)
		return
	}
	if c.inFlight == 0 {
		w.next(c, e.Fd, t)
	}
}

// peerEnded: the end of a connection may be the end of a body, an idle
// connection may be closed at any time, and everything else is an error.
func (w *epollWorker) peerEnded(c *conn, index int32, errno syscall.Errno) {
	t := now()
	switch {
	case c.waiting:
		w.dial(c, index) // its idle time was over; nobody had asked for anything
	case c.inFlight == 1 && errno == 0 && c.parse.ended(c.lane.stream.Want):
		if kind, err := c.lane.judge(&c.parse); err != nil {
			w.broken(c, index, kind, err)
			return
		}
		c.inFlight = 0
		c.lane.answered(c.from, t, 1)
		w.next(c, index, t)
	case errno == unix.ECONNREFUSED:
		w.broken(c, index, ErrorConnect, errRefused)
	case errno != 0:
		w.broken(c, index, ErrorClosed, fmt.Errorf("the connection broke: %w", errno))
	default:
		w.broken(c, index, ErrorClosed, errEarlyEnd)
	}
}

// broken counts an error and starts again with a new connection.
func (w *epollWorker) broken(c *conn, index int32, kind ErrorKind, err error) {
	c.lane.fail(kind, err)
	c.lane.outstanding -= c.inFlight
	c.inFlight = 0
	if c.lane.errors.Total() >= errorsMax {
		w.broke = true
		w.window.fail()
		w.hangUp(c)
		return
	}
	if !w.retired(c) {
		w.dial(c, index)
	}
}

// retired closes the connection of a closed stream that sends no more.
func (w *epollWorker) retired(c *conn) bool {
	if !w.closing || c.lane.open() {
		return false
	}
	w.hangUp(c)
	return true
}

// next: the connection has no response outstanding.
func (w *epollWorker) next(c *conn, index int32, t int64) {
	per := c.lane.stream.PerConnection
	if w.retired(c) {
		return
	}
	if c.parse.close || (per > 0 && c.requests >= per) {
		w.dial(c, index)
		return
	}
	w.use(c, index, t)
}

// use sends the next batch of a closed stream, or lets a connection wait for a
// request of an open one.
func (w *epollWorker) use(c *conn, index int32, t int64) {
	if c.lane.open() {
		c.freeSince, c.waiting = t, true
		c.idle.push(index)
		return
	}
	c.from, c.sent = t, t
	c.lane.outstanding += c.lane.stream.Pipeline
	w.send(c, index, c.lane.batch, c.lane.stream.Pipeline)
}

// sendDue sends the requests of an open stream whose time has come, as long as
// there is a free connection.
func (w *epollWorker) sendDue(l *lane, free *ring) {
	for free.len() > 0 {
		t := now()
		due, ok := l.nextDue(t)
		if !ok {
			return
		}
		index := free.pop()
		c := w.conns[index]
		c.from, c.sent, c.waiting = due, t, false
		l.late(due, c.freeSince, t)
		w.send(c, index, l.one, 1)
	}
}

func (w *epollWorker) send(c *conn, index int32, p []byte, requests int) {
	c.inFlight = requests
	c.requests += requests
	n, errno := rawsock.Send(c.fd, p)
	if errno == unix.EAGAIN {
		n, errno = 0, 0
	}
	if errno != 0 {
		w.broken(c, index, ErrorClosed, fmt.Errorf("the request could not be sent: %w", errno))
		return
	}
	if n < len(p) {
		c.unsent = p[n:]
		w.watch(unix.EPOLL_CTL_MOD, c.fd, index, unix.EPOLLIN|unix.EPOLLOUT)
	}
}

// flush sends the rest of a batch.
func (w *epollWorker) flush(c *conn, index int32) bool {
	n, errno := rawsock.Send(c.fd, c.unsent)
	if errno == unix.EAGAIN {
		return true
	}
	if errno != 0 {
		w.peerEnded(c, index, errno)
		return false
	}
	c.unsent = c.unsent[n:]
	if len(c.unsent) == 0 {
		w.watch(unix.EPOLL_CTL_MOD, c.fd, index, unix.EPOLLIN)
	}
	return true
}

func (w *epollWorker) watch(op, fd int, index int32, events uint32) error {
	return unix.EpollCtl(w.epfd, op, fd, &unix.EpollEvent{Events: events, Fd: index})
}

func (w *epollWorker) hangUp(c *conn) {
	if c.fd >= 0 {
		unix.Close(c.fd)
		c.fd = -1
	}
}

func (w *epollWorker) closeAll() {
	t := now()
	waiting := make(map[*lane][]int64)
	for _, c := range w.conns {
		if c.inFlight > 0 {
			waiting[c.lane] = append(waiting[c.lane], c.from)
			if waited := time.Duration(t - c.sent); w.giveUp != 0 && waited >= w.config.patience {
				c.lane.forgotten(waited)
			}
		}
		w.hangUp(c)
	}
	for _, l := range w.lanes {
		l.giveUp(t, waiting[l])
	}
	unix.Close(w.epfd)
}

// dial opens a connection anew and sends its first batch. On loopback it is
// open by the time connect returns; elsewhere the send finds that it is not, and
// the rest is as for any batch that the socket did not take.
func (w *epollWorker) dial(c *conn, index int32) {
	w.hangUp(c)
	*c = conn{fd: -1, lane: c.lane, idle: c.idle, waiting: c.waiting, parse: response{line: c.parse.line[:0]}}
	c.lane.connects++
	fd, err := w.address.connect()
	if err == nil {
		c.fd = fd
		err = w.watch(unix.EPOLL_CTL_ADD, fd, index, unix.EPOLLIN)
	}
	if err != nil {
		w.failedDial(c, err)
		return
	}
	if c.waiting { // it has its place already
		c.freeSince = now()
		return
	}
	w.use(c, index, now())
}

// failedDial ends the run: a connection that cannot even be begun is a matter of
// descriptors or ports, and more tries would only spin.
func (w *epollWorker) failedDial(c *conn, err error) {
	w.hangUp(c)
	c.lane.fail(ErrorConnect, explainDial(err))
	w.broke = true
	w.window.fail()
}

// address is where to connect to, and from.
type address struct {
	to     unix.Sockaddr
	family int
	from   []unix.Sockaddr
	next   int
}

func resolve(addr string, sources int) (a address, err error) {
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return a, err
	}
	if v4 := tcp.IP.To4(); v4 != nil {
		a.family = unix.AF_INET
		a.to = &unix.SockaddrInet4{Port: tcp.Port, Addr: [4]byte(v4)}
		for i := range sources {
			if tcp.IP.IsLoopback() {
				a.from = append(a.from, &unix.SockaddrInet4{Addr: [4]byte{127, 0, byte(i / 250), byte(i%250 + 1)}})
			}
		}
		return a, nil
	}
	a.family = unix.AF_INET6
	a.to = &unix.SockaddrInet6{Port: tcp.Port, Addr: [16]byte(tcp.IP.To16())}
	return a, nil
}

// connect begins a connection from the next of the source addresses.
func (a *address) connect() (fd int, err error) {
	fd, err = unix.Socket(a.family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	if len(a.from) > 0 {
		// The port is chosen by connect, which knows both ends and finds more free ones.
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
		a.next = (a.next + 1) % len(a.from)
		err = unix.Bind(fd, a.from[a.next])
	}
	if err == nil {
		err = unix.Connect(fd, a.to)
	}
	if err != nil && !errors.Is(err, unix.EINPROGRESS) {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
