package httpcore_test

// What a request costs without the kernel: loop, parser, router, handler and
// response, on a poller that has the same request ready again and again.

import (
	"net"
	"os"
	"strconv"
	"testing"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/internal/cpufeat"
	"github.com/covetgo/covet/netpoll"
)

// loadPoller gives one connection the same bytes a given number of times, or several inputs in turn; when the server
// ends it, the client does as well, and another one connects.
type loadPoller struct {
	inputs   [][]byte
	next     int  // of inputs
	ended    bool // the server has sent FIN
	piece    int  // bytes that one Recv gives; 0: all
	at       int  // in input, when it comes in pieces
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
	case (p.turns > 0 || p.ended) && p.sock != 0:
		n := min(len(ev), 64, max(1, p.turns)) // 64 connections' worth of events in one turn
		if len(p.inputs) > 1 {
			n = 1 // the connection may be gone after it
		}
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
	if p.ended {
		p.turns++ // which this end of a connection was none of
		return nil, nil
	}
	input := p.inputs[p.next]
	if p.piece == 0 {
		if p.next++; p.next == len(p.inputs) {
			p.next = 0
		}
		return b[:copy(b, input)], nil
	}
	n := copy(b, input[p.at:min(p.at+p.piece, len(input))])
	if p.at += n; p.at == len(input) {
		p.at = 0
	}
	return b[:n], nil
}

func (p *loadPoller) Add(s netpoll.Sock) error { p.sock = s; return nil }
func (p *loadPoller) Send(_ netpoll.Sock, b []byte) (int, error) {
	p.sent += len(b)
	return len(b), nil
}
func (p *loadPoller) CloseWrite(netpoll.Sock) error               { p.ended = true; return nil }
func (p *loadPoller) Close(netpoll.Sock)                          { p.sock, p.accepted, p.ended = 0, false, false }
func (p *loadPoller) Tick(int)                                    {}
func (p *loadPoller) Listen(netpoll.Sock, netpoll.Listener) error { return nil }
func (p *loadPoller) Unlisten(netpoll.Sock, netpoll.Listener)     {}
func (p *loadPoller) Refuse(uint32, []byte)                       {}
func (p *loadPoller) Watch(netpoll.Sock, netpoll.Flag) error      { return nil }
func (p *loadPoller) LocalAddr(netpoll.Sock) net.Addr             { return nil }
func (p *loadPoller) RemoteAddr(netpoll.Sock) net.Addr            { return nil }
func (p *loadPoller) Shut()                                       {}

// BenchmarkTurn is one request in a turn of the loop, on each instruction set: what the kernels of parser/asm are worth in
// all that a server does but for the system calls.
func BenchmarkTurn(b *testing.B) {
	defer cpufeat.Use(cpufeat.Active())
	const line = "GET /plaintext HTTP/1.1"
	browser := line + "\r\nHost: server\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20130501 Firefox/30.0 AppleWebKit/600.00 Chrome/30.0.0000.0 Trident/10.0 Safari/600.00\r\n" +
		"Cookie: uid=12345678901234567890; __utma=1.1234567890.1234567890.1234567890.1234567890.12; wd=2560x1600\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nConnection: keep-alive\r\n\r\n"
	fields := browser[:len(browser)-len("\r\n")]
	for _, c := range []turnCase{
		{"plaintext/depth1", []string{get}, 1, 0},
		{"plaintext/depth16", []string{repeat(get, 16)}, 16, 0},
		{"browser/depth1", []string{browser}, 1, 0},
		{"browser/depth16", []string{repeat(browser, 16)}, 16, 0},
		{"browser/29bytes", []string{browser}, 1, 29},
		{"cookie7k/depth1", []string{line + "\r\nHost: a\r\nCookie: " + repeat("c", 7700) + "\r\n\r\n"}, 1, 0},
		// three of five are refused: for their first line, for the last one, and for what their fields say together
		{"malformed60/depth1", []string{browser, line + "x" + browser[len(line):], browser, fields[:len(fields)-2] + "\x00\r\n\r\n",
			fields + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}, 1, 0},
		{"param/depth1", []string{"GET /user/12345 HTTP/1.1\r\nHost: a\r\n\r\n"}, 1, 0},
		{"echo1k/depth1", []string{"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1024\r\n\r\n" + repeat("x", 1024)}, 1, 0},
	} {
		for _, level := range levelsInTurn() {
			b.Run(c.name+"/covet-"+level.String(), func(b *testing.B) {
				cpufeat.Use(level)
				c.run(b)
			})
		}
	}
}

// levelsInTurn begins with another level in each of several rounds, whose number COVET_BENCH_TURN has.
func levelsInTurn() (levels []cpufeat.Level) {
	turn, _ := strconv.Atoi(os.Getenv("COVET_BENCH_TURN"))
	n := int(cpufeat.Best()-cpufeat.Go) + 1
	for i := range n {
		levels = append(levels, cpufeat.Go+cpufeat.Level((i+turn)%n))
	}
	return levels
}

type turnCase struct {
	name     string
	inputs   []string // in turn
	requests int      // in each
	piece    int      // bytes that come at once; 0: all
}

func (c turnCase) run(b *testing.B) {
	p := &loadPoller{piece: c.piece, turns: max(1, b.N/c.requests), done: make(chan struct{}), woken: make(chan struct{}, 1)}
	for _, input := range c.inputs {
		p.inputs = append(p.inputs, []byte(input))
	}
	if c.piece > 0 {
		p.turns = b.N * ((len(c.inputs[0]) + c.piece - 1) / c.piece)
	}
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
}
