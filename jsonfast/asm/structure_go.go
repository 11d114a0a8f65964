package asm

// This file is Structure in Go, byte by byte: what the kernel is held to.

import "strings"

// structureGo is Structure.
func structureGo(buf []byte, s *State, blocks *Blocks) {
	for n := range len(buf) / BlockBytes {
		blocks[n] = Block{}
		for i, c := range buf[n*BlockBytes:][:BlockBytes] {
			s.step(c, 1<<i, &blocks[n])
		}
	}
}

// step goes on by one byte. bit is that of its place in the block.
func (s *State) step(c byte, bit uint64, to *Block) {
	wasScalar, wasEscaped := s.scalar != 0, s.escaped != 0
	s.scalar, s.escaped = 0, 0
	if s.hex&1 != 0 && !isHex(c) || wasEscaped && strings.IndexByte(`"\/bfnrtu`, c) < 0 {
		s.faults |= bit
	}
	s.hex >>= 1
	if wasEscaped && c == 'u' {
		s.hex |= 1<<4 - 1
	}
	if c == '\\' && !wasEscaped {
		s.escaped = 1
	}
	quote := c == '"' && !wasEscaped
	if quote {
		s.inString = ^s.inString
	}
	if s.inString != 0 && c < ' ' {
		s.faults |= bit
	}
	if !quote && s.inString == 0 && strings.IndexByte("{}[]:, \t\n\r", c) < 0 {
		s.scalar = 1
	}
	switch {
	case s.inString == 0 && quote || s.inString != 0 && !quote: // the end of a string, or what is in it
	case strings.IndexByte(" \t\n\r", c) >= 0 || s.scalar != 0 && wasScalar:
	default:
		s.thing(c, bit, to)
	}
}

// thing goes on by something that starts with c.
func (s *State) thing(c byte, bit uint64, to *Block) {
	opens, closes := c == '{' || c == '[', c == '}' || c == ']'
	isValue := !closes && c != ',' && c != ':'
	if s.value != 0 && closes || s.item != 0 && c == ',' || s.value != 0 && c == ',' || s.end != 0 && isValue || c == ':' && s.name == 0 {
		s.faults |= bit
	}
	switch {
	case s.name != 0 && c == ':':
		to.Members |= bit
	case s.name != 0, s.item != 0 && isValue && c != '"':
		to.Elements |= bit
	}
	if opens || closes || isValue && c != '"' {
		to.Visits |= bit
	}
	s.name = one(s.item != 0 && c == '"')
	s.item = one(c == ',' || opens)
	s.value = one(c == ',' || c == ':')
	s.end = one(closes || isValue && !opens)
}

func one(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func isHex(c byte) bool { return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'f' }
