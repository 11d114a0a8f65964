package nullgo

// The bytes that are sent. The two fixed replies are built once a second, with
// the date in them; the others are put together from a head and a body.

import (
	"bytes"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/covetgo/covet/compare"
)

// replies are the canned bytes of one second.
type replies struct {
	plaintext, json []byte
	text, binary    []byte // heads up to and including "Content-Length: "
}

var current atomic.Pointer[replies]

// dateFormat is IMF-fixdate, RFC 9110 §5.6.7.
const dateFormat = "Mon, 02 Jan 2006 15:04:05 GMT"

func refresh(now time.Time) {
	date := now.UTC().Format(dateFormat)
	r := &replies{
		text:   head(date, compare.TextType),
		binary: head(date, compare.BinaryType),
	}
	r.plaintext = appendReply(nil, r.text, []byte(compare.PlaintextBody))
	r.json = appendReply(nil, head(date, compare.JSONType), []byte(compare.JSONBody))
	current.Store(r)
}

func head(date, contentType string) []byte {
	return []byte("HTTP/1.1 200 OK\r\nDate: " + date + "\r\nContent-Type: " + contentType + "\r\nContent-Length: ")
}

func appendReply(dst, head, body []byte) []byte {
	dst = append(dst, head...)
	dst = strconv.AppendInt(dst, int64(len(body)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, body...)
}

const (
	notFound = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
	headEnd  = "\r\n\r\n"
)

// answer appends the replies to all requests that are complete in p and returns
// what is left of p: the start of a request whose rest has not come yet.
func answer(out, p []byte) (replied, rest []byte) {
	r := current.Load()
	for {
		end := bytes.Index(p, []byte(headEnd))
		if end < 0 {
			return out, p
		}
		size := end + len(headEnd)
		var body []byte
		if p[0] == 'P' {
			length := contentLength(p[:size])
			if len(p)-size < length {
				return out, p
			}
			body = p[size : size+length]
			size += length
		}
		out = r.appendAnswer(out, p[:end], body)
		p = p[size:]
	}
}

// appendAnswer tells the routes apart by their first letter.
func (r *replies) appendAnswer(out, head, body []byte) []byte {
	const letter = len("GET /")
	if len(head) <= letter {
		return append(out, notFound...)
	}
	switch {
	case head[0] == 'P':
		return appendReply(out, r.binary, body)
	case head[letter] == 'p':
		return append(out, r.plaintext...)
	case head[letter] == 'j':
		return append(out, r.json...)
	case head[letter] == 'u':
		return appendReply(out, r.text, untilSpace(head[min(len("GET /user/"), len(head)):]))
	case head[letter] == 's':
		time.Sleep(millis(head))
	case head[letter] == 'c':
		compare.Burn(millis(head))
	default:
		return append(out, notFound...)
	}
	return appendReply(out, r.text, []byte(compare.DoneBody))
}

func untilSpace(p []byte) []byte {
	if i := bytes.IndexByte(p, ' '); i >= 0 {
		return p[:i]
	}
	return p
}

func millis(head []byte) time.Duration {
	_, value, _ := bytes.Cut(head, []byte("?ms="))
	d, _ := compare.Millis(string(untilSpace(value)))
	return d
}

// contentLength is found by its two usual spellings and nothing more careful.
func contentLength(head []byte) int {
	_, value, found := bytes.Cut(head, []byte("\r\nContent-Length: "))
	if !found {
		_, value, _ = bytes.Cut(head, []byte("\r\ncontent-length: "))
	}
	length := 0
	for _, digit := range value {
		if digit < '0' || digit > '9' || length > compare.EchoBytesMax {
			break
		}
		length = length*10 + int(digit-'0')
	}
	return length
}
