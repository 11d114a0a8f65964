package httpcore_test

// What a request costs without the kernel: loop, parser, router, handler and
// response, on a poller that has the same request ready again and again.

import (
	"net"
	"testing"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/netpoll"
)

// loadPoller gives one connection the same bytes a given number of times.
type loadPoller struct {
	input    []byte
	piece    int // bytes that one Recv gives; 0: all
	at       int // in input, when it comes in pieces
	turns    int
	accepted bool
	sock     netpoll.Sock
	done     chan struct{}
	woken    chan struct{}
	sent     int
}

func (p *loadPoller) Wait(ev []netpoll.Event) (int, error) {
	switch {
	case !p.accepted:
		select { // the listener has to be registered first
		case <-p.woken:
		default:
		}
		ev[0] = netpoll.Event{Sock: netpoll.MakeSock(0, 0), Flags: netpoll.Readable}
		return 1, nil
	case p.turns > 0 && p.sock != 0:
		n := min(len(ev), 64, p.turns) // 64 connections' worth of events in one turn
		for i := range n {
			ev[i] = netpoll.Event{Sock: p.sock, Flags: netpoll.Readable}
		}
		p.turns -= n
		return n, nil
	}
	if p.done != nil {
		close(p.done)
		p.done = nil
	}
	<-p.woken
	return 0, nil
}

func (p *loadPoller) Wake() {
	select {
	case p.woken <- struct{}{}:
	default:
	}
}

func (p *loadPoller) Accept(netpoll.Listener) (uint32, error) {
	if p.accepted {
		return 0, netpoll.ErrAgain
	}
	p.accepted = true
	return 0, nil
}

func (p *loadPoller) Recv(_ netpoll.Sock, b []byte) ([]byte, error) {
	if p.piece == 0 {
		return b[:copy(b, p.input)], nil
	}
	n := copy(b, p.input[p.at:min(p.at+p.piece, len(p.input))])
	if p.at += n; p.at == len(p.input) {
		p.at = 0
	}
	return b[:n], nil
}

func (p *loadPoller) Add(s netpoll.Sock) error { p.sock = s; return nil }
func (p *loadPoller) Send(_ netpoll.Sock, b []byte) (int, error) {
	p.sent += len(b)
	return len(b), nil
}
func (p *loadPoller) Tick(int)                                    {}
func (p *loadPoller) Listen(netpoll.Sock, netpoll.Listener) error { return nil }
func (p *loadPoller) Unlisten(netpoll.Sock, netpoll.Listener)     {}
func (p *loadPoller) Refuse(uint32, []byte)                       {}
func (p *loadPoller) Watch(netpoll.Sock, netpoll.Flag) error      { return nil }
func (p *loadPoller) CloseWrite(netpoll.Sock) error               { return nil }
func (p *loadPoller) Close(netpoll.Sock)                          {}
func (p *loadPoller) LocalAddr(netpoll.Sock) net.Addr             { return nil }
func (p *loadPoller) RemoteAddr(netpoll.Sock) net.Addr            { return nil }
func (p *loadPoller) Shut()                                       {}

func BenchmarkTurn(b *testing.B) {
	browser := "GET /plaintext HTTP/1.1\r\nHost: server\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20130501 Firefox/30.0 AppleWebKit/600.00 Chrome/30.0.0000.0 Trident/10.0 Safari/600.00\r\n" +
		"Cookie: uid=12345678901234567890; __utma=1.1234567890.1234567890.1234567890.1234567890.12; wd=2560x1600\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nConnection: keep-alive\r\n\r\n"
	for _, c := range []struct {
		name, input string
		requests    int
		piece       int
	}{
		{"plaintext/depth1", get, 1, 0},
		{"plaintext/depth16", repeat(get, 16), 16, 0},
		{"browser/depth1", browser, 1, 0},
		{"browser/depth16", repeat(browser, 16), 16, 0},
		{"browser/29bytes", browser, 1, 29},
		{"cookie7k/depth1", "GET /plaintext HTTP/1.1\r\nHost: a\r\nCookie: " + repeat("c", 7700) + "\r\n\r\n", 1, 0},
		{"param/depth1", "GET /user/12345 HTTP/1.1\r\nHost: a\r\n\r\n", 1, 0},
		{"echo1k/depth1", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1024\r\n\r\n" + repeat("x", 1024), 1, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			turns := max(1, b.N/c.requests)
			if c.piece > 0 {
				turns = b.N * ((len(c.input) + c.piece - 1) / c.piece)
			}
			p := &loadPoller{input: []byte(c.input), piece: c.piece, turns: turns, done: make(chan struct{}), woken: make(chan struct{}, 1)}
			done := p.done
			app := newApp(httpcore.Config{Backend: &netpoll.Backend{
				Name:   "load",
				Open:   func() (netpoll.Poller, error) { return p, nil },
				Listen: func(ln net.Listener) (netpoll.Listener, error) { return ln, nil },
			}})
			b.ReportAllocs()
			serve(b, app)
			<-done
			b.StopTimer()
			if p.sent == 0 {
				b.Fatal("nothing was answered")
			}
		})
	}
}
