package netpoll_test

// What only the io_uring backend has: batches, and a system that forbids them.

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/covetgo/covet/netpoll"
)

func ringOrSkip(tb testing.TB) *netpoll.Backend {
	b := netpoll.IOUring()
	if b.Note != "" {
		tb.Skip(b.Note)
	}
	return b
}

// chorus is a group of one loop with conns connections that all say word at once,
// as often as round is called, and hear it.
func chorus(tb testing.TB, b *netpoll.Backend, conns int, word string) (g *netpoll.Group, round func()) {
	g, err := netpoll.Open(netpoll.Config{Loops: 1, Backend: b, NewHandler: newEcho})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(g.Close)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	addr := ln.Addr().String()
	if err := g.Listen(ln); err != nil {
		tb.Fatal(err)
	}
	peers := make([]net.Conn, conns)
	for i := range peers {
		if peers[i], err = net.Dial("tcp", addr); err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { peers[i].Close() })
	}
	said, heard := []byte(word), make([]byte, len(word))
	held, release := make(chan struct{}), make(chan struct{})
	hold := &netpoll.Task{Run: func() { held <- struct{}{}; <-release }}
	return g, func() {
		g.Loops()[0].Post(hold)
		<-held
		for _, p := range peers {
			p.Write(said)
		}
		release <- struct{}{}
		for _, p := range peers {
			for n := 0; n < len(heard); {
				got, err := p.Read(heard[n:])
				if err != nil {
					tb.Error(err)
					return
				}
				n += got
			}
			if string(heard) != word {
				tb.Errorf("heard %q", heard)
			}
		}
	}
}

// 64 connections that are ready together: their recvs and sends are done by fewer
// calls than there are connections.
func TestRingServesManyWithOneCall(t *testing.T) {
	const conns, rounds = 64, 20
	g, round := chorus(t, ringOrSkip(t), conns, "all together")
	for range rounds {
		round()
	}
	s := g.Stats()
	if s.Backend != "io_uring" || s.RingEnters == 0 || s.RingOps < conns*rounds || s.RingOps < 4*s.RingEnters {
		t.Errorf("%s: %d rounds of %d connections took %d calls for %d operations", s.Backend, rounds, conns, s.RingEnters, s.RingOps)
	}
}

func TestBatchAllocatesNothing(t *testing.T) {
	_, round := chorus(t, ringOrSkip(t), 32, "not a byte")
	for range 20 {
		round()
	}
	if n := testing.AllocsPerRun(50, round); n != 0 {
		t.Errorf("a turn of 32 connections allocates %v times", n)
	}
}

// Words that fill a connection's share of the scratch, and more than that.
func TestRingWithLongWords(t *testing.T) {
	_, round := chorus(t, ringOrSkip(t), 20, strings.Repeat("long", 8<<10))
	for range 5 {
		round()
	}
}

const forbiddenVariable = "COVET_TEST_NO_RING" // makes the child a process without io_uring

// TestRingIsForbidden: under a seccomp filter like that of most containers the server
// runs on epoll, and says why.
func TestRingIsForbidden(t *testing.T) {
	if os.Getenv(forbiddenVariable) != "" {
		forbidRings(t)
		b, err := netpoll.ByName("io_uring")
		if err != nil {
			t.Fatal(err)
		}
		_, round := chorus(t, b, 8, "on epoll")
		round()
		fmt.Printf("%s: %s\n", b.Name, b.Note)
		return
	}
	ringOrSkip(t)
	child := exec.Command(os.Args[0], "-test.run=^TestRingIsForbidden$", "-test.v")
	child.Env = append(os.Environ(), forbiddenVariable+"=1")
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "epoll: io_uring cannot be used, epoll is: io_uring_setup: operation not permitted: forbidden by a seccomp filter") {
		t.Errorf("%v\n%s", err, out)
	}
}

// forbidRings makes io_uring_setup fail with EPERM, for all threads.
func forbidRings(t *testing.T) {
	const filterTSync = 1 // SECCOMP_FILTER_FLAG_TSYNC
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Skip(err)
	}
	code := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_IO_URING_SETUP, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	// SAFETY: program and code are live until the call returns; the kernel copies them.
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, filterTSync, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		t.Skip(errno)
	}
}
