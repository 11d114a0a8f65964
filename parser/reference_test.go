package parser

import (
	"bytes"
	"math/big"
	"net/netip"
	"regexp"
	"strings"
)

// The reference: the same protocol read once more, slowly, from the ABNF of the RFCs, by means that share nothing
// with the parser (regular expressions, big integers, net/netip). It is the oracle of FuzzHead. It works on whole
// lines and knows nothing of resuming; that the verdict does not depend on the cuts is checked apart.
//
// Bytes become runes U+0000 to U+00FF first, so that a class such as [\x80-\xff] means bytes.

const (
	abnfToken   = `[!#$%&'*+\-.^_` + "`" + `|~0-9A-Za-z]+`
	abnfValue   = `[\t \x21-\x7e\x{80}-\x{ff}]*`
	abnfTarget  = `[\x21-\x22\x24-\x7e]+` // every byte some deployed client sends; the form is judged apart
	abnfRegName = `(?:[A-Za-z0-9\-._~!$&'()*+;=]|%[0-9A-Fa-f]{2})+`
)

var (
	refRequestLine = regexp.MustCompile(`^(` + abnfToken + `) (` + abnfTarget + `) HTTP/([0-9])\.([0-9])$`)
	refFieldLine   = regexp.MustCompile(`^(` + abnfToken + `):[ \t]*(` + abnfValue + `)$`)
	refAbsolute    = regexp.MustCompile(`^(?i:(https?))://([^/?]*)([^?]*)(?:(\?)(.*))?$`)
	refAuthority   = regexp.MustCompile(`^(` + abnfRegName + `|\[[0-9A-Fa-f:.]*\])(?::([0-9]*))?$`)
	refDigits      = regexp.MustCompile(`^[0-9]+$`)
	refCoding      = regexp.MustCompile(`^(` + abnfToken + `)(?:[ \t]*(;.*))?$`)
	refToken       = regexp.MustCompile(`^` + abnfToken + `$`)
	refTokenFirst  = regexp.MustCompile(`^` + abnfToken)
	refChunked     = regexp.MustCompile(`^(?i)chunked$`)
)

// refMatch is FindStringSubmatch, which is asked about the same lines again and again: it keeps its answers.
func refMatch(pattern *regexp.Regexp, line string) []string {
	key := refQuestion{pattern, line}
	m, known := refAnswers[key]
	if !known {
		if len(refAnswers) >= refAnswersMax {
			clear(refAnswers)
		}
		m = pattern.FindStringSubmatch(line)
		refAnswers[key] = m
	}
	return m
}

type refQuestion struct {
	pattern *regexp.Regexp
	line    string
}

const refAnswersMax = 20_000

var refAnswers = map[refQuestion][]string{}

// refHead is what the reference makes of a head. code is 0 while incomplete, 200 if it is fine.
type refHead struct {
	code, n                           int
	method, target, path, query, host string
	hasQuery                          bool
	minor                             int
	form                              Form
	fields                            [][2]string
	length                            int64
	chunked, close, keepAlive         bool
	expect, upgrade                   bool
}

func latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// reference parses a head under the limits: window first, then line by line.
func reference(input []byte, lim *Limits) (r refHead) {
	full := len(input) >= lim.HeadBytesMax
	input = input[:min(len(input), lim.HeadBytesMax)]
	for skipped := 0; bytes.HasPrefix(input[r.n:], []byte("\r\n")); skipped++ {
		if skipped == lim.LeadingCRLFMax {
			r.code = 400
			return r
		}
		r.n += 2
	}
	if rest := input[r.n:]; len(rest) > 0 && rest[0] != '\r' && !refTokenFirst.MatchString(latin1(rest[:1])) {
		r.code = 400
		return r
	}
	for first := true; ; first = false {
		most := lim.FieldLineBytesMax + 2
		if first {
			most = methodBytesMax + lim.TargetBytesMax + len("  HTTP/1.1\r\n")
		}
		line, found := refLine(input[r.n:], most)
		switch {
		case !found && len(line) == most && first:
			r.code = refLongRequestLine(latin1(line), lim)
		case !found && len(line) == most:
			r.code = 431
		case !found && full:
			r.code = 431
		}
		if !found {
			return r
		}
		r.n += len(line)
		text, hasCRLF := strings.CutSuffix(latin1(line), "\r\n")
		switch {
		case !hasCRLF:
			r.code = 400
		case first:
			r.code = r.requestLine(text, lim)
		case text == "":
			r.code = r.decide()
			return r
		default:
			r.code = r.fieldLine(text, lim)
		}
		if r.code != 0 {
			return r
		}
	}
}

// refLine cuts off the first line, LF included, of at most most bytes.
func refLine(b []byte, most int) (line []byte, found bool) {
	b = b[:min(len(b), most)]
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1], true
	}
	return b, false
}

func refLongRequestLine(line string, lim *Limits) int {
	method, rest, hasSpace := strings.Cut(line, " ")
	if !refToken.MatchString(method) {
		return 400
	}
	target, _, _ := strings.Cut(rest, " ")
	switch {
	case !hasSpace, len([]rune(method)) > methodBytesMax:
		return 501
	case len([]rune(target)) > lim.TargetBytesMax:
		return 414
	}
	return 400
}

