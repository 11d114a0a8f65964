package jsonfast

// This file looks at whole texts: is it JSON, what is wrong with it, and what is it without white space.

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/covetgo/covet/jsonfast/asm"
)

// Valid reports whether data is one JSON value with nothing but white space around it. It equals json.Valid.
func Valid(data []byte) bool {
	if len(data) >= structureBytesMin && asm.Vectors() {
		if valid, known := validStructure(data); known {
			return valid
		}
	}
	end := skipValue(data, skipSpace(data, 0), 0)
	return end != broken && skipSpace(data, end) == len(data)
}

// syntaxError says what is wrong with a text. encoding/json is asked: its error has a text that only it can set, and
// whoever sends broken JSON may wait.
func syntaxError(data []byte) error {
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		return err
	}
	return errors.New("jsonfast: refused a text that encoding/json accepts; please report it")
}

// AppendCompact appends src without white space. It fails if src is not JSON, with the error that json.Compact has, and
// returns dst as it was.
func AppendCompact(dst, src []byte) ([]byte, error) { return appendCompact(dst, src, false) }

// appendCompact is AppendCompact; html escapes <, >, &, U+2028 and U+2029, which can stand in strings only.
func appendCompact(dst, src []byte, html bool) ([]byte, error) {
	if !Valid(src) {
		err := json.Compact(new(bytes.Buffer), src)
		if err == nil {
			err = syntaxError(src)
		}
		return dst, err
	}
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '"':
			end := skipString(src, i+1)
			dst = appendHTML(dst, src[i:end], html)
			i = end
		case c <= ' ':
			i = skipSpace(src, i)
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst, nil
}

// appendHTML appends a part of JSON text; with html, what HTML could take for its own is escaped.
func appendHTML(dst, src []byte, html bool) []byte {
	if !html {
		return append(dst, src...)
	}
	start := 0
	for i, c := range src {
		switch {
		case c == '<' || c == '>' || c == '&':
			dst = appendEscape(append(dst, src[start:i]...), c)
			start = i + 1
		case c == lineEndsLead && isLineEnd(src[i:]):
			dst = append(append(dst, src[start:i]...), '\\', 'u', '2', '0', '2', hexDigits[src[i+2]&15])
			start = i + 3
		}
	}
	return append(dst, src[start:]...)
}

// AppendHTMLEscape appends src, which is JSON, with <, >, &, U+2028 and U+2029 in its strings escaped. It equals
// json.HTMLEscape.
func AppendHTMLEscape(dst, src []byte) []byte { return appendHTML(dst, src, true) }

// AppendIndent appends src with each element and member on a line of its own, that begins with prefix and as many indents as
// brackets are around it. White space before src is left out, what is behind it stays. It fails if src is not JSON, with
// the error that json.Indent has, and returns dst as it was.
func AppendIndent(dst, src []byte, prefix, indent string) ([]byte, error) {
	if !Valid(src) {
		err := json.Indent(new(bytes.Buffer), src, "", "")
		if err == nil {
			err = syntaxError(src)
		}
		return dst, err
	}
	depth, end := 0, len(bytes.TrimRight(src, " \t\r\n"))
	for i := skipSpace(src, 0); i < end; {
		c := src[i]
		i++
		switch c {
		case '"':
			start := i - 1
			i = skipString(src, i)
			dst = append(dst, src[start:i]...)
		case '{', '[':
			dst = append(dst, c)
			if i = skipSpace(src, i); src[i] == c+2 { // the closing ones are two behind
				dst = append(dst, src[i])
				i++
				continue
			}
			depth++
			dst = appendLine(dst, prefix, indent, depth)
		case '}', ']':
			depth--
			dst = append(appendLine(dst, prefix, indent, depth), c)
		case ',':
			dst = appendLine(append(dst, c), prefix, indent, depth)
		case ':':
			dst = append(dst, ':', ' ')
		case ' ', '\t', '\r', '\n':
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, src[end:]...), nil
}

// appendLine begins a line.
func appendLine(dst []byte, prefix, indent string, depth int) []byte {
	dst = append(append(dst, '\n'), prefix...)
	for range depth {
		dst = append(dst, indent...)
	}
	return dst
}
