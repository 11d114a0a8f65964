package claims

// This file finds what looks like a statement about speed. Entry point: [Suspects].
//
// It reads words, not meaning, so it is a net with a chosen mesh: a rate, a time in micro- or nanoseconds or
// a factor of speed is always caught. Milliseconds, bytes per second and percentages are also how limits are
// written, so they are let through when words about configuration stand near them and no words about speed.

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Suspect is a place in a document that looks like a statement about speed.
type Suspect struct {
	Line int
	Text string
	Kind string
}

// pattern is one form that such a statement takes.
type pattern struct {
	kind string
	form *regexp.Regexp
	near *regexp.Regexp // if set, words that must stand near it
	free *regexp.Regexp // if set, words near it that make it something else, unless speedWords are there too
}

const (
	num    = `\d+(?:[.,_\x{2009}\x{202f} ]?\d+)*`
	scale  = `(?:\s*(?:k|M|G|thousand|million|billion)\b)?`
	amount = `(?:` + num + `|twice|thrice|two|three|four|five|ten|a hundred|a thousand)`
	perSec = `\s*(?:/\s*|(?:per|a|each)\s+)(?:[\w-]+[ -]){0,2}s(?:ec(?:ond)?)?\b`
	things = `(?:req(?:uest)?s?|responses|quer(?:y|ies)|messages|msgs?|ops|operations|calls|round ?trips|connections|handshakes|rows|transactions)`
	rivals = `(?:fasthttp|net/http|nethttp|fiber|gin|echo|hertz|gnet|sonic|encoding/json|pgx|picohttpparser|null-?(?:c|go))\b`
	speedy = `(?:fast|quick|slow|speed|throughput|efficien|cheap|latenc|perform|CPU|processor time)`
)

var (
	configWords = regexp.MustCompile(`(?i)\b(limit\w*|time-?outs?|deadlines?|defaults?|interval|every|tick\w*|period|sleep\w*|delay|grace|back-?off|quota|throttl\w*|threshold|configur\w+|allow\w*|minimum|at most|expires?)\b`)
	speedWords  = regexp.MustCompile(`(?i)\b(faster|slower|quicker|p50|p9\d+|latenc(y|ies)|throughput|took|takes|answer(s|ed)?|responds?|per request|benchmark\w*|measured|overhead)\b`)
	percentNear = regexp.MustCompile(`(?i)\b(faster|slower|quicker|cheaper|speed\w*|throughput|latenc(y|ies)|overhead|cpu|processor time|performance|less time|requests?/s|` + rivals + `)`)
)

// patterns lists the forms. Every one is tried on every paragraph.
var patterns = []pattern{
	{kind: "a rate", form: regexp.MustCompile(`(?i)` + num + scale + `\s*(?:HTTP )?` + things + perSec),
		free: regexp.MustCompile(`(?i)\b(limit\w*|quota|throttl\w*|allow\w*|per (ip|client|user|key))\b`)},
	{kind: "a rate", form: regexp.MustCompile(`(?i)` + num + scale + `\s*(?:rps|qps|tps)\b`)},
	{kind: "a multitude", form: regexp.MustCompile(`(?i)\b(?:thousand|million|billion)s?(?: of)?(?: [\w-]+)? ` + things + `\b`),
		free: regexp.MustCompile(`(?i)\blimit\w*\b`)},
	{kind: "a time", form: regexp.MustCompile(`(?i)` + num + `\s*(?:ns|µs|μs|us|nanoseconds?|microseconds?)(?:/\w+)?\b`)},
	{kind: "a time", form: regexp.MustCompile(num + `\s*(?:ms|milliseconds?)\b`), free: configWords},
	{kind: "a factor", form: regexp.MustCompile(`(?i)` + num + `\s*(?:×|x\b|times\b)\s*(?:as |more |less |the |fewer |higher |lower |better )*(?:` + speedy + `|` + rivals + `)`)},
	{kind: "a factor", form: regexp.MustCompile(`(?i)\b` + amount + `(?: times)? (?:as )(?:much )?` + speedy)},
	{kind: "a factor", form: regexp.MustCompile(`(?i)\borders? of magnitude (?:\w+ )?` + speedy)},
	{kind: "a throughput", form: regexp.MustCompile(`(?i)` + num + `\s*(?:[kmgt]i?b|[kmgt]?bits?|bytes|(?:kilo|mega|giga)bytes)` + perSec), free: configWords},
	{kind: "a throughput", form: regexp.MustCompile(num + `\s*[kMG]bps\b`), free: configWords},
	{kind: "a share", form: regexp.MustCompile(`(?i)` + num + `\s*(?:%|percent\b)`), near: percentNear, free: configWords},
	{kind: "a footprint", form: regexp.MustCompile(`(?i)` + num + `\s*(?:[km]i?b|bytes|b)\s*(?:per|/|for (?:each|an?|every))\s*(?:[\w-]+ ){0,2}conn`), free: configWords},
}

// nearBytes is how far from a number the words around it are read, in bytes to each side.
const nearBytes = 60

// Suspects lists the statements about speed that stand outside of claim markers.
func Suspects(doc string) []Suspect {
	text := joinLines(withoutBlocks(doc))
	var list []Suspect
	for _, p := range patterns {
		for _, at := range p.form.FindAllStringIndex(text, -1) {
			context := around(text, at[0], at[1])
			if p.near != nil && !p.near.MatchString(context) {
				continue
			}
			if p.free != nil && p.free.MatchString(context) && !speedWords.MatchString(context) {
				continue
			}
			list = append(list, Suspect{lineOf(doc, at[0]), strings.TrimSpace(text[at[0]:at[1]]), p.kind})
		}
	}
	return list
}

// around returns the text near a match, within its paragraph.
func around(text string, start, end int) string {
	from, to := max(0, start-nearBytes), min(len(text), end+nearBytes)
	if cut := strings.LastIndexByte(text[from:start], '\n'); cut >= 0 {
		from += cut + 1
	}
	if cut := strings.IndexByte(text[end:to], '\n'); cut >= 0 {
		to = end + cut
	}
	for from < start && !utf8.RuneStart(text[from]) {
		from++
	}
	return text[from:to]
}

// newBlock matches the start of a line that does not go on with the one before it.
var newBlock = regexp.MustCompile("^\\s*(?:$|[-*+#|>]|\\d+\\.|```|<!--)")

// joinLines makes each paragraph one line, so that a number and its word may stand on two. Offsets stay.
func joinLines(doc string) string {
	text := []byte(doc)
	for i := range text {
		if text[i] == '\n' && i > 0 && text[i-1] != '\n' && !newBlock.Match(untilLineEnd(text[i+1:])) {
			text[i] = ' '
		}
	}
	return string(text)
}

// untilLineEnd is the first line of a text, without its end.
func untilLineEnd(text []byte) []byte {
	for i, c := range text {
		if c == '\n' {
			return text[:i]
		}
	}
	return text
}
