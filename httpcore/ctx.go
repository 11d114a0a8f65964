package httpcore

// A request as its handler sees it; reply.go has the other half.

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync/atomic"

	"github.com/covetgo/covet/netpoll"
	"github.com/covetgo/covet/parser"
	"github.com/covetgo/covet/router"
)

// Ctx is one request and its response. It belongs to the handler until that
// returns, and to one goroutine at a time. As a [context.Context] (context.go) it
// may be passed to others, by a handler that has left its loop: Done, LeaveLoop,
// or a Blocking route. Slices that it returns are borrowed until the handler
// returns.
type Ctx struct {
	app    *App
	engine *engine
	loop   *netpoll.Loop
	sock   netpoll.Sock

	// The request. All spans are relative to in.
	head   parser.Head
	in     []byte
	body   []byte
	params router.Params
	route  int32 // −1: none matched

	response
	scratch []byte // decoded values; grows only, so that earlier ones stay good
	values  []pair
	upload  *upload // the body, if it is read while it comes
	read    int     // of body, by Read
	life    lifetime

	// What in and body may be parts of, beside the loop's own scratch.
	input    []byte // a request that did not come in one piece, or was copied
	chunk    []byte // a body that was decoded from chunks
	trailers []byte // the lines behind it
	lent     []byte // netpoll's scratch, since the loop was taken away

	// Where the handler runs (offloop.go).
	ticket   netpoll.Ticket
	offLoop  bool         // on a goroutine of its own; as the handler knows it
	leaves   atomic.Bool  // of its own accord
	released atomic.Bool  // its handler has returned; only known with poisoning
	home     netpoll.Task // brings it back
	errand   netpoll.Task // what the loop does for it meanwhile
	weight   int          // what it adds to the load: the crowd's, as is start
	start    uint64       // its number among those with a weight; 0 none
}

// begin makes c the context of the request that is parsed in c.head.
func (c *Ctx) begin(s netpoll.Sock, in, body []byte) {
	c.sock, c.in, c.body = s, in, body
	c.route = -1
	c.scratch = keepSmall(c.scratch)
	clear(c.values) // what the last request had stored is not kept alive
	c.values = c.values[:0]
	c.upload, c.read = nil, 0
	c.response.begin()
}

// maySend reports whether the client may still be sending although it has said
// that it will ask for nothing more.
func (c *Ctx) maySend() bool { return !c.head.Close || c.upload != nil && c.upload.open }

// Method is the request's method, as sent: methods are case-sensitive.
func (c *Ctx) Method() []byte {
	c.use()
	return c.head.MethodName.In(c.in)
}

// Target is the request target as it was sent (RFC 9112 §3.2).
func (c *Ctx) Target() []byte {
	c.use()
	return c.head.Target.In(c.in)
}

// ProtoMinor is the version's second digit: 0 for HTTP/1.0, and 1 for HTTP/1.1
// and what is newer.
func (c *Ctx) ProtoMinor() int {
	c.use()
	return int(c.head.Minor)
}

// ContentLength is the length of the request's body in bytes, as its head says;
// −1 if that does not, because the body is chunked.
func (c *Ctx) ContentLength() int64 {
	c.use()
	if c.head.Chunked {
		return -1
	}
	return c.head.ContentLength
}

// Path is the path of the target as it was sent: percent-encoded, without the
// query. It is "/" for a target without path.
func (c *Ctx) Path() []byte {
	c.use()
	if c.head.Path.Len == 0 {
		return rootPath
	}
	return c.head.Path.In(c.in)
}

var rootPath = []byte("/")

// RawQuery is what follows the '?' of the target, as it was sent.
func (c *Ctx) RawQuery() []byte {
	c.use()
	return c.head.Query.In(c.in)
}

// Host is the authority the request is for: that of an absolute target, else
// the Host field. Empty only for an HTTP/1.0 request without it.
func (c *Ctx) Host() []byte {
	c.use()
	return c.head.Host.In(c.in)
}

// Body is the request's content, decoded from its transfer coding.
func (c *Ctx) Body() []byte {
	c.use()
	return c.body
}

// Field returns the value of the first field of that name, in any case, without
// white space around it; nil if there is none.
func (c *Ctx) Field(name string) []byte {
	c.use()
	v, _ := c.head.Field(c.in, name)
	return v
}

// Fields calls f for every field line, in the order they came.
func (c *Ctx) Fields(f func(name, value []byte)) {
	c.use()
	for _, field := range c.head.Fields() {
		f(field.Name.In(c.in), field.Value.In(c.in))
	}
}

