package asm

// This file is Structure in Go, byte by byte: what the kernel is held to.

import "strings"

// structureGo is Structure.
func structureGo(buf []byte, s *State, blocks *Blocks) (read, n int) {
	for ; n < len(blocks) && len(buf)-read >= BlockBytes; read += BlockBytes {
		b := Block{}
		for i, c := range buf[read:][:BlockBytes] {
			s.step(c, 1<<i, &b)
		}
		if b != (Block{}) {
			b.At = uint64(read)
			blocks[n] = b
			n++
		}
	}
	return read, n
}

// step goes on by one byte. bit is that of its place in the block.
func (s *State) step(c byte, bit uint64, to *Block) {
	wasEscaped := s.escaped != 0
	s.escaped = 0
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
	isText := s.inString == 0 && quote || s.inString != 0 && !quote // the end of a string, or what is in it
	isSpace := strings.IndexByte(" \t\n\r", c) >= 0
	isScalar := !isText && !quote && !isSpace && strings.IndexByte("{}[]:,", c) < 0
	isFirst := isScalar && s.scalar == 0
	s.number(c, isScalar, isFirst, bit, to)
	if isFirst || !isText && !isSpace && !isScalar {
		s.thing(c, bit, to)
	}
}

// number goes on by a byte of a number or a word, or by one that is none.
func (s *State) number(c byte, isScalar, isFirst bool, bit uint64, to *Block) {
	digit, point, minus := isScalar && c-'0' <= 9, isScalar && c == '.', isFirst && c == '-'
	odd := isScalar && !digit && !point && !minus
	head := isFirst && !minus || s.minus != 0
	if head && (point || !isScalar) || s.point != 0 && !isScalar || s.pointed != 0 && point || s.zero != 0 && digit {
		s.faults |= bit
	}
	if odd && s.odd == 0 {
		to.Odds |= bit
	}
	s.scalar, s.odd, s.minus, s.point = all(isScalar), all(odd), all(minus), all(point)
	s.zero = all(head && digit && c == '0')
	s.pointed = all(point || isScalar && s.pointed != 0)
}

// thing goes on by something that starts with c.
func (s *State) thing(c byte, bit uint64, to *Block) {
	opens, closes := c == '{' || c == '[', c == '}' || c == ']'
	isValue := !closes && c != ',' && c != ':'
	if s.value != 0 && closes || s.end == 0 && c == ',' || s.end != 0 && isValue || c == ':' && s.name == 0 {
		s.faults |= bit
	}
	switch {
	case s.name != 0 && c == ':':
		to.Members |= bit
	case s.name != 0, s.item != 0 && isValue && c != '"':
		to.Elements |= bit
	}
	if opens || closes {
		to.Brackets |= bit
	}
	s.name = all(s.item != 0 && c == '"')
	s.item = all(c == ',' || opens)
	s.value = all(c == ',' || c == ':')
	s.end = all(closes || isValue && !opens)
}

func all(b bool) uint64 {
	if b {
		return always
	}
	return 0
}

func one(b bool) uint64 { return all(b) & 1 }

func isHex(c byte) bool { return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'f' }
