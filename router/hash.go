package router

// This file holds the table's hash index: a fixed set of keys, each a piece of
// text in some scope (hosts, the odd literals below one node, or the literals of one
// level of columns.go), to a number. It is built once so that no two keys share a slot: a
// lookup computes one hash, reads one pilot and one slot and compares once,
// however many keys there are.
//
// Construction is hash-and-displace (Belazzougui, Botelho, Dietzfelbinger 2009):
// keys fall into small buckets by some bits of their hash; for each bucket, the
// largest first, a pilot number is searched that sends all its keys to free
// slots. Load is at most 4/5 and buckets hold 4 keys on average, which finds
// pilots well below pilotMax; if not, the next seed is tried.

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

type index struct {
	seed    uint64
	bucketN uint8    // shift that leaves the bucket's number of a hash
	slotN   uint8    // … the slot's of a displaced one
	pilots  []uint16 // by bucket
	slots   []slot
}

// slot holds a key, text[off:off+len] in a scope, and its value. A slot
// without a key has value 0, which no key has.
type slot struct {
	off, scope, value uint32
	len               uint16
}

const pilotMax = 1<<16 - 1

// find returns the value of key in scope, 0 if there is none.
func (x *index) find(text string, scope uint32, key []byte) uint32 {
	if len(x.slots) == 0 {
		return 0
	}
	h := hash(x.seed, scope, key)
	s := &x.slots[displace(h, x.pilots[h>>x.bucketN])>>x.slotN]
	if int(s.len) != len(key) || s.scope != scope || text[s.off:s.off+uint32(s.len)] != string(key) {
		return 0
	}
	return s.value
}

const (
	mixA = 0x9e3779b97f4a7c15 // 2⁶⁴/φ
	mixB = 0xd6e8feb86659fd93
)

func displace(h uint64, pilot uint16) uint64 { return (h ^ uint64(pilot)*mixB) * mixA }

// hash folds eight bytes at a time by a 64×64→128 bit multiplication; the last
// eight may overlap those before. Scope and length are folded with the seed
// first: merely xored, "b" and "ab" would collide whatever the seed.
func hash(seed uint64, scope uint32, key []byte) uint64 {
	h := fold(seed ^ uint64(scope) ^ uint64(len(key))<<32)
	for len(key) > 8 {
		h = fold(h ^ binary.LittleEndian.Uint64(key))
		key = key[min(8, len(key)-8):]
	}
	return fold(h ^ tail(key))
}

func fold(x uint64) uint64 {
	hi, lo := bits.Mul64(x^mixA, mixB)
	return hi ^ lo
}

// tail reads up to eight bytes, distinct keys of one length as distinct words.
func tail(key []byte) uint64 {
	switch n := len(key); {
	case n == 8:
		return binary.LittleEndian.Uint64(key)
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(key)) | uint64(binary.LittleEndian.Uint32(key[n-4:]))<<32
	case n > 0:
		return uint64(key[0]) | uint64(key[n/2])<<8 | uint64(key[n-1])<<16
	}
	return 0
}

// newIndex places keys, which must differ in scope or text.
func newIndex(text string, keys []slot) index {
	if len(keys) == 0 {
		return index{}
	}
	slotBits := bits.Len(uint(len(keys) + len(keys)/4))
	bucketBits := max(1, bits.Len(uint(len(keys)))-2)
	x := index{bucketN: uint8(64 - bucketBits), slotN: uint8(64 - slotBits)}
	for x.seed = 1; !x.place(text, keys, 1<<bucketBits, 1<<slotBits); {
		x.seed = fold(x.seed)
	}
	return x
}

// place tries one seed.
func (x *index) place(text string, keys []slot, buckets, slots int) bool {
	in, hashes := make([][]uint64, buckets), make([]uint64, len(keys))
	for i, k := range keys {
		h := hash(x.seed, k.scope, []byte(text[k.off:k.off+uint32(k.len)]))
		in[h>>x.bucketN] = append(in[h>>x.bucketN], h)
		hashes[i] = h
	}
	to := func(h uint64, pilot uint16) uint64 { return displace(h, pilot) >> x.slotN }
	if x.pilots = findPilots(in, slots, pilotMax, to); x.pilots == nil {
		return false
	}
	x.slots = make([]slot, slots)
	for i, h := range hashes {
		x.slots[to(h, x.pilots[h>>x.bucketN])] = keys[i]
	}
	return true
}

// findPilots finds for each group of hashes a pilot with which to sends them to slots that no others have: for the
// largest groups first, while there is room. It returns nil if there is a group for which none up to last does.
func findPilots(groups [][]uint64, slots, last int, to func(h uint64, pilot uint16) uint64) []uint16 {
	order := make([]int, len(groups))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(groups[b]) - len(groups[a]) })
	pilots, taken := make([]uint16, len(groups)), make([]bool, slots)
	for _, g := range order {
		pilot := 0
		for !take(taken, groups[g], func(h uint64) uint64 { return to(h, uint16(pilot)) }) {
			if pilot++; pilot > last {
				return nil
			}
		}
		pilots[g] = uint16(pilot)
	}
	return pilots
}

// take takes a slot for each hash; if two meet, or one meets another's, it gives all of them back.
func take(taken []bool, hashes []uint64, to func(h uint64) uint64) bool {
	for i, h := range hashes {
		if taken[to(h)] {
			for _, h := range hashes[:i] {
				taken[to(h)] = false
			}
			return false
		}
		taken[to(h)] = true
	}
	return true
}
