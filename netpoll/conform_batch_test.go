package netpoll_test

// Conformance: many connections that are ready in the same turn, and what happens
// to some of them because of others. A backend that looks ahead has their bytes by
// then, or has their answers still.

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covetgo/covet/netpoll"
)

// together has conns clients that are known to the group's one loop, which then
// finds a word of each in the same turn.
func (r *rig) together(g *netpoll.Group, conns int, word func(i int) string) []peer {
	r.Helper()
	peers := make([]peer, conns)
	for i := range peers {
		peers[i] = r.dial()
	}
	r.eventually("all are accepted", func() bool { return g.Conns() == conns })
	r.speak(g, peers, word)
	return peers
}

// speak has all of them say something while the loop is held.
func (r *rig) speak(g *netpoll.Group, peers []peer, word func(i int) string) {
	r.Helper()
	on(r.T, g.Loops()[0], func() {
		for i, p := range peers {
			if _, ok := p.(fakePeer); ok || r.half() {
				io.WriteString(p, word(i))
			} else {
				go io.WriteString(p, word(i)) // a pipe waits for its reader, TLS for a handshake
			}
		}
	})
}

// half reports whether writing to a client of this rig waits for nobody.
func (r *rig) half() bool { return !r.noHalf && r.name != "std/tls" }

// Some of the calls of a turn do not come back; the rest of the turn does not suffer,
// and no word is lost or heard twice.
func testStealMidTurn(r *rig) {
	const conns = 40
	release := make(chan struct{})
	g := r.open(netpoll.Config{Loops: 1, Overrun: soon}, newCalls(r.T, func(p []byte) {
		if p[0] == 'w' {
			<-release
		}
	}))
	word := func(i int) string {
		return fmt.Sprintf("%c%d.", "wqqqq"[i%5], i)
	}
	peers := r.together(g, conns, word)
	for i, p := range peers {
		if i%5 != 0 {
			r.hear(p, word(i))
		}
	}
	close(release)
	for i, p := range peers {
		if i%5 == 0 {
			r.hear(p, word(i))
		}
		r.say(p, "and again")
	}
}

// The first connection of a turn unwatches every second one of the others. They say
// nothing until they are watched, and then all that was sent; meanwhile nobody turns
// in circles.
func testUnwatchNeighbours(r *rig) {
	const conns = 60
	var first netpoll.Sock
	unwatched, heard := map[netpoll.Sock]bool{}, map[netpoll.Sock]string{}
	g := r.openHooks(netpoll.Config{Loops: 1}, hooks{
		data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
			heard[s] += string(p)
			if unwatched[s] {
				r.Error("an unwatched connection was heard")
			}
			if first != 0 {
				return
			}
			first = s
			i := 0
			l.Each(func(other netpoll.Sock) {
				if i++; other != s && i%2 == 0 {
					unwatched[other] = true
					l.Watch(other, 0)
				}
			})
		},
	})
	l := g.Loops()[0]
	missing := func() (n int) { // of the words of those that are watched

		on(r.T, l, func() {
			n = conns - len(unwatched)
			whole := map[string]bool{}
			for _, word := range heard {
				whole[word] = whole[word] || len(word) == len("<00>")
			}
			for _, ok := range whole {
				if ok {
					n--
				}
			}
		})
		return n
	}
	r.together(g, conns, func(i int) string { return fmt.Sprintf("<%02d>", i) })
	r.eventually("the others are heard", func() bool { return missing() == 0 })
	before := r.turns.Load()
	time.Sleep(20 * time.Millisecond)
	if n := r.turns.Load() - before; n > 100 {
		r.Errorf("the loop made %d turns over connections that are not watched", n)
	}
	on(r.T, l, func() {
		for s := range unwatched {
			delete(unwatched, s)
			l.Watch(s, netpoll.Readable)
		}
	})
	r.eventually("all are heard", func() bool { return missing() == 0 })
}

// The first connection of a turn closes all others, which said something too: nobody
// hears that, and whoever gets their numbers is heard alone.
func testCloseNeighbours(r *rig) {
	const conns, rounds = 20, 5
	var heard []string
	g := r.openHooks(netpoll.Config{Loops: 1}, hooks{
		data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
			heard = append(heard, string(p))
			l.Each(func(other netpoll.Sock) {
				if other != s {
					l.Close(other)
				}
			})
			l.Close(s)
		},
	})
	for round := range rounds {
		word := fmt.Sprint("round ", round)
		peers := r.together(g, conns, func(int) string { return word })
		r.eventually("all are closed", func() bool { return g.Conns() == 0 })
		on(r.T, g.Loops()[0], func() {
			if len(heard) == 0 || heard[0] != word || strings.Contains(strings.Join(heard, ""), fmt.Sprint("round ", round-1)) {
				r.Errorf("heard %q in %s", heard, word)
			}
			heard = nil
		})
		for _, p := range peers {
			p.Close()
		}
	}
}

