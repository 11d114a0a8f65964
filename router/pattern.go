package router

// This file holds the syntax: one pattern's text becomes a method, a host and
// a list of segments. Nothing here knows of other patterns.
//
// Invariants of a parsed pattern:
//   - segs is not empty; segEnd and segMulti stand last only, segMid never does;
//   - there is at most one wildcard, segMid or segMulti;
//   - a literal's text is decoded, not empty and no dot segment;
//   - matchers are interned by their text: two segments match the same way as
//     written exactly if their *matcher is the same pointer.
//
// Read Builder.Add, then parser.parse and parser.segment.

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of registration. They bound the table, and through it every lookup.
const (
	patternBytesMax = 4096 // one pattern's text
	segmentsMax     = 64   // segments of one pattern
	routesMax       = 1<<16 - 1
	hostBytesMax    = 255     // RFC 1035 §2.3.4
	midsMax         = 1 << 10 // patterns with a wildcard in the middle: each is compared with all others
)

// Builder collects patterns and compiles them. The zero value is ready for
// use. A Builder belongs to one goroutine.
type Builder struct {
	patterns []*pattern
	matchers map[string]*matcher
	names    map[string]int
	slash    SlashPolicy
	mids     int // patterns with a wildcard in the middle
}

// Add registers a pattern and returns its route id; ids count up from 0. The
// source is where the registration stands, for error messages. The error is a
// [*PatternError]; the Builder is unchanged by it. Conflicts with other patterns
// are found by Compile.
func (b *Builder) Add(text string, src Source) (id int, err error) {
	p := parser{text: text, src: src, b: b}
	if len(b.patterns) >= routesMax {
		return -1, p.errorf(0, "too many routes: a table holds %d", routesMax)
	}
	pat, err := p.parse()
	if err != nil {
		return -1, err
	}
	pat.id = len(b.patterns)
	if pat.mid() >= 0 {
		b.mids++
	}
	b.patterns = append(b.patterns, pat)
	return len(b.patterns) - 1, nil
}

// PatternError says what is wrong with a pattern, where, and what to write
// instead.
type PatternError struct {
	Pattern string
	Offset  int // byte offset into Pattern
	Reason  string
	Source  Source
}

func (e *PatternError) Error() string {
	return fmt.Sprintf("router: pattern %q (%v): at offset %d: %s", e.Pattern, e.Source, e.Offset, e.Reason)
}

type segmentKind uint8

const (
	segLiteral segmentKind = iota // text
	segParam                      // m
	segEnd                        // {$}: the empty segment after the last slash
	segMulti                      // {name...} or a trailing slash: one or more segments, the last one may be empty
	segMid                        // {name...} with segments behind it: one or more
)

type segment struct {
	kind segmentKind
	text string   // segLiteral: decoded
	m    *matcher // segParam
}

type pattern struct {
	id     int
	method Method
	segs   []segment
	params []spot // where parameter i stands; route.Params has its name
	route  Route
}

// spot locates a parameter: its segment, and the decoded length of the
// literal text around it. Behind a wildcard segments count from the end of the path, as back says.
type spot struct {
	seg      uint8 // number of segments before it
	back     uint8 // that and those behind it, for one behind a wildcard; of a wildcard, those behind it
	multi    bool
	pre, suf uint16
}

type parser struct {
	text string
	src  Source
	b    *Builder
	pat  *pattern
}

func (p *parser) errorf(off int, format string, args ...any) error {
	return &PatternError{p.text, off, fmt.Sprintf(format, args...), p.src}
}

func (p *parser) parse() (*pattern, error) {
	if len(p.text) == 0 {
		return nil, p.errorf(0, `empty pattern: write "/" for every path`)
	}
	if len(p.text) > patternBytesMax {
		return nil, p.errorf(patternBytesMax, "pattern has %d bytes, at most %d are allowed", len(p.text), patternBytesMax)
	}
	p.pat = &pattern{route: Route{Pattern: p.text, Source: p.src}}
	off, err := p.head()
	if err != nil {
		return nil, err
	}
	for off < len(p.text) {
		// Invariant: text[off] == '/'.
		if len(p.pat.segs) == segmentsMax {
			return nil, p.errorf(off, "more than %d segments", segmentsMax)
		}
		if off, err = p.segment(off + 1); err != nil {
			return nil, err
		}
	}
	p.pat.count()
	return p.pat, nil
}

// mid returns the place of the wildcard in the middle, or -1.
func (p *pattern) mid() int {
	return slices.IndexFunc(p.segs, func(s segment) bool { return s.kind == segMid })
}

// count notes where the params from the wildcard in the middle on are, seen from the end.
func (p *pattern) count() {
	mid := p.mid()
	for i := range p.params {
		if at := &p.params[i]; mid >= 0 && int(at.seg) >= mid {
			at.back = uint8(len(p.segs) - int(at.seg))
			if at.multi {
				at.back--
			}
		}
	}
}

