package netpoll

// A fake of the kernel under the kqueue backend: kevent's rules over real sockets of
// Linux, by poll(2). What it knows of those rules is what the manual pages of macOS
// and FreeBSD say; where they are wrong or silent, so is it.

import (
	"math"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// FakeKqueue is the kqueue backend on that fake.
func FakeKqueue() *Backend {
	m := &fakeMachine{}
	return &Backend{
		Name: "kqueue", Listen: listenOn("kqueue"),
		Open: func() (Poller, error) { return openKqueue(m.open()) },
	}
}

// fakeMachine is all kqueues of a process: who closes a descriptor takes its filters
// out of each.
type fakeMachine struct {
	mu  sync.Mutex
	all []*fakeKqueue
}

type fakeKqueue struct {
	machine *fakeMachine
	bell    int // an eventfd: something has changed
	filters map[fakeFilter]*fakeState
	order   []fakeFilter
}

type fakeFilter struct {
	fd     int
	filter kqFilter
}

type fakeState struct {
	clear      bool
	lowWater   int64
	triggered  bool
	every      time.Duration
	due        time.Time
	said       bool // what was last reported, of one with EV_CLEAR
	saidEOF    bool
	saidData   int64
	saidFailed bool
}

func (m *fakeMachine) open() *fakeKqueue {
	bell, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		panic(err)
	}
	k := &fakeKqueue{machine: m, bell: bell, filters: map[fakeFilter]*fakeState{}}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, k)
	return k
}

func (k *fakeKqueue) control(changes, events []kevent) (int, error) {
	for _, c := range changes {
		if err := k.apply(c); err != nil {
			return 0, err
		}
	}
	for len(events) > 0 {
		if n := k.collect(events); n > 0 {
			return n, nil
		}
		k.sleep()
	}
	return 0, nil
}

func (k *fakeKqueue) apply(c kevent) error {
	k.machine.mu.Lock()
	defer k.machine.mu.Unlock()
	key := fakeFilter{c.fd, c.filter}
	s := k.filters[key]
	switch {
	case c.flags&kqDelete != 0:
		if s == nil {
			return syscall.ENOENT
		}
		k.remove(key)
	case c.flags&kqAdd != 0:
		if c.filter <= kqWrite {
			if _, err := unix.FcntlInt(uintptr(c.fd), unix.F_GETFD, 0); err != nil {
				return syscall.EBADF
			}
		}
		if s == nil { // EV_CLEAR is not changed by adding once more
			s = &fakeState{clear: c.flags&kqClear != 0}
			k.filters[key] = s
			k.order = append(k.order, key)
		}
		s.lowWater = 1
		if c.fflags&kqLowWater != 0 {
			s.lowWater = c.data
		}
		if c.filter == kqTimer {
			s.every = time.Duration(c.data) * time.Millisecond
			s.due = time.Now().Add(s.every)
		}
	case s == nil:
		return syscall.ENOENT
	case c.fflags&kqTrigger != 0:
		s.triggered = true
	}
	ring(k.bell)
	return nil
}

func (k *fakeKqueue) remove(key fakeFilter) {
	delete(k.filters, key)
	for i, o := range k.order {
		if o == key {
			k.order = append(k.order[:i:i], k.order[i+1:]...)
			return
		}
	}
}

// collect looks at every filter.
func (k *fakeKqueue) collect(events []kevent) (n int) {
	k.machine.mu.Lock()
	defer k.machine.mu.Unlock()
	for i := 0; i < len(k.order) && n < len(events); i++ {
		if e, ok := k.look(k.order[i], k.filters[k.order[i]]); ok {
			events[n] = e
			n++
		}
	}
	if n > 0 { // the next look begins behind
		k.order = append(k.order[1:len(k.order):len(k.order)], k.order[0])
	}
	return n
}

func (k *fakeKqueue) look(key fakeFilter, s *fakeState) (kevent, bool) {
	e := kevent{fd: key.fd, filter: key.filter}
	switch key.filter {
	case kqUser:
		was := s.triggered
		s.triggered = false
		return e, was
	case kqTimer:
		late := !time.Now().Before(s.due)
		if late {
			s.due = time.Now().Add(s.every)
		}
		return e, late
	}
	ready := pollNow(key.fd)
	failed := ready&unix.POLLERR != 0
	if failed {
		e.fflags = uint32(syscall.ECONNRESET)
	}
	if key.filter == kqWrite {
		if failed || ready&unix.POLLHUP != 0 {
			e.flags |= kqEOF
		}
		return e, ready&unix.POLLOUT != 0 || e.flags != 0
	}
	if ready&(unix.POLLRDHUP|unix.POLLHUP) != 0 || failed {
		e.flags |= kqEOF
	}
	data, err := unix.IoctlGetInt(key.fd, unix.TIOCINQ)
	if err != nil && ready&unix.POLLIN != 0 {
		data = 1 // a listener
	}
	e.data = int64(data)
	active := e.data >= s.lowWater || e.flags&kqEOF != 0
	if s.clear {
		fresh := !s.said || e.data > s.saidData || e.flags&kqEOF != 0 && !s.saidEOF || failed && !s.saidFailed
		active = active && fresh
		if active {
			s.said, s.saidData, s.saidEOF, s.saidFailed = true, e.data, e.flags&kqEOF != 0, failed
		}
	}
	return e, active
}

func pollNow(fd int) int16 {
	p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN | unix.POLLOUT | unix.POLLRDHUP}}
	if n, _ := unix.Poll(p, 0); n <= 0 || p[0].Revents&unix.POLLNVAL != 0 {
		return 0
	}
	return p[0].Revents
}

// sleep waits until a filter may have become active.
func (k *fakeKqueue) sleep() {
	k.machine.mu.Lock()
	wait := time.Duration(math.MaxInt32) * time.Millisecond
	p := []unix.PollFd{{Fd: int32(k.bell), Events: unix.POLLIN}}
	for key, s := range k.filters {
		switch key.filter {
		case kqTimer:
			wait = min(wait, max(0, time.Until(s.due))+time.Millisecond)
		case kqWrite:
			p = append(p, unix.PollFd{Fd: int32(key.fd), Events: unix.POLLOUT})
		case kqRead:
			if s.said && s.saidEOF || s.lowWater > 1 { // POLLHUP cannot be switched off: look now and then
				wait = min(wait, time.Millisecond)
				continue
			}
			p = append(p, unix.PollFd{Fd: int32(key.fd), Events: unix.POLLIN | unix.POLLRDHUP})
		}
	}
	k.machine.mu.Unlock()
	unix.Poll(p, int(wait.Milliseconds()))
	var rung [8]byte
	unix.Read(k.bell, rung[:])
}

func (k *fakeKqueue) recv(fd int, p []byte) (int, syscall.Errno) { return recv(fd, p) }
func (k *fakeKqueue) send(fd int, p []byte) (int, syscall.Errno) { return send(fd, p) }
func (k *fakeKqueue) accept(fd int) (int, syscall.Errno)         { return accept(fd) }
func (k *fakeKqueue) close(fd int) {
	k.machine.mu.Lock()
	defer k.machine.mu.Unlock()
	for _, other := range k.machine.all {
		other.remove(fakeFilter{fd, kqRead})
		other.remove(fakeFilter{fd, kqWrite})
	}
	closeSocket(fd)
}

func (k *fakeKqueue) shut() {
	unix.Close(k.bell)
}
