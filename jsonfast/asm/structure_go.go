package asm

// This file is Structure in Go, byte by byte: what the kernel is held to.

import "strings"

// structureGo is Structure.
func structureGo(buf []byte, s *State, starts *Starts) {
	for n := range len(buf) / BlockBytes {
		starts[n] = 0
		for i, c := range buf[n*BlockBytes:][:BlockBytes] {
			if s.step(c, 1<<i) {
				starts[n] |= 1 << i
			}
		}
	}
}

// step goes on by one byte, and reports whether something starts with it. bit is that of its place in the block.
func (s *State) step(c byte, bit uint64) bool {
	wasScalar, wasEscaped := s.scalar != 0, s.escaped != 0
	s.scalar, s.escaped = 0, 0
	if s.hex&1 != 0 && !isHex(c) || wasEscaped && strings.IndexByte(`"\/bfnrtu`, c) < 0 {
		s.Faults |= bit
	}
	s.hex >>= 1
	if wasEscaped && c == 'u' {
		s.hex |= 1<<4 - 1
	}
	if c == '\\' && !wasEscaped {
		s.escaped = 1
	}
	if c == '"' && !wasEscaped {
		s.InString = ^s.InString
		return s.InString != 0
	}
	if s.InString != 0 && c < ' ' {
		s.Faults |= bit
	}
	mark := isMark(c)
	if !mark && c != ' ' && c != '\t' && c != '\n' && c != '\r' {
		s.scalar = 1
	}
	return s.InString == 0 && (mark || s.scalar != 0 && !wasScalar)
}

func isHex(c byte) bool { return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'f' }

// isMark reports whether a byte is a bracket, colon or comma. Two controls pass for one: in the kernel they cost nothing so, and
// whoever looks at the byte sees what it is.
func isMark(c byte) bool {
	switch c {
	case '{', '}', '[', ']', ':', ',', ':' &^ 0x20, ',' &^ 0x20:
		return true
	}
	return false
}
