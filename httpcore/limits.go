package httpcore

// Every bound of the server, with its unit and its reason. A zero in Limits
// means the default that stands here; a value out of range is an error of Serve.

import (
	"fmt"
	"math"
	"time"

	"github.com/covetgo/covet/netpoll"
	"github.com/covetgo/covet/parser"
)

// Limits bound what one client can cost. The zero value means the defaults.
type Limits struct {
	// HeadBytesMax bounds start line and fields together, in bytes; over it the
	// answer is 431. At most 65535: the parser's spans are 16 bits wide.
	HeadBytesMax int
	// TargetBytesMax bounds the request target, in bytes; over it 414. RFC 9112
	// §3 recommends to support request lines of at least 8000 octets.
	TargetBytesMax int
	// FieldCountMax bounds the number of field lines; over it 431.
	FieldCountMax int
	// BodyBytesMax bounds a request body after decoding, in bytes; over it 413.
	BodyBytesMax int64
	// StreamBytesMax is the same for routes with StreamBody, which never hold a
	// whole body.
	StreamBytesMax int64
	// ConnsMax bounds open connections; one more is answered 503 and closed.
	// 0 means no bound but the system's.
	ConnsMax int
	// ConnsPerIPMax bounds those of one IP address (of an IPv6 address, its /64
	// network: one host usually has that whole). 0 means no bound; behind a proxy
	// all clients may have one address.
	ConnsPerIPMax int
	// RequestsPerConnMax is after how many requests a connection ends; 0 means no
	// bound. It lets a load balancer spread clients anew.
	RequestsPerConnMax int
	// OffLoopMax bounds the handlers that are off their loops at a time, whether
	// they run or are held until there is a processor for them: one more request for a route that is Blocking or remembered as slow is
	// answered 503 with Retry-After. Handlers that begin on the loop and leave it
	// are counted, and not held back.
	OffLoopMax int

	// HeadTimeout is the longest time from accepting to the first byte, and from
	// the first byte of a head to its end; over it 408 if a byte had come.
	HeadTimeout time.Duration
	// BodyTimeout and BodyBytesPerSecondMin are how long a body may take from the end of
	// its head: BodyTimeout, and one second more for every BodyBytesPerSecondMin bytes that
	// have come; over it 408. While a handler with StreamBody does not keep up, no
	// time passes.
	BodyTimeout           time.Duration
	BodyBytesPerSecondMin int64
	// IdleTimeout is how long a kept-alive connection may wait for its next
	// request. It closes silently.
	IdleTimeout time.Duration
	// WriteTimeout and WriteBytesPerSecondMin are the same for a response that the client
	// does not read as fast as it is sent; the connection closes then.
	WriteTimeout           time.Duration
	WriteBytesPerSecondMin int64
	// LingerTimeout is how long a connection stays half-closed after a final
	// response, so that the client can read it (RFC 9112 §9.6).
	LingerTimeout time.Duration
}

// The defaults.
const (
	headBytesMax   = 16 << 10 // four times what browsers send with large cookies
	targetBytesMax = 8 << 10
	fieldCountMax  = 100 // browsers send about 20, proxies add 10
	bodyBytesMax   = 4 << 20
	streamBytesMax = 1 << 30

	offLoopMax = 16 << 10 // about 12 KiB each with a stack and a small request: 200 MiB

	headTimeout            = 10 * time.Second
	bodyTimeout            = 30 * time.Second
	bodyBytesPerSecondMin  = 1 << 10          // bytes per second; a modem did more
	idleTimeout            = 75 * time.Second // longer than common load balancers' 60 s, which close first then
	writeTimeout           = 60 * time.Second
	writeBytesPerSecondMin = 1 << 10
	lingerTimeout          = 2 * time.Second
)

// Bounds that are not worth a setting.
const (
	// outBytesFlush is when the responses of one turn are sent before the turn
	// ends, so that pipelining cannot grow the output without bound.
	outBytesFlush = 64 << 10
	// discardBytesMax is how much of a body that its handler did not want is
	// still received, to keep the connection.
	discardBytesMax = 256 << 10
	// lingerBytesMax is how much a refused client may still send before the
	// connection is cut off.
	lingerBytesMax = 256 << 10
	// drainFirstRequest is how long a connection that was accepted during
	// Shutdown may take for its one request.
	drainFirstRequest = time.Second
	// bodyBytesTrusted is how much of a body is made room for at once when its
	// length is declared; beyond that, room grows with what has come.
	bodyBytesTrusted = keptWorkBytesMax
	// requestsPerTurnMax is how many pipelined requests a connection is served
	// before the others have their turn. It bounds neither depth nor order.
	requestsPerTurnMax = 128
)