// Clients ask and do not read: small answers, many of them, until no more is taken.
// Then some of the connections are closed, some half-closed, and some go on: whoever
// reads at last gets every byte that was taken, in order.
func testSmallSendsPileUp(r *rig) {
	if r.chaos {
		r.Skip("a short send does not mean here that there is no room")
	}
	const conns, piece = 12, 3000
	taken, isFull := map[netpoll.Sock]int{}, map[netpoll.Sock]bool{} // the loop's
	var full, asked, heard atomic.Int32
	var finish func(l *netpoll.Loop, s netpoll.Sock, n int)
	g := r.openHooks(netpoll.Config{Loops: 1}, hooks{
		data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
			heard.Add(int32(len(p))) // all of it: to close with bytes unread is a reset
			for i := 0; i < 8*len(p) && !isFull[s]; i++ {
				at := taken[s] % len(alphabet[:36])
				n, err := l.Send(s, alphabet[at:][:piece])
				if err != nil {
					r.Errorf("Send: %v", err)
					return
				}
				taken[s] += n
				if n < piece {
					full.Add(1)
					isFull[s] = true
				}
			}
		},
		closed: func(l *netpoll.Loop, s netpoll.Sock, err error) {
			if err != nil {
				r.Errorf("Closed: %v", err)
			}
		},
		write: func(l *netpoll.Loop, s netpoll.Sock) { finish(l, s, 2) },
	})
	finish = func(l *netpoll.Loop, s netpoll.Sock, how int) {
		switch {
		case how == 0 || r.noHalf:
			l.Close(s)
		case how == 1:
			l.CloseWrite(s)
		default:
			n, err := l.Send(s, alphabet[taken[s]%36:][:piece])
			if err != nil {
				r.Errorf("Send: %v", err)
			}
			taken[s] += n
			if n < piece {
				l.Watch(s, netpoll.Writable)
				return
			}
			l.CloseWrite(s)
			l.Watch(s, netpoll.Readable)
		}
	}
	asked.Add(conns)
	peers := r.together(g, conns, func(int) string { return "x" })
	r.eventually("nobody takes any more", func() bool {
		if full.Load() < conns && heard.Load() == asked.Load() {
			asked.Add(conns)
			r.speak(g, peers, func(int) string { return "x" })
		}
		return full.Load() == conns && heard.Load() == asked.Load()
	})
	on(r.T, g.Loops()[0], func() {
		i := 0
		g.Loops()[0].Each(func(s netpoll.Sock) {
			if i%3 == 2 && !r.noHalf {
				g.Loops()[0].Watch(s, netpoll.Writable)
			} else {
				finish(g.Loops()[0], s, i%3)
			}
			i++
		})
	})
	sums := make([]int, conns)
	var reading sync.WaitGroup
	for i, p := range peers {
		reading.Go(func() {
			got, err := io.ReadAll(p)
			if sums[i] = len(got); err != nil && r.name != "std/pipe" {
				r.Errorf("client %d read %d bytes, %v", i, len(got), err)
			}
			want := bytes.Repeat(alphabet[:36], len(got)/36+1)[:len(got)]
			if !bytes.Equal(got, want) {
				r.Errorf("client %d: bytes are missing or out of order", i)
			}
			p.Close()
		})
	}
	reading.Wait()
	r.eventually("all are closed", func() bool { return g.Conns() == 0 })
	sent, got := 0, 0
	on(r.T, g.Loops()[0], func() {
		for _, n := range taken {
			sent += n
		}
	})
	for _, n := range sums {
		got += n
	}
	if sent != got {
		r.Errorf("%d bytes were taken and %d arrived", sent, got)
	}
}

// manyConns is how many connections testManyConnections has where the system allows it.
const manyConns = 10_000

// TestManyConnections: all of them speak and are answered, twice, and leave.
func TestManyConnections(t *testing.T) {
	for _, k := range kinds {
		if k.backend == nil || strings.Contains(k.name, "/") {
			continue
		}
		t.Run(k.name, func(t *testing.T) { testManyConnections(&rig{T: t, kind: k}) })
	}
}

func testManyConnections(r *rig) {
	conns := min(manyConns, descriptors()/2-300) // both ends are this process's
	if r.name == "std" {
		conns = min(conns, 3000) // two goroutines each: the race detector has room for 8128
	}
	if conns < 200 {
		r.Skip("too few descriptors are allowed")
	}
	g := r.open(netpoll.Config{Loops: 2}, newEcho)
	peers := make([]peer, conns)
	defer func() {
		for _, p := range peers {
			if p != nil {
				p.Reset() // leaves no port in TIME_WAIT
			}
		}
		r.eventually("all have left", func() bool { return g.Conns() == 0 })
	}()
	for i := range peers {
		peers[i] = r.dial()
	}
	for round := range 2 {
		for i, p := range peers {
			fmt.Fprintf(p, "%d says %d", i, round)
		}
		for i, p := range peers {
			r.hear(p, fmt.Sprintf("%d says %d", i, round))
		}
	}
	r.evenly(g, conns)
}