// TrailerField returns the value of the first field of that name, in any case,
// that came behind a chunked body; nil if there is none. On a route with
// StreamBody it is there when Read has returned io.EOF. A trailer is not part of
// the head: do not let it decide what that should have said (RFC 9110 §6.5.1).
func (c *Ctx) TrailerField(name string) []byte {
	var first []byte
	c.TrailerFields(func(n, value []byte) {
		if first == nil && strings.EqualFold(string(n), name) {
			first = value
		}
	})
	return first
}

// TrailerFields calls f for every field line behind a chunked body, in the order
// they came. See TrailerField.
func (c *Ctx) TrailerFields(f func(name, value []byte)) {
	c.use()
	for rest := c.trailerLines(); len(rest) > 0; {
		var line []byte
		line, rest, _ = bytes.Cut(rest, crlf)
		name, value, _ := bytes.Cut(line, colon)
		if value = bytes.Trim(value, " \t"); value == nil {
			value = line[len(line):] // there, and empty
		}
		f(name, value)
	}
}

// trailerLines are the lines of the trailer section, if all of it has come.
func (c *Ctx) trailerLines() []byte {
	switch u := c.upload; {
	case !c.head.Chunked:
		return nil
	case u == nil:
		return c.trailers
	default:
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.err != io.EOF {
			return nil
		}
		return u.trailers
	}
}

var colon = []byte(":")

// Param is the value of a parameter of the route's pattern, percent-decoded;
// nil if the pattern has none of that name.
func (c *Ctx) Param(name string) []byte {
	i := c.paramIndex(name)
	if i < 0 {
		return nil
	}
	raw := c.params.Value(c.Path(), i)
	if bytes.IndexByte(raw, '%') < 0 {
		return raw
	}
	return c.decoded(raw, false)
}

// Params calls f for every parameter of the route's pattern, in their order, with
// the value as Param returns it.
func (c *Ctx) Params(f func(name string, value []byte)) {
	c.use()
	if c.route < 0 {
		return
	}
	for _, p := range c.app.table.Route(int(c.route)).Params {
		f(p.Name, c.Param(p.Name))
	}
}

// Query is the first value of a key of the query, decoded as in HTML forms
// ('+' is a space); nil if the key is not there, empty if it has no value. A
// value that cannot be decoded is returned as it was sent.
func (c *Ctx) Query(key string) []byte {
	c.use()
	for rest := c.RawQuery(); len(rest) > 0; {
		var pair []byte
		pair, rest, _ = bytes.Cut(rest, ampersand)
		k, v, hasValue := bytes.Cut(pair, equals)
		if !c.isKey(k, key) {
			continue
		}
		if !hasValue {
			return pair[len(pair):]
		}
		if bytes.IndexByte(v, '%') < 0 && bytes.IndexByte(v, '+') < 0 {
			return v[:len(v):len(v)]
		}
		return c.decoded(v, true)
	}
	return nil
}

var ampersand, equals = []byte("&"), []byte("=")

// isKey compares a key of the query, as it was sent, with one that is asked for.
func (c *Ctx) isKey(sent []byte, key string) bool {
	if bytes.IndexByte(sent, '%') < 0 && bytes.IndexByte(sent, '+') < 0 {
		return string(sent) == key
	}
	start := len(c.scratch)
	same := string(c.decoded(sent, true)) == key
	c.scratch = c.scratch[:start]
	return same
}

// decoded percent-decodes into scratch, or returns src if that cannot be done.
func (c *Ctx) decoded(src []byte, plusIsSpace bool) []byte {
	start := len(c.scratch)
	out, ok := router.AppendUnescaped(c.scratch, src)
	if !ok {
		return src
	}
	c.scratch = out
	v := out[start:len(out):len(out)]
	if plusIsSpace {
		plusToSpace(v, src)
	}
	return v
}

// plusToSpace replaces the '+' of a decoded value that were '+' in its source,
// and leaves those that were %2B.
func plusToSpace(v, src []byte) {
	for i, at := 0, 0; at < len(src); i++ {
		switch src[at] {
		case '%':
			at += 3
		case '+':
			v[i] = ' '
			at++
		default:
			at++
		}
	}
}

// Pattern is the pattern of the route that matched; empty if none did.
func (c *Ctx) Pattern() string {
	c.use()
	if c.route < 0 {
		return ""
	}
	return c.app.table.Route(int(c.route)).Pattern
}

// RemoteAddr is the address of the peer, nil if the system does not know it any
// more. It is a system call and allocates; ask once.
func (c *Ctx) RemoteAddr() (addr net.Addr) {
	c.use()
	c.onLoop(func() { addr = c.loop.RemoteAddr(c.sock) })
	return addr
}

// LocalAddr is the address that the client connected to, like RemoteAddr.
func (c *Ctx) LocalAddr() (addr net.Addr) {
	c.use()
	c.onLoop(func() { addr = c.loop.LocalAddr(c.sock) })
	return addr
}
