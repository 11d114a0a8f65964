package migrate

// Text into statements, as psql cuts them: at a semicolon that stands in no string, comment, parenthesis or body of a
// function. It knows PostgreSQL's words (§4.1 of its manual) and none of its grammar: what a statement means is left to
// the server. Pure: text in, places out.

import (
	"fmt"
	"strings"
)

// tokensKept is how many tokens at its beginning a statement keeps: enough to tell what is dealt with here by kind.
const tokensKept = 16

// statement is one statement of a file, without what stands around it and without its semicolon.
type statement struct {
	text   string
	line   int      // of the file, from 1, on which it begins
	tokens []string // its first ones: words that are not quoted in capitals, all others as they are
}

// word returns one of the first tokens, or "".
func (s *statement) word(i int) string {
	if i < len(s.tokens) {
		return s.tokens[i]
	}
	return ""
}

// lexer walks over a text.
type lexer struct {
	text string
	at   int

	found  []statement
	tokens []string // of the statement in hand
	start  int      // of the statement in hand; -1 before its first token
	parens int
	bodies int // BEGIN ATOMIC, and CASE within it, without their END yet
	last   string

	ended   int  // where the last token ends
	escaped bool // it is a string in which backslashes count
	lines   int  // line ends in front of counted
	counted int
}

// split cuts a text. The only errors are strings, comments and quotes that do not end.
func split(text string) ([]statement, error) {
	l := &lexer{text: text, start: -1}
	for l.at < len(text) {
		from := l.at
		if what := l.token(); what != "" {
			return nil, fmt.Errorf("%d: %s that begins here does not end", l.line(from), what)
		}
	}
	l.end(len(text))
	return l.found, nil
}

// line is the number of the line of a place, which is not before the one that was asked for last: a file of many statements
// is counted once.
func (l *lexer) line(at int) int {
	l.lines += strings.Count(l.text[l.counted:at], "\n")
	l.counted = at
	return 1 + l.lines
}

// token consumes one token, blank or comment. It returns what lacks its end, if something does.
func (l *lexer) token() (unterminated string) {
	rest := l.text[l.at:]
	switch c := rest[0]; {
	case c == ' ' || c >= '\t' && c <= '\r':
		l.at++
	case strings.HasPrefix(rest, "--"):
		l.skip(strings.IndexAny(rest, "\n\r"))
	case strings.HasPrefix(rest, "/*"):
		if n := commentLength(rest); n > 0 {
			l.at += n
			return ""
		}
		return "a comment"
	case c == ';' && l.parens == 0 && l.bodies == 0:
		l.end(l.at)
		l.at++
	case c == '\'' || c == '"':
		return l.quoted(1, c == '\'' && l.goesOn())
	case c == '$' && dollarTag(rest) != "":
		tag := dollarTag(rest)
		n := strings.Index(rest[len(tag):], tag)
		if n < 0 {
			return "a string (" + tag + ")"
		}
		l.keep(rest[:n+2*len(tag)])
	case isWordStart(c):
		return l.wordToken(rest)
	case c >= '0' && c <= '9': // with what sticks to it, so that 1$2 is not taken for a quote
		l.keep(rest[:wordLength(rest)])
	default:
		l.punctuation(c)
	}
	return ""
}

// goesOn reports whether a quote goes on with the string before it, in which backslashes count: there is the end of a line
// between the two (§4.1.2.2).
func (l *lexer) goesOn() bool {
	return l.escaped && strings.ContainsAny(l.text[l.ended:l.at], "\n\r")
}

// skip moves on by n bytes, or to the end if n is negative.
func (l *lexer) skip(n int) {
	if n < 0 {
		n = len(l.text) - l.at
	}
	l.at += n
}

// keep consumes a token of a statement.
func (l *lexer) keep(token string) {
	if l.start < 0 {
		l.start = l.at
	}
	if len(l.tokens) < tokensKept {
		l.tokens = append(l.tokens, token)
	}
	l.last, l.escaped = token, false
	l.at += len(token)
	l.ended = l.at
}

// quoted consumes a string or a quoted name, whose first quote is the last of a prefix of n bytes. A quote that is
// doubled belongs to it; with escapes, so does one behind a backslash.
func (l *lexer) quoted(n int, escapes bool) (unterminated string) {
	rest := l.text[l.at:]
	quote := rest[n-1]
	for i := n; i < len(rest); i++ {
		switch {
		case escapes && rest[i] == '\\':
			i++
		case rest[i] != quote:
		case i+1 < len(rest) && rest[i+1] == quote:
			i++
		default:
			l.keep(rest[:i+1])
			l.escaped = escapes
			return ""
		}
	}
	if quote == '"' {
		return "a quoted name"
	}
	return "a string"
}

// wordToken consumes a word, or the string that it is the prefix of: only E changes where that ends.
func (l *lexer) wordToken(rest string) (unterminated string) {
	n := wordLength(rest)
	if n == 1 && len(rest) > 1 && rest[1] == '\'' && (rest[0] == 'e' || rest[0] == 'E') {
		return l.quoted(2, true)
	}
	before := l.last
	l.keep(rest[:n])
	upper := strings.Map(upperASCII, rest[:n])
	l.last = upper
	if i := len(l.tokens) - 1; l.tokens[i] == rest[:n] {
		l.tokens[i] = upper
	}
	l.body(before, upper)
	return ""
}

// body follows the bodies of functions that are written in SQL's own form, BEGIN ATOMIC … END: they hold semicolons.
func (l *lexer) body(before, word string) {
	switch {
	case word == "ATOMIC" && before == "BEGIN" && l.tokens[0] == "CREATE":
		l.bodies++
	case word == "CASE" && l.bodies > 0:
		l.bodies++
	case word == "END" && l.bodies > 0:
		l.bodies--
	}
}

// punctuation consumes one character that belongs to nothing longer. Semicolons within parentheses are those of rules.
func (l *lexer) punctuation(c byte) {
	switch {
	case c == '(':
		l.parens++
	case c == ')' && l.parens > 0:
		l.parens--
	}
	l.keep(l.text[l.at : l.at+1])
}

// end ends the statement in hand, if there is one.
func (l *lexer) end(at int) {
	if l.start >= 0 {
		text := strings.TrimRight(l.text[l.start:at], " \t\n\v\f\r")
		l.found = append(l.found, statement{text, l.line(l.start), l.tokens})
	}
	l.start, l.tokens, l.parens, l.bodies, l.last, l.escaped = -1, nil, 0, 0, "", false
}

// commentLength is the length of the comment that a text begins with, 0 if it does not end. Comments nest.
func commentLength(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); {
		switch s[i : i+2] {
		case "/*":
			depth++
			i += 2
		case "*/":
			depth--
			i += 2
			if depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return 0
}

// dollarTag returns the $tag$ that a text begins with, or "": $1 is a parameter.
func dollarTag(s string) string {
	for i := 1; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '$':
			return s[:i+1]
		case isWordStart(c), i > 1 && c >= '0' && c <= '9':
		default:
			return ""
		}
	}
	return ""
}

// isWordStart reports whether a word may begin with c.
func isWordStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

// upperASCII makes capitals of the letters that PostgreSQL folds.
func upperASCII(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

// lowerASCII is the other way round, which is PostgreSQL's.
func lowerASCII(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r - 'A' + 'a'
	}
	return r
}

// wordLength is the length of the word that a text begins with; $ may stand within.
func wordLength(s string) int {
	i := 1
	for i < len(s) && (isWordStart(s[i]) || s[i] >= '0' && s[i] <= '9' || s[i] == '$') {
		i++
	}
	return i
}
