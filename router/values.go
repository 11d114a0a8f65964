package router

// This file holds the typed getters of params. What a pattern's type has checked always parses, so that a handler of
// {id:int} may ignore the second result.

import (
	"encoding/hex"
	"strconv"
)

// numberBytesMax is the longest number that is parsed; leading zeros beyond it make none.
const numberBytesMax = 64

// Int returns parameter i of path as the number that {name:int} or {name:uint} matches.
func (p *Params) Int(path []byte, i int) (v int64, ok bool) {
	var buf [numberBytesMax]byte
	text, ok := p.text(buf[:0], path, i)
	if !ok {
		return 0, false
	}
	v, err := strconv.ParseInt(string(text), 10, 64)
	return v, err == nil && text[0] != '+'
}

// Float returns parameter i of path as the number that {name:float} matches.
func (p *Params) Float(path []byte, i int) (v float64, ok bool) {
	var buf [numberBytesMax]byte
	text, ok := p.text(buf[:0], path, i)
	if !ok || !isFloat(text) {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(text), 64)
	return v, err == nil
}

// UUID returns parameter i of path as the sixteen bytes that {name:uuid} matches.
func (p *Params) UUID(path []byte, i int) (v [16]byte, ok bool) {
	var buf [numberBytesMax]byte
	text, ok := p.text(buf[:0], path, i)
	if !ok || !isUUID(text) {
		return v, false
	}
	var digits [32]byte
	n := 0
	for _, c := range text {
		if c != '-' {
			digits[n] = c
			n++
		}
	}
	_, err := hex.Decode(v[:], digits[:])
	return v, err == nil
}

// text decodes a value that fits into dst.
func (p *Params) text(dst, path []byte, i int) ([]byte, bool) {
	raw := p.Value(path, i)
	for len(raw) > numberBytesMax && raw[0] == '0' {
		raw = raw[1:]
	}
	if len(raw) == 0 || len(raw) > 3*numberBytesMax || decodedLen(raw) > numberBytesMax {
		return nil, false
	}
	return AppendUnescaped(dst, raw)
}
