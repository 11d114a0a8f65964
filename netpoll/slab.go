package netpoll

// A table indexed by small dense integers (file descriptors), which grows in
// chunks that never move. A pointer into it stays good, growing it takes no
// lock, and with a T without pointers the collector has nothing to scan.

import "sync/atomic"

const (
	slabChunkEntries = 1024
	slabChunksMax    = 4096
	// SlabEntriesMax bounds an index: Linux allows 1 048 576 descriptors per
	// process by default (fs.nr_open), and we leave room for four times that.
	SlabEntriesMax = slabChunkEntries * slabChunksMax
)

// Slab is such a table. The zero value is empty and ready. Grow and At may be
// called from any goroutine; who may touch the entry itself is the user's rule.
type Slab[T any] struct {
	chunks [slabChunksMax]atomic.Pointer[[slabChunkEntries]T]
}

// At returns entry i, which Grow must have made before.
func (s *Slab[T]) At(i uint32) *T {
	return &s.chunks[i/slabChunkEntries].Load()[i%slabChunkEntries]
}

// Grow returns entry i, making its chunk if it is the first in there. It
// returns nil for an index of SlabEntriesMax or more.
func (s *Slab[T]) Grow(i uint32) *T {
	if i >= SlabEntriesMax {
		return nil
	}
	chunk := &s.chunks[i/slabChunkEntries]
	if chunk.Load() == nil {
		chunk.CompareAndSwap(nil, new([slabChunkEntries]T)) // the loser's chunk is garbage
	}
	return s.At(i)
}

// each calls f for every entry of every chunk made so far, with its index.
func (s *Slab[T]) each(f func(uint32, *T)) {
	for c := range s.chunks {
		chunk := s.chunks[c].Load()
		if chunk == nil {
			continue
		}
		for i := range chunk {
			f(uint32(c*slabChunkEntries+i), &chunk[i])
		}
	}
}
