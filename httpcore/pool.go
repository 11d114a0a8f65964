package httpcore

// The memory that connections borrow while they need it, per loop and so
// without locks. What goes back is kept for the next one if it is small.

import "github.com/covetgo/covet/parser"

const (
	// keptBytesMax is the largest buffer that is kept for the next use.
	keptBytesMax = 4 * outBytesFlush // or a deeply pipelined turn would grow it anew
	// keptWorkBytesMax is that for the buffers of a work, of which there may be
	// many.
	keptWorkBytesMax = 8 << 10
	// keptWorksMax is how many unused works a loop keeps: at most 6 MiB.
	keptWorksMax = 256
	// keptAwaysMax is how many contexts of handed-off requests a loop keeps.
	keptAwaysMax = 256
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
}

func (w *work) reset() {
	for _, b := range []*[]byte{&w.in, &w.out, &w.body} {
		if *b = (*b)[:0]; cap(*b) > keptWorkBytesMax {
			*b = nil
		}
	}
	w.sent = 0
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
	works []*work  // by handle − 1; nil: let go
	free  []uint32 // handles without an owner
	kept  int      // how many of those still have their work
	aways []*away
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

// away returns a context for a request that is handed off.
func (p *pool) away() *away {
	n := len(p.aways)
	if n == 0 {
		a := new(away)
		a.task.Run = a.comeBack
		return a
	}
	a := p.aways[n-1]
	p.aways = p.aways[:n-1]
	return a
}

// keepAway takes it back.
func (p *pool) keepAway(a *away) {
	if len(p.aways) == keptAwaysMax {
		return
	}
	a.bytes = keepSmall(a.bytes)
	a.begin(0, &a.parsed, nil, nil) // lets go of what the handler made large
	p.aways = append(p.aways, a)
}
