//go:build poison

package httpcore

// With the build tag "poison" (go test -tags poison ./...), what a handler has
// borrowed is overwritten as soon as the handler has returned, and its Ctx is
// never used again. A handler that keeps a slice, or uses its Ctx later, works by
// chance in a normal build; here its own tests fail, with a message or with bytes
// that say why.

const poisoning = true

// poison is what borrowed bytes become.
const poison = "[kept after the handler returned: copy it with string(b) or bytes.Clone] "

const usedLater = "httpcore: a Ctx was used after its handler had returned. It serves other requests by then: " +
	"pass on what you need, copied, instead of the Ctx, or wait for your goroutines before you return"

// release ends the time in which the handler may use the request.
func (c *Ctx) release() {
	c.released.Store(true)
	for _, borrowed := range [][]byte{c.in, c.body, c.scratch, c.trailers} {
		for n := 0; n < len(borrowed); n += len(poison) {
			copy(borrowed[n:], poison)
		}
	}
}

// use is called by every method of Ctx that a handler may call, but for those of
// context.Context: contexts derived from it may outlive it.
func (c *Ctx) use() {
	if c.released.Load() {
		panic(usedLater)
	}
}
