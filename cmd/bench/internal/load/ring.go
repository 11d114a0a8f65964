package load

// The connections of an open stream that have nothing to do. They take turns, so
// that the stream uses them evenly.

// ring is a queue of connection numbers with room for all of them.
type ring struct {
	slots []int32
	head  int
	count int
}

func newRing(size int) *ring { return &ring{slots: make([]int32, max(size, 1))} }

func (r *ring) len() int { return r.count }

func (r *ring) push(v int32) {
	r.slots[(r.head+r.count)%len(r.slots)] = v
	r.count++
}

func (r *ring) pop() int32 {
	v := r.slots[r.head]
	r.head = (r.head + 1) % len(r.slots)
	r.count--
	return v
}
