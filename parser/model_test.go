package parser

import (
	"math/big"
	"regexp"
	"strings"
)

// The model of a chunked body: expressions straight from RFC 9112 §7.1, applied to the whole input. Errors are only
// told from acceptance, and "more" from both: an input is incomplete if some continuation would be accepted, which
// for this grammar means that it matches a prefix of the pattern.

const (
	chunkExtPattern  = `(?:[ \t]*;[ \t]*` + abnfToken + `(?:[ \t]*=[ \t]*(?:` + abnfToken + `|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x{80}-\x{ff}]|\\[\t \x21-\x7e\x{80}-\x{ff}])*"))?)*`
	trailerPattern   = abnfToken + `:` + abnfValue
	sizeLinePattern  = `([0-9A-Fa-f]{1,16})(` + chunkExtPattern + `)`
	partialExtensive = `[0-9A-Fa-f]{1,16}(?:` + chunkExtPattern + `(?:[ \t]*|[ \t]*;[ \t]*|[ \t]*;[ \t]*` + abnfToken +
		`[ \t]*(?:=[ \t]*(?:"(?:[\t \x21\x23-\x5b\x5d-\x7e\x{80}-\x{ff}]|\\[\t \x21-\x7e\x{80}-\x{ff}])*\\?)?)?))?`
)

var (
	sizeLine        = regexp.MustCompile(`^` + sizeLinePattern + `$`)
	sizeLinePartial = regexp.MustCompile(`^(?:` + sizeLinePattern + `\r?|` + partialExtensive + `)?$`)
	trailer         = regexp.MustCompile(`^` + trailerPattern + `$`)
	trailerPartial  = regexp.MustCompile(`^(?:` + trailerPattern + `\r?|(?:` + abnfToken + `)?|\r)$`)
)

type chunkModel struct {
	verdict string // "ok", "more" or "refused"
	n       int
	data    []byte
}

func modelChunked(input []byte, lim *ChunkLimits) (m chunkModel) {
	total, excess := new(big.Int), 0
	for {
		line, found := refLine(input[m.n:], len(input))
		if !found {
			return m.partialSize(latin1(line), lim)
		}
		text, hasCRLF := strings.CutSuffix(latin1(line), "\r\n")
		parts := sizeLine.FindStringSubmatch(text)
		if !hasCRLF || parts == nil {
			return m.end("refused")
		}
		size, _ := new(big.Int).SetString(parts[1], 16)
		total.Add(total, size)
		ext := len([]rune(parts[2]))
		if !total.IsInt64() || ext > lim.ExtLineBytesMax {
			return m.end("refused")
		}
		if excess += ext; size.Cmp(big.NewInt(int64(excess))) > 0 {
			excess = 0
		} else {
			excess -= int(size.Int64())
		}
		if excess > lim.ExtExcessBytesMax {
			return m.end("refused")
		}
		m.n += len(line)
		if size.Sign() == 0 {
			return m.trailers(input, lim)
		}
		rest := input[m.n:]
		if big.NewInt(int64(len(rest))).Cmp(size) < 0 {
			m.data = append(m.data, rest...)
			return m.end("more")
		}
		n := int(size.Int64())
		m.data, rest, m.n = append(m.data, rest[:n]...), rest[n:], m.n+n
		switch {
		case len(rest) < 2 && strings.HasPrefix("\r\n", string(rest)):
			return m.end("more")
		case !strings.HasPrefix(string(rest), "\r\n"):
			return m.end("refused")
		}
		m.n += 2
	}
}

func (m chunkModel) end(verdict string) chunkModel {
	m.verdict = verdict
	return m
}

// partialSize judges a size line that has not ended.
func (m chunkModel) partialSize(line string, lim *ChunkLimits) chunkModel {
	digits := regexp.MustCompile(`^[0-9A-Fa-f]*`).FindString(line)
	ext := len([]rune(strings.TrimSuffix(line[len(digits):], "\r")))
	size, _ := new(big.Int).SetString("0"+digits, 16)
	if !sizeLinePartial.MatchString(line) || ext > lim.ExtLineBytesMax || !size.IsInt64() {
		return m.end("refused")
	}
	return m.end("more")
}

func (m chunkModel) trailers(input []byte, lim *ChunkLimits) chunkModel {
	room := lim.TrailerBytesMax
	for count := 1; ; count++ {
		line, found := refLine(input[m.n:], len(input))
		if found && string(line) == "\r\n" {
			m.n += 2
			return m.end("ok")
		}
		begun := len(line) > 0 && line[0] != '\r'
		if begun && (len(line) > room || count > lim.TrailerCountMax) {
			return m.end("refused")
		}
		if !found {
			if trailerPartial.MatchString(latin1(line)) {
				return m.end("more")
			}
			return m.end("refused")
		}
		text, hasCRLF := strings.CutSuffix(latin1(line), "\r\n")
		if !hasCRLF || !trailer.MatchString(text) {
			return m.end("refused")
		}
		room -= len(line)
		m.n += len(line)
	}
}
