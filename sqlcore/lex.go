package sqlcore

// Where placeholders stand in a text, and where not: what looks like one in a string, a comment or a quoted identifier is
// none. Each dialect has its own idea of those. Entry point: scanner.next.
//
// It knows as much of SQL as it needs to skip what it does not look at. Text that ends in the midst of a string or a
// comment is skipped to its end; the server will say what is wrong with it.

import "strings"

// mark is a kind of placeholder.
type mark uint8

const (
	markEnd      mark = iota
	markName          // :name
	markNumber        // $1
	markQuestion      // ?, or ?1 in SQLite; never in PostgreSQL, where it is an operator on JSON
)

// scanner finds the placeholders of a text, one after the other.
type scanner struct {
	sql     string
	at      int
	dialect Dialect
}

// next returns the next placeholder and where it stands. At the end of the text both places are its length.
//
// A colon is the beginning of a name if a letter follows it and nothing that could be an operand touches it from the left:
// x::int is a cast, a[1:n] is a slice, a := 1 is an assignment. (So a slice up to a parameter is a[1: :n].)
func (s *scanner) next() (start, end int, kind mark) {
	for s.at < len(s.sql) {
		at := s.at
		switch c := s.sql[at]; {
		case isWord(c):
			s.word()
		case c == '\'' || c == '"' || c == '`':
			s.quoted(c)
		case c == '[' && s.dialect == SQLite:
			s.until("]", 1)
		case c == '-' || c == '/' || c == '#':
			s.comment(c)
		case c == ':':
			if s.colon() {
				return at, s.at, markName
			}
		case c == '$':
			if s.dollar() {
				return at, s.at, markNumber
			}
		case c == '?' && s.dialect != PostgreSQL:
			s.at++
			s.digits()
			return at, s.at, markQuestion
		default:
			s.at++
		}
	}
	return len(s.sql), len(s.sql), markEnd
}

// isDigit reports whether a byte is one of 0 to 9.
func isDigit(c byte) bool { return c-'0' <= 9 }

// isLetter reports whether a name can begin with a byte.
func isLetter(c byte) bool { return c|0x20-'a' < 26 || c == '_' || c >= 0x80 }

// isWord reports whether a byte can be part of a word or a number.
func isWord(c byte) bool { return isLetter(c) || isDigit(c) }

// digits skips digits.
func (s *scanner) digits() {
	for s.at < len(s.sql) && isDigit(s.sql[s.at]) {
		s.at++
	}
}

// word skips a word or a number. An E before a string of PostgreSQL belongs to that.
func (s *scanner) word() {
	start := s.at
	for s.at < len(s.sql) && (isWord(s.sql[s.at]) || s.sql[s.at] == '$') { // a$1 is an identifier
		s.at++
	}
	if s.dialect == PostgreSQL && s.sql[start]|0x20 == 'e' && s.at == start+1 && s.peek(0) == '\'' {
		s.escaped()
	}
}

// peek returns a byte that lies ahead, and 0 behind the end.
func (s *scanner) peek(ahead int) byte {
	if s.at+ahead < len(s.sql) {
		return s.sql[s.at+ahead]
	}
	return 0
}

// quoted skips a string or a quoted identifier. Two quotes in it stand for one; to skip them, one may as well take them for
// an end and a beginning, unless a backslash counts.
func (s *scanner) quoted(quote byte) {
	if s.dialect == MySQL && quote != '`' {
		s.backslashed(quote)
		return
	}
	if s.dialect == PostgreSQL && quote == '`' { // an operator's character
		s.at++
		return
	}
	s.until(string(quote), 1)
}

// until skips to the end of what closes with a word, of which the first skip bytes cannot be part.
func (s *scanner) until(end string, skip int) {
	s.at += skip
	if i := strings.Index(s.sql[s.at:], end); i >= 0 {
		s.at += i + len(end)
	} else {
		s.at = len(s.sql)
	}
}

