package netpoll

// Answers of the kernel that tests cannot make it give.

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// ringRig is a poller with two connected sockets: one of its own and its peer.
func ringRig(t *testing.T) (p *ringPoller, s Sock, peer int) {
	t.Helper()
	if err := ringMissing(); err != nil {
		t.Skip(err)
	}
	poller, err := openRingPoller()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(poller.Shut)
	t.Cleanup(func() { unix.Close(pair[1]) })
	s = MakeSock(uint32(pair[0]), 1)
	if err := poller.Add(s); err != nil {
		t.Fatal(err)
	}
	return poller.(*ringPoller), s, pair[1]
}

// waitFor waits for an event of s.
func waitFor(t *testing.T, p *ringPoller, s Sock) Flag {
	t.Helper()
	var ev [eventsPerTurn]Event
	n, err := p.Wait(ev[:])
	if err != nil || n != 1 || ev[0].Sock != s {
		t.Fatalf("Wait: %d events, %v, %v", n, ev[:n], err)
	}
	return ev[0].Flags
}

// A send that was taken and then fails, for want of buffers or because the peer is
// gone, has no caller left to tell: the connection ends, and its loop is told so.
func TestFailedSendEndsTheConnection(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNRESET, syscall.EPIPE} {
		p, s, _ := ringRig(t)
		p.late.add(s, []byte("words"), -int32(errno))
		if f := waitFor(t, p, s); f&Hangup == 0 {
			t.Errorf("after %v: %b, want Hangup", errno, f)
		}
		p.Close(s)
	}
}

// A kernel that takes no operation at all leaves a server that works, by calls of
// its own.
func TestKernelTakesNothing(t *testing.T) {
	p, s, peer := ringRig(t)
	ring := p.ring.fd
	defer func() { p.ring.fd = ring }()
	p.ring.fd = -1 // EBADF, whatever is asked for
	p.batching = true
	if n, err := p.Send(s, []byte("sent")); n != 4 || err != nil {
		t.Fatalf("Send: %d, %v", n, err)
	}
	unix.Write(peer, []byte("words"))
	waitFor(t, p, s)
	p.todo = append(p.todo, 1, 2, 3) // as if there were company
	scratch := make([]byte, ScratchBytes)
	if p.plain == 0 {
		t.Error("a refused batch is followed by another one")
	}
	if got, err := p.Recv(s, scratch); string(got) != "words" {
		t.Errorf("Recv: %q, %v", got, err)
	}
	p.late.serve()
	var got [8]byte
	if n, err := unix.Read(peer, got[:]); string(got[:max(n, 0)]) != "sent" {
		t.Errorf("the peer read %q, %v", got[:max(n, 0)], err)
	}
	p.Close(s)
}

// More operations than a call can do at once, on a socket that is full: each has its
// result, and none of them waits.
func TestRingNeverWaits(t *testing.T) {
	p, s, _ := ringRig(t)
	piece := make([]byte, 64<<10)
	for range 200 {
		p.epoll.Send(s, piece)
	}
	results := map[uint64]int32{}
	for i := range uint64(ringEntries) {
		p.ring.queue(ringOpSend, int(s.Index()), piece, i)
	}
	if !p.ring.submit(func(name uint64, result int32) { results[name] = result }) {
		t.Error("not all were taken")
	}
	for i := range uint64(ringEntries) {
		if results[i] != noResult {
			t.Errorf("send %d to a full socket: %d, want %d", i, results[i], noResult)
		}
	}
	p.Close(s)
}

// Bytes that were received ahead and not asked for are reported until they are, and
// are gone with the connection.
func TestKeptInput(t *testing.T) {
	p, s, peer := ringRig(t)
	scratch := make([]byte, ScratchBytes)
	receive := func(word string) {
		unix.Write(peer, []byte(word))
		waitFor(t, p, s)
		p.todo = append(p.todo[:0], s)
		p.receive(scratch) // and the loop goes elsewhere
	}
	receive("first")
	clear(scratch)
	copy(scratch, "first") // nobody writes there between
	for range 3 {
		if f := waitFor(t, p, s); f != Readable {
			t.Errorf("reported %b", f)
		}
	}
	p.Watch(s, 0)
	if n := p.reportKept(make([]Event, 4)); n != 0 {
		t.Error("an unwatched connection is reported")
	}
	p.Watch(s, Readable)
	clear(scratch)
	if got, err := p.Recv(s, scratch); string(got) != "first" || err != nil {
		t.Errorf("Recv: %q, %v", got, err)
	}
	if _, err := p.Recv(s, scratch); err != ErrAgain {
		t.Errorf("Recv of nothing: %v", err)
	}
	receive("second")
	p.Close(s)
	p.settle()
	if len(p.kept) != 0 {
		t.Error("input of a closed connection is kept")
	}
}

func TestWhyThereIsNoRing(t *testing.T) {
	defer func(was func() error) { ringMissing = was }(ringMissing)
	ringMissing = func() error { return why(syscall.ENOSYS) }
	b, err := ByName("io_uring")
	if err != nil || b.Name != "epoll" || !strings.Contains(b.Note, "io_uring cannot be used, epoll is: "+syscall.ENOSYS.Error()) {
		t.Errorf("%+v, %v", b, err)
	}
	if err := why(errors.New("other")); err.Error() != "other" {
		t.Error(err)
	}
}

// Slow handlers do without batches: for a turn at first, for longer each time, and not
// for ever.
func TestSlowBatchesBackOff(t *testing.T) {
	p, _, _ := ringRig(t)
	slow := func() int {
		p.plain, p.began = 0, time.Now().Add(-time.Second)
		p.judge()
		return p.plain
	}
	var turns []int
	for range 8 {
		turns = append(turns, slow())
	}
	p.plain, p.began = 0, time.Now().Add(time.Second) // in the future: it took no time at all
	p.judge()
	turns = append(turns, p.plain)
	if turns = append(turns, slow()); fmt.Sprint(turns) != "[1 2 4 8 16 32 64 64 0 1]" {
		t.Errorf("turns without batches: %v", turns)
	}
}
