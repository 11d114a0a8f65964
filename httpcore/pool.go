package httpcore

// The memory that connections borrow while they need it, per loop and so
// without locks. What goes back is kept for the next one if it is small.

import (
	"time"

	"github.com/covetgo/covet/parser"
)

const (
	// keptBytesMax is the largest buffer that is kept for the next use.
	keptBytesMax = 4 * outBytesFlush // or a deeply pipelined turn would grow it anew
	// keptWorkBytesMax is that for the buffers of a work, of which there may be
	// many.
	keptWorkBytesMax = 8 << 10
	// keptWorksMax is how many unused works a loop keeps: at most 8.5 MiB.
	keptWorksMax = 256
	// keptContextsMax is how many contexts of requests that were off the loop a
	// loop keeps.
	keptContextsMax = 64
)

// work is what one connection needs while something of it is pending.
type work struct {
	in        []byte         // a head and what follows it; or unserved input
	out       []byte         // output that the client has not read, from sent on
	sent      int            // bytes of out
	head      parser.Head    // of in
	headBytes int            // its size, once it is complete
	chunked   parser.Chunked // decoder of the body
	body      []byte         // what it has decoded
	trailers  []byte         // and the lines behind it
	receiving meter          // of the body
	sending   meter          // of out, while the client does not keep up
	stalled   time.Duration  // since when it does not, or until when it did not
	waits     time.Duration  // since when an upload's handler has not kept up
	skip      int64          // bytes of a body that nobody wants
	away      *Ctx           // of the handler that is off the loop
}

func (w *work) reset() {
	for _, b := range []*[]byte{&w.in, &w.out, &w.body, &w.trailers} {
		if *b = (*b)[:0]; cap(*b) > keptWorkBytesMax {
			*b = nil
		}
	}
	w.sent, w.skip = 0, 0
	w.receiving, w.sending = meter{}, meter{}
	w.away = nil
	w.head.Reset()
	w.chunked.Reset()
}

// keepSmall empties a buffer, or lets go of one that has grown too large.
func keepSmall(b []byte) []byte {
	if cap(b) > keptBytesMax {
		return nil
	}
	return b[:0]
}

// pool hands out works by handle, so that the table of connections needs no
// pointers. It belongs to one engine.
type pool struct {
	works    []*work  // by handle − 1; nil: let go
	free     []uint32 // handles without an owner
	kept     int      // how many of those still have their work
	contexts []*Ctx
}

// of returns the work lent to c.
func (p *pool) of(c *conn) *work { return p.works[c.work-1] }

// lend returns the work lent to c, lending one if there is none.
func (p *pool) lend(c *conn) *work {
	if c.work != 0 {
		return p.of(c)
	}
	if len(p.free) == 0 {
		p.works = append(p.works, nil)
		p.free = append(p.free, uint32(len(p.works)))
	}
	c.work = p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	w := &p.works[c.work-1]
	if *w == nil {
		*w = new(work)
	} else {
		p.kept--
	}
	return *w
}

// giveBack takes the work back, if there is one.
func (p *pool) giveBack(c *conn) {
	if c.work == 0 {
		return
	}
	w := &p.works[c.work-1]
	if p.kept < keptWorksMax {
		(*w).reset()
		p.kept++
	} else {
		*w = nil
	}
	p.free = append(p.free, c.work)
	c.work = 0
}

// context returns a context for the next request.
func (p *pool) context(e *engine) *Ctx {
	n := len(p.contexts)
	if n == 0 {
		c := &Ctx{app: e.app, engine: e, loop: e.loop}
		c.home.Run = c.comeBack
		return c
	}
	c := p.contexts[n-1]
	p.contexts = p.contexts[:n-1]
	return c
}

// keepContext takes one back that was off the loop.
func (p *pool) keepContext(c *Ctx) {
	if !c.over() || poisoning || len(p.contexts) == keptContextsMax {
		return
	}
	c.input, c.chunk, c.lent = keepSmall(c.input), keepSmall(c.chunk), nil
	clear(c.values)      // what they point to
	c.begin(0, nil, nil) // lets go of what the handler made large
	c.offLoop = false
	c.leaves.Store(false)
	p.contexts = append(p.contexts, c)
}
