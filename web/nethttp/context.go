package nethttp

// The request's context, which outlives its Ctx.

import (
	"context"
	"net/http"
	"time"
)

// requestContext is the context of a request: its Ctx while the handler runs, and an ended one from then on.
type requestContext struct{ *exchange }

// ended is closed.
var ended = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func (x requestContext) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done is closed when the client is gone or the handler has returned. A Ctx that was asked for it is never used again
// for another request, so the channel stays what it is.
func (x requestContext) Done() <-chan struct{} {
	x.asking.Lock()
	defer x.asking.Unlock()
	if x.over {
		return ended
	}
	return x.c.Done()
}

func (x requestContext) Err() error {
	x.asking.Lock()
	defer x.asking.Unlock()
	if x.over {
		return context.Canceled
	}
	return x.c.Err()
}

// Value finds what middleware of httpcore has left with Ctx.Set.
func (x requestContext) Value(key any) any {
	x.asking.Lock()
	defer x.asking.Unlock()
	switch {
	case x.over:
		return nil
	case key == http.LocalAddrContextKey:
		return x.c.LocalAddr()
	}
	return x.c.Value(key)
}

// AfterFunc spares contexts derived from this one a goroutine; see context.AfterFunc.
func (x requestContext) AfterFunc(f func()) (stop func() bool) {
	x.asking.Lock()
	defer x.asking.Unlock()
	if x.over {
		go f()
		return func() bool { return false }
	}
	return x.c.AfterFunc(f)
}
