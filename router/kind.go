package router

// This file holds the types of parameters. Each type is *defined* by a regular
// expression, from which relate.go derives how it compares with every other,
// and *checked* by a byte loop, which the tests hold to the definition.
//
// uint is bounded by 2⁶³−1 rather than 2⁶⁴−1 so that uint ⊂ int ⊂ float is a
// chain and a value of either always fits an int64.

import (
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
)

type valueType uint8

const (
	typeAny valueType = iota
	typeAlpha
	typeUint
	typeInt
	typeFloat
	typeUUID
	typeRE
)

var typeNames = [...]string{typeAlpha: "alpha", typeUint: "uint", typeInt: "int", typeFloat: "float", typeUUID: "uuid"}

// typeExpr is each type's definition.
var typeExpr = [...]string{
	typeAny:   `(?s:.+)`,
	typeAlpha: `[A-Za-z]+`,
	typeUint:  upTo(math.MaxInt64),
	typeInt:   upTo(math.MaxInt64) + `|-(?:` + upTo(1<<63) + `)`,
	typeFloat: `-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?`,
	typeUUID:  `[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}`,
}

// upTo writes the expression of the decimal numbers 0 … n, leading zeros
// allowed. At most two of its alternatives are open at any digit, which keeps
// its automaton small.
func upTo(n uint64) string {
	s := strconv.FormatUint(n, 10)
	e := fmt.Sprintf("[1-%c][0-9]{%d}|%c%s", s[0]-1, len(s)-1, s[0], notAbove(s[1:]))
	return fmt.Sprintf("0+|0*(?:[1-9][0-9]{0,%d}|%s)", len(s)-2, e)
}

// notAbove writes the expression of as many digits as s has that make no larger
// a number.
func notAbove(s string) string {
	switch {
	case s == "":
		return ""
	case s[0] == '0':
		return "0" + notAbove(s[1:])
	}
	return fmt.Sprintf("(?:[0-%c][0-9]{%d}|%c%s)", s[0]-1, len(s)-1, s[0], notAbove(s[1:]))
}

// matcher decides whether a segment's decoded text is prefix, value, suffix
// with a value of the type that is not empty.
type matcher struct {
	prefix, suffix string
	typ            valueType
	expr           string               // of the value, as in typeExpr
	re             *regexp.Regexp       // typeRE
	auto           *automaton           // built when first compared, see relate.go
	related        map[*matcher]related // what relate found
}

// intern returns the matcher for a parameter's text, or why there is none.
func (b *Builder) intern(prefix, typ, suffix string) (m *matcher, why string) {
	key := strconv.Itoa(len(prefix)) + prefix + ":" + strconv.Itoa(len(suffix)) + suffix + ":" + typ
	if m := b.matchers[key]; m != nil {
		return m, ""
	}
	m = &matcher{prefix: prefix, suffix: suffix}
	if why := m.setType(typ); why != "" {
		return nil, why
	}
	if b.matchers == nil {
		b.matchers = map[string]*matcher{}
	}
	b.matchers[key] = m
	return m, ""
}

func (m *matcher) setType(typ string) (why string) {
	if typ == "" {
		m.expr = typeExpr[typeAny]
		return ""
	}
	for t, name := range typeNames {
		if name == typ {
			m.typ, m.expr = valueType(t), typeExpr[t]
			return ""
		}
	}
	if !strings.HasPrefix(typ, "re(") {
		return fmt.Sprintf("type %q is not int, uint, float, uuid, alpha or re(…)", typ)
	}
	m.typ, m.expr = typeRE, typ[len("re("):len(typ)-1]
	return m.compileRE()
}

// compileRE checks the expression. Assertions are refused: the match is
// anchored anyway, and without them two expressions can be compared exactly.
func (m *matcher) compileRE() (why string) {
	tree, err := syntax.Parse(m.expr, syntax.Perl)
	if err != nil {
		return fmt.Sprintf("%v; literal parentheses are written \\( and \\)", err)
	}
	if hasAssertion(tree) {
		return "^, $, \\b and other assertions have no place in re(…): it always matches the whole value"
	}
	m.re, err = regexp.Compile(`\A(?:` + m.expr + `)\z`)
	if err != nil {
		return err.Error()
	}
	if m.re.MatchString("") {
		return "re(…) matches the empty text, which a parameter never does: write + instead of *"
	}
	switch a := m.automaton(); {
	case len(a.start) == 0:
		return "re(…) matches no text at all"
	case len(a.insts) > reInstsMax:
		return fmt.Sprintf("re(…) compiles to %d instructions, at most %d are allowed", len(a.insts), reInstsMax)
	}
	return ""
}

func hasAssertion(e *syntax.Regexp) bool {
	switch e.Op {
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	}
	for _, sub := range e.Sub {
		if hasAssertion(sub) {
			return true
		}
	}
	return false
}

// match reports whether the decoded segment text matches.
func (m *matcher) match(text string) bool {
	s, ok := strings.CutPrefix(text, m.prefix)
	if !ok {
		return false
	}
	s, ok = strings.CutSuffix(s, m.suffix)
	return ok && len(s) > 0 && m.typ.check([]byte(s), m.re)
}

// check reports whether v, which is not empty, is a value of the type.
func (t valueType) check(v []byte, re *regexp.Regexp) bool {
	switch t {
	case typeAny:
		return true
	case typeAlpha:
		return isAlpha(v)
	case typeUint:
		return isDecimal(v, math.MaxInt64)
	case typeInt:
		if v[0] == '-' {
			return isDecimal(v[1:], 1<<63)
		}
		return isDecimal(v, math.MaxInt64)
	case typeFloat:
		return isFloat(v)
	case typeUUID:
		return isUUID(v)
	}
	return re.Match(v)
}

func isAlpha(v []byte) bool {
	for _, c := range v {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}

// isDecimal reports whether v is one or more digits of a number up to limit.
func isDecimal(v []byte, limit uint64) bool {
	for len(v) > 19 && v[0] == '0' {
		v = v[1:]
	}
	if len(v) == 0 || len(v) > 19 {
		return false
	}
	n := uint64(0)
	for _, c := range v {
		if c-'0' > 9 {
			return false
		}
		n = n*10 + uint64(c-'0')
	}
	return n <= limit // 19 digits cannot overflow n
}

func isFloat(v []byte) bool {
	if v[0] == '-' {
		v = v[1:]
	}
	v, ok := cutDigits(v)
	if ok && len(v) > 0 && v[0] == '.' {
		v, ok = cutDigits(v[1:])
	}
	if ok && len(v) > 0 && v[0]|0x20 == 'e' {
		if v = v[1:]; len(v) > 0 && (v[0] == '+' || v[0] == '-') {
			v = v[1:]
		}
		v, ok = cutDigits(v)
	}
	return ok && len(v) == 0
}

// cutDigits returns what follows the digits v begins with, and whether any were.
func cutDigits(v []byte) ([]byte, bool) {
	i := 0
	for i < len(v) && v[i]-'0' <= 9 {
		i++
	}
	return v[i:], i > 0
}

func isUUID(v []byte) bool {
	if len(v) != 36 {
		return false
	}
	for i, c := range v {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if hexValue[c] > 15 {
			return false
		}
	}
	return true
}