// head reads "[METHOD ][HOST]" and returns the offset of the path's '/'.
func (p *parser) head() (int, error) {
	sl := strings.IndexByte(p.text, '/')
	if sl < 0 {
		return 0, p.errorf(len(p.text), "no '/': a pattern is [METHOD ][HOST]/[PATH]")
	}
	host := 0
	if i := strings.IndexAny(p.text[:sl], " \t"); i >= 0 {
		m, ok := methodByName(p.text[:i])
		if !ok {
			return 0, p.errorf(0, "method %q is not %s; leave it out to match every method", p.text[:i], methodList)
		}
		p.pat.method, p.pat.route.Method = m, m
		host = i + len(p.text[i:sl]) - len(strings.TrimLeft(p.text[i:sl], " \t"))
	}
	if off, why := badHost(p.text[host:sl]); why != "" {
		return 0, p.errorf(host+off, "%s", why)
	}
	p.pat.route.Host = strings.ToLower(p.text[host:sl])
	return sl, nil
}

// badHost says why a host cannot be one; the host of a pattern is compared with
// the request's after that one's port is gone.
func badHost(host string) (off int, why string) {
	if len(host) > hostBytesMax {
		return hostBytesMax, fmt.Sprintf("host has more than %d bytes", hostBytesMax)
	}
	for i := range len(host) {
		switch c := host[i]; {
		case c == '{' || c == '}':
			return i, "host contains a brace: did you leave out the '/' before it?"
		case c <= ' ' || c >= 0x7f:
			return i, "host contains a space, control or non-ASCII byte: write it in its xn-- form"
		}
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !(host[0] == '[' && host[len(host)-1] == ']') {
		return i, "host has a port: leave it out, a host matches on every port (write IPv6 as [::1])"
	}
	return 0, ""
}

// segment reads the segment at off and returns the offset of the next '/', or
// the length of the text.
func (p *parser) segment(off int) (int, error) {
	if off == len(p.text) { // trailing slash
		if p.pat.mid() >= 0 {
			return 0, p.errorf(off-1, "a trailing slash stands for all that is below, and nothing can tell that from {name...}: write {$} for the slash alone")
		}
		p.pat.segs = append(p.pat.segs, segment{kind: segMulti})
		return off, nil
	}
	end := off
	for end < len(p.text) && p.text[end] != '/' && p.text[end] != '{' {
		end++
	}
	if end < len(p.text) && p.text[end] == '{' {
		return p.wild(off, end)
	}
	lit, err := p.literal(off, end)
	if err != nil {
		return 0, err
	}
	switch {
	case lit == "":
		return 0, p.errorf(off, "empty segment: no path with // is matched, requests are redirected to the clean path")
	case dots([]byte(lit)) > 0 || hidesDots([]byte(lit)):
		return 0, p.errorf(off, "dot segment: no path with one is matched, requests are redirected to the clean path")
	}
	p.pat.segs = append(p.pat.segs, segment{kind: segLiteral, text: lit})
	return end, nil
}

// literal decodes text[from:to].
func (p *parser) literal(from, to int) (string, error) {
	raw := p.text[from:to]
	for i := range len(raw) {
		if raw[i] <= ' ' || raw[i] == 0x7f {
			return "", p.errorf(from+i, "space or control byte in the path: write %%%02X", raw[i])
		}
		if raw[i] == '%' {
			if _, ok := unescapeAt(raw, i); !ok {
				return "", p.errorf(from+i, "invalid percent escape: write %%25 for a '%%'")
			}
		}
	}
	dec, _ := AppendUnescaped(nil, []byte(raw))
	return string(dec), nil
}

// wild reads a segment that has a '{' at open: {$}, {name...} or a parameter
// with affixes.
func (p *parser) wild(off, open int) (int, error) {
	body, shut, err := p.braces(open)
	if err != nil {
		return 0, err
	}
	end := shut
	for end < len(p.text) && p.text[end] != '/' {
		if p.text[end] == '{' {
			return 0, p.errorf(end, "two parameters in one segment: separate them with '/'")
		}
		end++
	}
	name, typ, typed := strings.Cut(body, ":")
	base, multi := strings.CutSuffix(name, "...")
	if body == "$" || multi {
		return end, p.whole(off, end, open, body, base, typed)
	}
	if err := p.name(open+1, name); err != nil {
		return 0, err
	}
	if typed && typ == "" {
		return 0, p.errorf(shut-1, "no type after ':': write {%s} for any text", name)
	}
	return end, p.param(off, open, shut, end, Param{name, typ})
}

// whole reads {$} and {name...}, which are whole segments.
func (p *parser) whole(off, end, open int, body, name string, typed bool) error {
	switch {
	case off != open || end != open+len(body)+2:
		return p.errorf(off, "{%s} must be a whole segment", body)
	case body == "$" && end != len(p.text):
		return p.errorf(end, "{$} must be the end of the pattern")
	case body == "$":
		p.pat.segs = append(p.pat.segs, segment{kind: segEnd})
		return nil
	case typed:
		return p.errorf(open, "{%s...} cannot have a type: it matches any number of segments", name)
	case p.pat.mid() >= 0:
		return p.errorf(open, "two wildcards: there is more than one way to part a path between {name...} and {%s...}", name)
	case end != len(p.text) && p.b.mids == midsMax:
		return p.errorf(open, "more than %d patterns with a wildcard in the middle", midsMax)
	}
	if err := p.name(open+1, name); err != nil {
		return err
	}
	kind := segMulti
	if end != len(p.text) {
		kind = segMid
	}
	p.add(segment{kind: kind}, Param{name, "..."}, spot{multi: true})
	return nil
}

// param reads a parameter with its literal prefix and suffix.
func (p *parser) param(off, open, shut, end int, par Param) error {
	pre, err := p.affix(off, open)
	if err != nil {
		return err
	}
	suf, err := p.affix(shut, end)
	if err != nil {
		return err
	}
	m, why := p.b.intern(pre, par.Type, suf)
	if why != "" {
		return p.errorf(open+len(par.Name)+2, "%s", why)
	}
	p.add(segment{kind: segParam, m: m}, par, spot{pre: uint16(len(pre)), suf: uint16(len(suf))})
	return nil
}

func (p *parser) add(s segment, par Param, at spot) {
	at.seg = uint8(len(p.pat.segs))
	p.pat.segs = append(p.pat.segs, s)
	p.pat.params = append(p.pat.params, at)
	p.pat.route.Params = append(p.pat.route.Params, par)
}

// affix decodes the literal text beside a parameter.
func (p *parser) affix(from, to int) (string, error) {
	if i := strings.IndexByte(p.text[from:to], '}'); i >= 0 {
		return "", p.errorf(from+i, "'}' beside a parameter: write %%7D")
	}
	s, err := p.literal(from, to)
	if err == nil && !utf8.ValidString(s) {
		return "", p.errorf(from, "text beside a parameter must be UTF-8")
	}
	return s, err
}

// name checks a parameter's name, a Go identifier as in net/http.
func (p *parser) name(off int, name string) error {
	for i, c := range name {
		if !unicode.IsLetter(c) && c != '_' && (i == 0 || !unicode.IsDigit(c)) {
			return p.errorf(off+i, "parameter name %q is not an identifier (letters, digits and _)", name)
		}
	}
	if name == "" {
		return p.errorf(off, "parameter without a name: write {name}")
	}
	if len(p.pat.params) == ParamsMax {
		return p.errorf(off, "more than %d parameters", ParamsMax)
	}
	for _, q := range p.pat.route.Params {
		if q.Name == name {
			return p.errorf(off, "parameter name %q is used twice", name)
		}
	}
	return nil
}

// braces returns the text between the '{' at open and its '}', and the offset
// after that. Within re(…) the braces, slashes and parentheses belong to the
// expression, so its end is where its own parentheses balance.
func (p *parser) braces(open int) (body string, after int, err error) {
	rest := p.text[open+1:]
	i := strings.IndexAny(rest, "/{}:")
	if i >= 0 && strings.HasPrefix(rest[i:], ":re(") {
		n := balanced(rest[i+3:])
		if n < 0 {
			return "", 0, p.errorf(open+1+i+3, "re(…) is not closed: its parentheses do not balance")
		}
		if i += 3 + n; i == len(rest) || rest[i] != '}' {
			return "", 0, p.errorf(open+1+i, "expected '}' after re(…)")
		}
		return rest[:i], open + 1 + i + 1, nil
	}
	if i = strings.IndexAny(rest, "/{}"); i < 0 || rest[i] != '}' {
		return "", 0, p.errorf(open, "'{' is not closed: write %%7B for a literal brace")
	}
	return rest[:i], open + 1 + i + 1, nil
}

// balanced returns the length of the parenthesized expression that s begins
// with, or -1. Escaped parentheses and those in a character class don't count.
func balanced(s string) int {
	depth, class := 0, 0 // class: offset after the '[' we are in, 0 outside
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case class > 0:
			if c == '[' && i+1 < len(s) && s[i+1] == ':' { // [[:alpha:]]
				if n := strings.Index(s[i+2:], ":]"); n >= 0 {
					i += 2 + n + 1
				}
			} else if c == ']' && i > class { // a ']' that comes first is a member
				class = 0
			}
		case c == '[':
			class = i + 1
			if class < len(s) && s[class] == '^' {
				class++
			}
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}
