//go:build !poison

package httpcore

// Without the build tag "poison" nothing is checked, and this costs nothing:
// poison_on.go says what it is.

const poisoning = false

func (c *Ctx) release() {}

func (c *Ctx) use() {}