// A head of the default size, and its end, comes in one piece if it can.
const _ uint = netpoll.ScratchBytes - headBytesMax

func (l Limits) withDefaults() Limits {
	orInt := func(p *int, d int) {
		if *p == 0 {
			*p = d
		}
	}
	orInt64 := func(p *int64, d int64) {
		if *p == 0 {
			*p = d
		}
	}
	orTime := func(p *time.Duration, d time.Duration) {
		if *p == 0 {
			*p = d
		}
	}
	orInt(&l.HeadBytesMax, headBytesMax)
	orInt(&l.TargetBytesMax, min(targetBytesMax, l.HeadBytesMax))
	orInt(&l.FieldCountMax, fieldCountMax)
	orInt(&l.OffLoopMax, offLoopMax)
	orInt64(&l.BodyBytesMax, bodyBytesMax)
	orInt64(&l.StreamBytesMax, streamBytesMax)
	orInt64(&l.BodyBytesPerSecondMin, bodyBytesPerSecondMin)
	orInt64(&l.WriteBytesPerSecondMin, writeBytesPerSecondMin)
	orTime(&l.HeadTimeout, headTimeout)
	orTime(&l.BodyTimeout, bodyTimeout)
	orTime(&l.IdleTimeout, idleTimeout)
	orTime(&l.WriteTimeout, writeTimeout)
	orTime(&l.LingerTimeout, lingerTimeout)
	return l
}

// check says what is wrong with limits that have their defaults.
func (l Limits) check() error {
	for _, c := range []struct {
		name          string
		got, min, max int64
	}{
		{"HeadBytesMax", int64(l.HeadBytesMax), 64, parser.HeadBytesCap},
		{"TargetBytesMax", int64(l.TargetBytesMax), 16, int64(l.HeadBytesMax)},
		{"FieldCountMax", int64(l.FieldCountMax), 1, parser.FieldCountCap},
		{"BodyBytesMax", l.BodyBytesMax, 1, min(1<<40, math.MaxInt-parser.HeadBytesCap)}, // bodies are whole, in memory
		{"StreamBytesMax", l.StreamBytesMax, 1, 1 << 50},
		{"ConnsMax", int64(l.ConnsMax), 0, netpoll.SlabEntriesMax},
		{"ConnsPerIPMax", int64(l.ConnsPerIPMax), 0, netpoll.SlabEntriesMax},
		{"RequestsPerConnMax", int64(l.RequestsPerConnMax), 0, math.MaxInt32},
		{"BodyBytesPerSecondMin", l.BodyBytesPerSecondMin, 1, 1 << 40},
		{"WriteBytesPerSecondMin", l.WriteBytesPerSecondMin, 1, 1 << 40},
		{"OffLoopMax", int64(l.OffLoopMax), 1, 1 << 24},
		{"HeadTimeout", int64(l.HeadTimeout), int64(time.Millisecond), int64(24 * time.Hour)},
		{"BodyTimeout", int64(l.BodyTimeout), int64(time.Millisecond), int64(24 * time.Hour)},
		{"IdleTimeout", int64(l.IdleTimeout), int64(time.Millisecond), int64(24 * time.Hour)},
		{"WriteTimeout", int64(l.WriteTimeout), int64(time.Millisecond), int64(24 * time.Hour)},
		{"LingerTimeout", int64(l.LingerTimeout), int64(time.Millisecond), int64(24 * time.Hour)},
	} {
		if c.got < c.min || c.got > c.max {
			return fmt.Errorf("httpcore: Limits.%s is %d; it must be from %d to %d", c.name, c.got, c.min, c.max)
		}
	}
	return nil
}

// parserLimits is what the parser has to know of them.
func (l Limits) parserLimits() parser.Limits {
	p := parser.DefaultLimits()
	p.HeadBytesMax = l.HeadBytesMax
	p.TargetBytesMax = l.TargetBytesMax
	p.FieldLineBytesMax = l.HeadBytesMax
	p.FieldCountMax = l.FieldCountMax
	return p
}