func (r *refHead) requestLine(line string, lim *Limits) int {
	m := refMatch(refRequestLine, line)
	if m == nil {
		return 400
	}
	r.method, r.target = m[1], m[2]
	if m[3] != "1" {
		return 505
	}
	if m[4] != "0" {
		r.minor = 1
	}
	if len(r.target) > lim.TargetBytesMax {
		return 414
	}
	r.path, r.query, r.hasQuery = strings.Cut(r.target, "?")
	switch {
	case r.method == "CONNECT":
		r.form, r.host, r.path, r.query, r.hasQuery = FormAuthority, r.target, "", "", false
		if ok, port := refValidAuthority(r.target); !ok || port < 1 {
			return 400
		}
	case r.target[0] == '/':
	case r.target == "*":
		r.form = FormAsterisk
		if r.method != "OPTIONS" {
			return 400
		}
	default:
		a := refMatch(refAbsolute, r.target)
		if a == nil {
			return 400
		}
		r.form, r.host, r.path, r.hasQuery, r.query = FormAbsolute, a[2], a[3], a[4] != "", a[5]
		if ok, _ := refValidAuthority(r.host); !ok {
			return 400
		}
		if strings.EqualFold(a[1], "https") != lim.Secured {
			return 421
		}
	}
	return 0
}

// refValidAuthority returns the port too, -1 if there is none.
func refValidAuthority(s string) (ok bool, port int) {
	m := refMatch(refAuthority, s)
	if m == nil {
		return false, 0
	}
	if strings.HasPrefix(m[1], "[") {
		addr, err := netip.ParseAddr(m[1][1 : len(m[1])-1])
		if err != nil || !addr.Is6() {
			return false, 0
		}
	}
	if m[2] == "" {
		return true, -1
	}
	n, _ := new(big.Int).SetString(m[2], 10)
	if n.Cmp(big.NewInt(65535)) > 0 {
		return false, 0
	}
	return true, int(n.Int64())
}

func (r *refHead) fieldLine(line string, lim *Limits) int {
	m := refMatch(refFieldLine, line)
	if m == nil {
		return 400
	}
	if len(r.fields) == lim.FieldCountMax {
		return 431
	}
	name, value := m[1], strings.Trim(m[2], " \t")
	earlier := r.values(name)
	r.fields = append(r.fields, [2]string{name, value})
	switch strings.ToLower(name) {
	case "host":
		inTarget := r.form == FormAbsolute || r.form == FormAuthority
		ok, _ := refValidAuthority(value)
		if len(earlier) > 0 || !ok && !(value == "" && inTarget) {
			return 400
		}
		if !inTarget {
			r.host = value
		}
	case "content-length":
		if len(earlier) > 0 || !refDigits.MatchString(value) || value != "0" && value[0] == '0' {
			return 400
		}
		n, _ := new(big.Int).SetString(value, 10)
		if !n.IsInt64() {
			return 400
		}
		r.length = n.Int64()
	case "transfer-encoding":
		if len(earlier) > 0 {
			return 400
		}
		for _, coding := range refMembers(value) {
			c := refMatch(refCoding, coding)
			if c == nil || strings.EqualFold(c[1], "chunked") && c[2] != "" {
				return 400
			}
		}
	case "expect":
		for _, e := range refMembers(value) {
			if e != "" && !strings.EqualFold(e, "100-continue") {
				return 417
			}
		}
	}
	return 0
}

func refMembers(list string) (members []string) {
	for _, m := range strings.Split(list, ",") {
		members = append(members, strings.Trim(m, " \t"))
	}
	return members
}

func (r *refHead) values(name string) (values []string) {
	for _, f := range r.fields {
		if strings.EqualFold(f[0], name) {
			values = append(values, f[1])
		}
	}
	return values
}

func (r *refHead) lists(name, member string) bool {
	for _, value := range r.values(name) {
		for _, m := range refMembers(value) {
			if strings.EqualFold(m, member) {
				return true
			}
		}
	}
	return false
}

func (r *refHead) decide() int {
	hasLength, codings := len(r.values("content-length")) > 0, r.values("transfer-encoding")
	if r.minor == 1 && len(r.values("host")) == 0 {
		return 400
	}
	if len(codings) > 0 {
		members := refMembers(codings[0])
		last := len(members) - 1
		for i, m := range members {
			if hasLength || r.minor == 0 || i < last && refChunked.MatchString(m) {
				return 400
			}
		}
		if last > 0 || !strings.EqualFold(members[0], "chunked") {
			return 501
		}
		r.chunked = true
	}
	hasBody := r.chunked || r.length > 0
	if r.method == "TRACE" && hasBody {
		return 400
	}
	keepAlive, closes := r.lists("connection", "keep-alive"), r.lists("connection", "close")
	r.close = closes || r.minor == 0 && !keepAlive
	r.keepAlive = r.minor == 0 && keepAlive && !closes
	r.expect = r.minor == 1 && hasBody && r.lists("expect", "100-continue")
	for _, value := range r.values("upgrade") {
		if value != "" && r.minor == 1 && r.lists("connection", "upgrade") {
			r.upgrade = true
		}
	}
	return 200
}
