package asm

// This file finds brackets and separators of JSON, for who looks for something in it and does not care what is on the way:
// jsonfast's lazy reader.
//
// Of 64 bytes, the kernel makes five masks: quotes, backslashes, opening and closing brackets, and one separator. A quote that is escaped
// is none. A byte is in a string if an odd number of quotes comes up to it, which the running parity of their bits says for all
// bytes at once, and what lies in a string is neither bracket nor separator. That costs the same whatever the bytes are,
// which a scanner that goes from quote to quote cannot say.

// NestingBlock tells of 64 bytes, the first one by the lowest bit, what they are outside of strings.
type NestingBlock struct {
	Separators uint64
	Opens      uint64 // { and [
	Closes     uint64 // } and ]
}

const (
	// NestingBlocks is the most that one call tells.
	NestingBlocks = 4
)

// NestingMasks is the memory for one call, in the words of its blocks.
type NestingMasks [3 * NestingBlocks]uint64

// At returns a block.
func (b *NestingMasks) At(i int) NestingBlock { return NestingBlock{b[3*i], b[3*i+1], b[3*i+2]} }

// NestingState is what one block tells the next: whether it ends in a string (all bits or none), whether its last byte escapes the
// first of the next (one or zero), and where in any block there were backslashes (not zero if there was one).
type NestingState [3]uint64

// Nesting looks at up to most blocks of buf from at on, and returns how many. The last one may go beyond the end of buf, where
// there is nothing. state is zero outside of strings.
func Nesting(buf []byte, at, most int, separator byte, state *NestingState, out *NestingMasks) int {
	if whole := (len(buf) - at) / BlockBytes; whole > 0 {
		n := min(whole, most, NestingBlocks)
		nesting(buf[at:at+n*BlockBytes], separator, state, out)
		return n
	}
	if at >= len(buf) {
		return 0
	}
	var rest [BlockBytes]byte
	copy(rest[:], buf[at:])
	nesting(rest[:], separator, state, out)
	return 1
}

// nestingGo is nesting byte by byte: what the kernel is held to. buf is whole blocks.
func nestingGo(buf []byte, separator byte, state *NestingState, out *NestingMasks) {
	const inside, escaped, slashes = 0, 1, 2
	for n := range len(buf) / BlockBytes {
		var b NestingBlock
		for i, c := range buf[n*BlockBytes:][:BlockBytes] {
			bit, wasEscaped := uint64(1)<<i, state[escaped] != 0
			state[escaped] = one(c == '\\' && !wasEscaped)
			switch {
			case c == '\\':
				state[slashes] |= bit
			case c == '"' && !wasEscaped:
				state[inside] = ^state[inside]
			case state[inside] != 0:
			case c == separator:
				b.Separators |= bit
			case c == '{' || c == '[':
				b.Opens |= bit
			case c == '}' || c == ']':
				b.Closes |= bit
			}
		}
		out[3*n], out[3*n+1], out[3*n+2] = b.Separators, b.Opens, b.Closes
	}
}
