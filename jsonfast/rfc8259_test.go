package jsonfast

// This file goes through RFC 8259 sentence by sentence. Each row is a text with the rule that it keeps or breaks; encoding/json
// is asked as well, and where it is more lenient than the RFC asks for, the row says so.

import (
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
)

type rfcRow struct {
	section, rule string
	good          []string
	bad           []string
}

var rfcRows = []rfcRow{
	{"2", "a text is one value of any kind", []string{`{}`, `[]`, `""`, `0`, `true`, `false`, `null`}, []string{``, ` `, `1 2`, `{}[]`, `null,`, `,`}},
	{"2", "white space is SP, HTAB, LF and CR, around the six structural characters",
		[]string{" \t\n\r[ \t\n\r1 \t\n\r, \t\n\r2 \t\n\r] \t\n\r", "{ \"a\" \n:\t1\r}", "\n        \n                \n1"}, []string{"\v1", "\f1", "\u00a01", "\ufeff1", "[1,\v2]", "\x001", "1\x00", "{\"a\"\x0b:1}", "\u20281"}},
	{"2", "brackets match", []string{`[[],{}]`, `{"a":[{"b":[]}]}`}, []string{`[`, `]`, `{`, `}`, `[}`, `{]`, `[[]`, `[]]`, `{"a":[}`, `{"a":{]}`}},
	{"3", "the literal names are lowercase and no others exist", []string{`[true,false,null]`}, []string{`True`, `TRUE`, `nul`, `nulL`, `tru`, `fals`, `falsee`, `nil`, `undefined`, `NaN`, `Infinity`, `-Infinity`, `t`, `f`, `n`}},
	{"4", "an object has members separated by one comma", []string{`{"a":1}`, `{"a":1,"b":2}`}, []string{`{"a":1,}`, `{,"a":1}`, `{"a":1,,"b":2}`, `{"a":1 "b":2}`, `{"a":1;"b":2}`, `{,}`}},
	{"4", "a member is a string, one colon, a value", []string{`{"":0}`, `{"a" : "b"}`}, []string{`{"a"}`, `{"a":}`, `{:1}`, `{"a"::1}`, `{"a",1}`, `{a:1}`, `{'a':1}`, `{1:1}`, `{null:1}`, `{"a":1:2}`, `{"a" 1}`}},
	{"1", "null is a value and no lack of one, everywhere", []string{`null`, `{"a":null}`, `[null]`}, []string{`{"a":}`, `[,null]`, `{null}`}},
	{"2", "structural characters within strings are none", []string{`["[","]","{","}",":",","]`, `{"{\"}":"]["}`}, []string{`["[]`, `{"a":"}`, `["a"]"]`}},
	{"4", "order of members means nothing, and nesting of names none", []string{`{"b":1,"a":2}`, `{"a":{"a":{"a":1}}}`}, []string{`{"a":{"a":}}`, `{{"a":1}}`, `{["a"]:1}`}},
	{"4", "names should be unique, and the last one counts here", []string{`{"a":1,"a":2}`, `{"a":{"b":1},"a":{"c":2}}`}, nil},
	{"5", "an array has values separated by one comma, of any kinds", []string{`[1,"a",null,{},[]]`, `[0]`}, []string{`[1,]`, `[,1]`, `[1,,2]`, `[,]`, `[1 2]`, `[1;2]`, `[1:2]`}},
	{"6", "an integer has no leading zeros and no plus", []string{`0`, `-0`, `10`, `-1`, `9007199254740993`, `123456789012345678901234567890`}, []string{`00`, `01`, `-01`, `+1`, `-`, `--1`, `- 1`, `1-`, `0x10`, `1_000`, `１`}},
	{"6", "a fraction has digits on both sides of the point", []string{`0.0`, `-1.50`, `0.000000000000000000000000000001`}, []string{`1.`, `.1`, `-.1`, `1..2`, `1.2.3`, `1.e5`, `1,5`}},
	{"6", "an exponent has digits", []string{`1e5`, `1E5`, `1e+5`, `1E-05`, `0e0`, `1.5e00`}, []string{`1e`, `1e+`, `1e-`, `e5`, `1e5.5`, `1e 5`, `1ee5`, `1e+-5`}},
	{"6", "minus zero, and zeros behind the point and in the exponent, are numbers", []string{`-0`, `-0.0`, `0e-0`, `0.10`, `1e0005`}, []string{`-00`, `00.1`, `-`, `0e`, `0.`}},
	{"6", "size is not limited by the grammar", []string{strings.Repeat("9", 5000), "0." + strings.Repeat("0", 5000) + "1", `1e-999999`}, nil},
	{"7", "a string begins and ends with a quotation mark", []string{`""`, `"a"`, `"'"`}, []string{`"`, `"a`, `a"`, `'a'`, `"a"b"`, `"\"`}},
	{"7", "quotation mark, backslash and controls must be escaped", []string{`"\"\\\u0000\u001f"`, "\"\x7f\""}, func() (bad []string) {
		for c := range 0x20 {
			bad = append(bad, `"a`+string(rune(c))+`b"`, `{"a`+string(rune(c))+`":1}`, `"long enough for a word `+string(rune(c))+` and more"`)
		}
		return bad
	}()},
	{"7", "there are eight short escapes", []string{`"\"\\\/\b\f\n\r\t"`}, func() (bad []string) {
		for c := range 256 {
			if !strings.ContainsRune(`"\/bfnrtu`, rune(c)) {
				bad = append(bad, `"\`+string([]byte{byte(c)})+`"`)
			}
		}
		return bad
	}()},
	{"7", "\\u is followed by four hexadecimal digits in any case", []string{`"\u0041\u00e9\u20AC\uabcD"`}, []string{`"\u"`, `"\u0"`, `"\u00"`, `"\u004"`, `"\u004g"`, `"\u 041"`, `"\U0041"`, `"\u+041"`, `"\u00`}},
	{"7", "beyond the BMP there are pairs of surrogates", []string{`"\uD834\uDD1E"`, `"\ud83d\ude00x"`}, nil},
	{"8.1", "a byte order mark must not be added; a parser may ignore it, and this one does not", nil, []string{"\xef\xbb\xbf{}", "\xff\xfe[\x00]\x00"}},
	{"8.1", "text is UTF-8; other bytes within strings become U+FFFD", []string{"\"é€𝄞\"", "\"\xff\"", "\"\xc3\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "{\"\xfe\":1}"}, []string{"\xff", "[\xff]", "\xc3\xa9"}},
	{"8.2", "lone surrogates are allowed by the grammar and become U+FFFD", []string{`"\uDEAD"`, `"\ud800"`, `"\ud800\u0041"`, `"\udc00\ud800"`, `"\ud800\ud800\udc00"`, `"\ud800\n"`, `"\ud800x"`}, nil},
	{"8.3", "names are equal if their characters are, however they are written", []string{`{"\u0061":1,"a":2}`, `{"a\/b":1,"a/b":2}`}, nil},
	{"9", "depth may be limited, and is", []string{strings.Repeat("[", depthLevelsMax) + strings.Repeat("]", depthLevelsMax)}, []string{strings.Repeat("[", depthLevelsMax+1) + strings.Repeat("]", depthLevelsMax+1)}},
	{"9", "extensions are allowed to a parser, and there are none", nil, []string{`// c` + "\n1", `/* c */1`, `[1]//`, `#1`, `{"a":1}/**/`, `(1)`, `<a>`, "`a`", `[1]` + "\x1e", `{"a"=1}`, `{"a":1}}`, `"a" "b"`, `"a"+"b"`}},
}

func TestRFC8259(t *testing.T) {
	for _, row := range rfcRows {
		for _, text := range row.good {
			checkRow(t, row, text, true)
		}
		for _, text := range row.bad {
			checkRow(t, row, text, false)
		}
	}
}

// checkRow tries a text bare, in an array and as a member, and by every way to read it.
func checkRow(t *testing.T, row rfcRow, text string, good bool) {
	t.Helper()
	wide := strings.Repeat("\n    ", structureBytesMin/5+1) // enough for Valid to take the other way
	around := []string{text, "[" + text + "]", `{"k":` + text + `}`, `[0,` + text + ` ,0]`, wide + text, text + wide, "[" + wide + text + "]", `{"k":` + text + wide + "}"}
	if strings.Contains(row.rule, "depth") || !good && strings.ContainsAny(text, ",") || text == "" || text == " " {
		around = []string{text, wide + text, text + wide} // another bracket is too many, or a comma has a meaning there
	}
	for _, text := range around {
		if got := Valid([]byte(text)); got != good || json.Valid([]byte(text)) != good {
			t.Errorf("§%s, %s: %.60q: valid %v, encoding/json %v, want %v", row.section, row.rule, text, got, json.Valid([]byte(text)), good)
		}
		var want, got, once any
		wantErr := json.Unmarshal([]byte(text), &want)
		err := Unmarshal([]byte(text), &got)
		if !sameError(err, wantErr) || !reflect.DeepEqual(got, want) {
			t.Errorf("§%s, %s: %.60q: %v, %v, want %v, %v", row.section, row.rule, text, got, err, want, wantErr)
		}
		if err := (Options{OnePass: true}).Unmarshal([]byte(text), &once); !sameError(err, wantErr) || good && !reflect.DeepEqual(once, want) {
			t.Errorf("§%s, %s: %.60q in one pass: %v, %v, want %v, %v", row.section, row.rule, text, once, err, want, wantErr)
		}
		sameByOtherWays(t, row, text, want, wantErr)
		if out, err := AppendCompact(nil, []byte(text)); (err == nil) != good || good && !json.Valid(out) {
			t.Errorf("§%s, %s: %.60q compacted: %q, %v", row.section, row.rule, text, out, err)
		}
	}
}

// sameByOtherWays tries a text by the ways that do not go through Unmarshal: a stream, one byte at a time, and the lazy reader.
func sameByOtherWays(t *testing.T, row rfcRow, text string, want any, wantErr error) {
	t.Helper()
	dec := NewDecoder(&pieces{text, 1, io.EOF, false})
	var got any
	err, valid := dec.Decode(&got), json.Valid([]byte(text))
	_, behind := dec.Token()
	if valid && (!sameError(err, wantErr) || !reflect.DeepEqual(got, want) || behind != io.EOF) || !valid && err == nil && behind == io.EOF {
		t.Errorf("§%s, %s: %.60q from a stream: %v, %v, then %v", row.section, row.rule, text, got, err, behind)
	}
	if len(text) > 1000 {
		return // what is deep is TestDepth's
	}
	lookLazily(t, []byte(text))
	start := skipSpace([]byte(text), 0)
	if v := View([]byte(text)); (v.Valid() && skipSpace([]byte(text), start+len(v.Raw())) == len(text)) != valid {
		t.Errorf("§%s, %s: %.60q: to the lazy reader it is %v", row.section, row.rule, text, v.Valid())
	}
}