// backslashed skips a string in which a backslash protects what follows.
func (s *scanner) backslashed(quote byte) {
	for s.at++; s.at < len(s.sql); s.at++ {
		switch {
		case s.sql[s.at] == '\\':
			s.at++
		case s.sql[s.at] != quote:
		case s.peek(1) == quote:
			s.at++
		default:
			s.at++
			return
		}
	}
	s.at = len(s.sql) // a backslash at the end went beyond it
}

// escaped skips PostgreSQL's E'…'. It goes on in a string behind a line's end (§4.1.2.2), backslashes included.
func (s *scanner) escaped() {
	s.backslashed('\'')
	for {
		end, lines := s.at, 0
		for s.at < len(s.sql) {
			c := s.sql[s.at]
			if c == '-' && s.peek(1) == '-' {
				s.line()
				continue
			}
			if !strings.ContainsRune(" \t\n\r\f\v", rune(c)) {
				break
			}
			if c == '\n' || c == '\r' {
				lines++
			}
			s.at++
		}
		if lines == 0 || s.peek(0) != '\'' {
			s.at = end
			return
		}
		s.backslashed('\'')
	}
}

// line skips the rest of a line, but its end.
func (s *scanner) line() {
	if i := strings.IndexAny(s.sql[s.at:], "\n\r"); i >= 0 {
		s.at += i
	} else {
		s.at = len(s.sql)
	}
}

// comment skips a comment, or the operator that its first character is.
func (s *scanner) comment(c byte) {
	switch {
	case c == '#' && s.dialect == MySQL, c == '-' && s.peek(1) == '-' && s.isComment():
		s.line()
	case c == '/' && s.peek(1) == '*':
		s.block()
	default:
		s.at++
	}
}

// isComment reports whether two dashes begin a comment. In MySQL, 5--1 is six: a comment has a blank behind them.
func (s *scanner) isComment() bool {
	return s.dialect != MySQL || s.at+2 == len(s.sql) || s.peek(2) <= ' '
}

// block skips a comment in /* */, which in PostgreSQL may hold others.
func (s *scanner) block() {
	if s.dialect != PostgreSQL {
		s.until("*/", 2)
		return
	}
	for depth := 0; s.at < len(s.sql); s.at++ {
		switch {
		case s.sql[s.at] == '/' && s.peek(1) == '*':
			depth++
			s.at++
		case s.sql[s.at] == '*' && s.peek(1) == '/':
			depth--
			s.at++
			if depth == 0 {
				s.at++
				return
			}
		}
	}
}

// colon skips a colon, and the name behind it if there is one.
func (s *scanner) colon() bool {
	before := byte(0)
	if s.at > 0 {
		before = s.sql[s.at-1]
	}
	s.at++
	if s.peek(0) == ':' {
		s.at++
		return false
	}
	if !isLetter(s.peek(0)) || s.isOperand(before) {
		return false
	}
	for s.at < len(s.sql) && (isWord(s.sql[s.at]) || s.sql[s.at] == '$') { // a$ is a name, if one that nobody gives
		s.at++
	}
	return true
}

// isOperand reports whether what ends with a byte can be an operand, or is a colon.
func (s *scanner) isOperand(c byte) bool {
	switch c {
	case '$', ')', ']', '\'', '"', '`', ':':
		return true
	case '?':
		return s.dialect != PostgreSQL
	}
	return isWord(c)
}

// dollar skips $1, or what PostgreSQL quotes with dollars, or the character.
func (s *scanner) dollar() bool {
	s.at++
	if isDigit(s.peek(0)) {
		s.digits()
		return true
	}
	if s.dialect != PostgreSQL {
		return false
	}
	n := 0
	for isWord(s.peek(n)) {
		n++
	}
	if s.peek(n) == '$' {
		s.until(s.sql[s.at-1:s.at+n+1], n+1)
	}
	return false
}
