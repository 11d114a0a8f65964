package netpoll_test

// What is special about descriptors: files of Unix sockets, and running out of
// descriptors.

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/covetgo/covet/netpoll"
)

// Whoever made the socket's file decides whether closing removes it: one that
// was inherited (socket activation) must stay.
func TestUnixSocketFileStays(t *testing.T) {
	for _, backend := range []*netpoll.Backend{netpoll.Epoll(), netpoll.IOUring(), netpoll.Std()} {
		path := filepath.Join(t.TempDir(), "s")
		ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		ln.SetUnlinkOnClose(false)
		before := resources()
		g := openWith(t, netpoll.Config{Loops: 1, Backend: backend}, hooks{})
		if err := g.Listen(ln); err != nil {
			t.Fatal(err)
		}
		g.Close()
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", backend.Name, err)
		}
		before.goroutines++ // the listener's goroutine may have been counted before
		before.files++
		before.compare(t)
	}
}

// A client that vanishes without a word is noticed: what the system asks is set on every connection.
func TestVanishedClientsAreAskedFor(t *testing.T) {
	for _, backend := range []*netpoll.Backend{netpoll.Epoll(), netpoll.IOUring()} {
		ln, dial := tcp("127.0.0.1:0")(t)
		options := make(chan [4]int, 1)
		g := openWith(t, netpoll.Config{Loops: 1, Backend: backend}, hooks{data: func(_ *netpoll.Loop, s netpoll.Sock, _ []byte) {
			var got [4]int
			for i, o := range [...][2]int{{unix.SOL_SOCKET, unix.SO_KEEPALIVE}, {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE}, {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL}, {unix.IPPROTO_TCP, unix.TCP_KEEPCNT}} {
				got[i], _ = unix.GetsockoptInt(int(s.Index()), o[0], o[1]) // the index is the descriptor
			}
			options <- got
		}})
		if err := g.Listen(ln); err != nil {
			t.Fatal(err)
		}
		c, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		c.Write(alphabet[:1])
		if got, want := <-options, [4]int{1, 60, 15, 4}; got != want {
			t.Errorf("%s: SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT are %v, want %v", backend.Name, got, want)
		}
		c.Close()
		g.Close()
	}
}

func TestRefusalReachesWhoHasSpoken(t *testing.T) {
	for _, backend := range []*netpoll.Backend{netpoll.Epoll(), netpoll.IOUring(), netpoll.Std()} {
		ln, dial := tcp("127.0.0.1:0")(t)
		first, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		defer first.Close()
		second, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		defer second.Close()
		second.Write(alphabet[:1000]) // is there before the connection is accepted
		g := openWith(t, netpoll.Config{Loops: 1, Backend: backend, ConnsMax: 1, Refusal: []byte("no room")}, hooks{})
		defer g.Close()
		if err := g.Listen(ln); err != nil {
			t.Fatal(err)
		}
		second.SetDeadline(time.Now().Add(patience))
		if got, err := io.ReadAll(second); string(got) != "no room" || err != nil {
			t.Errorf("%s: read %q, %v: want the refusal and no reset", backend.Name, got, err)
		}
	}
}

// TestNoConnectionLingers: closing one that lingers waits, and a loop must not. A
// time of zero is no waiting but a reset, and stays what its owner wanted.
func TestNoConnectionLingers(t *testing.T) {
	for asked, lingers := range map[int32]bool{5: false, 0: true} {
		ln, dial := tcp("127.0.0.1:0")(t)
		raw, err := ln.(*net.TCPListener).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		raw.Control(func(fd uintptr) {
			err = unix.SetsockoptLinger(int(fd), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: asked})
		})
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan unix.Linger, 1)
		g := openWith(t, netpoll.Config{Loops: 1, Backend: netpoll.Epoll()}, hooks{open: func(_ *netpoll.Loop, s netpoll.Sock) {
			if l, err := unix.GetsockoptLinger(int(s.Index()), unix.SOL_SOCKET, unix.SO_LINGER); err == nil {
				got <- *l
			}
		}})
		if err := g.Listen(ln); err != nil {
			t.Fatal(err)
		}
		conn, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		conn.Write(alphabet[:1])
		if l := <-got; (l.Onoff != 0) != lingers {
			t.Errorf("a listener that lingers for %d s accepts connections with %+v", asked, l)
		}
		conn.Close()
		g.Close()
	}
}

const (
	filesVariable = "COVET_TEST_FILES" // names the backend in the child process
	filesMax      = 40
)

// A server in a process that may open few files runs out of them, serves those
// it has, and goes on when some are closed.
func TestOutOfFiles(t *testing.T) {
	if name := os.Getenv(filesVariable); name != "" {
		serveWithFewFiles(name)
		return
	}
	for _, name := range []string{"epoll", "io_uring", "std"} {
		t.Run(name, func(t *testing.T) { outOfFiles(t, name) })
	}
}

func outOfFiles(t *testing.T, name string) {
	child := exec.Command(os.Args[0], "-test.run=^TestOutOfFiles$")
	child.Env = append(os.Environ(), filesVariable+"="+name)
	child.Stderr = os.Stderr
	in, _ := child.StdinPipe()
	out, _ := child.StdoutPipe()
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait()
	defer in.Close() // the child ends when its input does
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var conns []net.Conn
	for range 2 * filesMax {
		c, err := net.Dial("tcp", strings.TrimSpace(addr))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		conns = append(conns, c)
	}
	if err := talk(netPeer{conns[0]}, []byte("the first is served")); err != nil {
		t.Error(err)
	}
	for _, c := range conns[:len(conns)*3/4] {
		c.Close()
	}
	for i, c := range conns[len(conns)*3/4:] {
		if err := talk(netPeer{c}, []byte("so are the last")); err != nil {
			t.Fatalf("connection %d of the rest: %v", i, err)
		}
	}
}

func serveWithFewFiles(name string) {
	backend, err := netpoll.ByName(name)
	if err != nil {
		panic(err)
	}
	g, err := netpoll.Open(netpoll.Config{Loops: 2, Backend: backend, NewHandler: newEcho})
	if err != nil {
		panic(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	addr := ln.Addr().String()
	if err := g.Listen(ln); err != nil {
		panic(err)
	}
	unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: filesMax, Max: filesMax})
	fmt.Println(addr)
	io.Copy(io.Discard, os.Stdin)
	g.Close()
	os.Exit(0)
}

// TestAlarmAllocatesNothing: it rings a thousand times a second.
func TestAlarmAllocatesNothing(t *testing.T) {
	const rings = 200
	rung := make(chan struct{}, rings)
	a, err := netpoll.NewAlarm(100*time.Microsecond, func() {
		select {
		case rung <- struct{}{}:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	a.Start()
	<-rung
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rings {
		<-rung
	}
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > rings/10 { // others may allocate a little
		t.Errorf("%d allocations in %d rings", n, rings)
	}
}
