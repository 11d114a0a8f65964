package jsonfast

// This file reads a stream token by token: what a Decoder does for documents that are not to be held in memory whole.

import (
	"bytes"
	"encoding/json"
)

// tokenState is where among the tokens a Decoder is.
type tokenState uint8

const (
	atTop tokenState = iota
	atFirstElement
	atElement
	behindElement
	atFirstName
	atName
	behindName
	atMember
	behindMember
)

// takesValue reports whether a value may come next.
func (s tokenState) takesValue() bool {
	return s == atTop || s == atFirstElement || s == atElement || s == atMember
}

// afterValue is where a value leads to.
func (s tokenState) afterValue() tokenState {
	switch s {
	case atFirstElement, atElement:
		return behindElement
	case atMember:
		return behindMember
	}
	return s
}

// Token returns the next token: a json.Delim for a bracket, a bool, a float64 or json.Number, a string, or nil for null. Commas and
// colons are passed over. Brackets match, or there is an error; at the end of the stream that is io.EOF.
func (d *Decoder) Token() (json.Token, error) {
	for {
		c, err := d.peek()
		if err != nil {
			return nil, err
		}
		switch {
		case c == ',' && d.state == behindElement:
			d.start, d.state = d.start+1, atElement
		case c == ',' && d.state == behindMember:
			d.start, d.state = d.start+1, atName
		case c == ':' && d.state == behindName:
			d.start, d.state = d.start+1, atMember
		case c == '[' && d.state.takesValue():
			return d.open(c, atFirstElement), nil
		case c == '{' && d.state.takesValue():
			return d.open(c, atFirstName), nil
		case c == ']' && (d.state == atFirstElement || d.state == behindElement), c == '}' && (d.state == atFirstName || d.state == behindMember):
			return d.close(c), nil
		case c == '"' && (d.state == atFirstName || d.state == atName):
			return d.name()
		case isDelimiter(c) || !d.state.takesValue():
			return nil, d.unexpected(c)
		default:
			var v any
			if err := d.Decode(&v); err != nil {
				return nil, err
			}
			return v, nil
		}
	}
}

func isDelimiter(c byte) bool {
	return c == '[' || c == ']' || c == '{' || c == '}' || c == ':' || c == ','
}

func (d *Decoder) open(c byte, inside tokenState) json.Delim {
	d.start++
	d.outer = append(d.outer, d.state)
	d.state = inside
	return json.Delim(c)
}

func (d *Decoder) close(c byte) json.Delim {
	d.start++
	last := len(d.outer) - 1
	d.state = d.outer[last].afterValue()
	d.outer = d.outer[:last]
	return json.Delim(c)
}

// name reads a member's name, which is a value of its own for that time.
func (d *Decoder) name() (json.Token, error) {
	var name string
	state := d.state
	d.state = atTop
	err := d.Decode(&name)
	if d.state = state; err != nil {
		return nil, err
	}
	d.state = behindName
	return name, nil
}

// More reports whether there is another element or member in what lies around.
func (d *Decoder) More() bool {
	c, err := d.peek()
	return err == nil && c != ']' && c != '}'
}

// peek returns the next byte that is no white space, and goes there. If there is none, it stays.
func (d *Decoder) peek() (byte, error) {
	var err error
	for seen := 0; ; {
		if i := skipSpace(d.buf, d.start+seen); i < len(d.buf) {
			d.start = i
			return d.buf[i], nil
		}
		if err != nil {
			return 0, err
		}
		if seen = len(d.buf) - d.start; d.bytesMax > 0 && seen > d.bytesMax {
			return 0, ErrTooLong
		}
		err = d.read()
	}
}

// beforeValue passes the comma or colon that tokens have left before a value.
func (d *Decoder) beforeValue() error {
	if d.state != behindElement && d.state != behindName {
		return nil
	}
	c, err := d.peek()
	switch {
	case err != nil:
		return err
	case d.state == behindElement && c != ',', d.state == behindName && c != ':':
		return d.tokenError()
	}
	d.start++
	if d.state == behindName {
		d.state = atMember
	} else {
		d.state = atElement
	}
	return nil
}

// prologues lead encoding/json to each state.
var prologues = [...]string{
	atTop: "", atFirstElement: "[", atElement: "[1,", behindElement: "[1", atFirstName: "{", atName: `{"":1,`, behindName: `{""`, atMember: `{"":`, behindMember: `{"":1`,
}

// unexpected is the error for a byte that no token begins with where the Decoder is. Its text only encoding/json can set, so
// that is shown the same.
func (d *Decoder) unexpected(c byte) error {
	dec := json.NewDecoder(bytes.NewReader(append([]byte(prologues[d.state]), ' ', c)))
	for {
		if _, err := dec.Token(); err != nil {
			return d.placed(err)
		}
	}
}

// tokenError is the error of Decode where no value may come next, for the same reason.
func (d *Decoder) tokenError() error {
	text, tokens := "{", 1 // not at beginning of value
	switch d.state {
	case behindElement:
		text, tokens = "[1 1", 2 // expected comma after array element
	case behindName:
		text, tokens = `{"" 1`, 2 // expected colon after object key
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	for range tokens {
		_, _ = dec.Token() // both are there
	}
	return d.placed(dec.Decode(new(any)))
}

// placed sets a syntax error's offset to where the Decoder is.
func (d *Decoder) placed(err error) error {
	if e, ok := err.(*json.SyntaxError); ok {
		e.Offset = d.InputOffset()
	}
	return err
}
