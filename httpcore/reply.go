package httpcore

// A response as its handler makes it, and as it goes out. The handler fills in
// a status, fields and content; when it has returned, appendResponse writes
// them behind the responses before it, in one pass. Framing (Content-Length,
// Connection) is the server's, so that no handler can get it wrong.

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/covetgo/covet/parser"
)

// response is the part of a Ctx that goes out.
type response struct {
	status      int
	contentType string
	fields      []byte // whole lines, with CRLF
	text        string // the content is text, and then content
	content     []byte
	upgrade     bool   // an Upgrade field was set
	closeAfter  bool   // end the connection after this response
	aborted     bool   // … and without it (ErrAbort)
	fault       error  // of a call that cannot return one
	checkedType string // the last Content-Type that was found valid
	stream
}

func (r *response) begin() {
	r.status = 200
	r.contentType = ""
	r.fields = keepSmall(r.fields)
	r.text = ""
	r.content = keepSmall(r.content)
	r.upgrade = false
	r.closeAfter = false
	r.aborted = false
	r.fault = nil
	r.stream.begin()
}

// ErrField: a field name or value that must not be sent. RFC 9110 §5.5: CR, LF
// and NUL in it would let its author write the rest of the response.
var ErrField = errors.New("httpcore: invalid field")

const (
	typeText = "text/plain; charset=utf-8"
	typeJSON = "application/json"
)

// Status sets the status code, from 200 to 999, for what is sent after it. It
// returns c, so that it can be followed by the content:
//
//	return c.Status(201).String("created")
func (c *Ctx) Status(code int) *Ctx {
	c.use()
	if c.started {
		c.fault = ErrStarted
		return c
	}
	if !isFinal(code) {
		c.fault = fmt.Errorf("httpcore: status %d is not a final status code; use 200 to 999", code)
		return c
	}
	c.status = code
	return c
}

// isFinal: codes of one hundred are interim, and there are three digits.
func isFinal(code int) bool { return 200 <= code && code <= 999 }

// String answers with text.
func (c *Ctx) String(s string) error {
	c.use()
	if c.started {
		return ErrStarted
	}
	c.contentType = typeText
	c.text, c.content, c.written = s, c.content[:0], 0 // a string does not change: no copy
	return nil
}

// Bytes answers with content of a media type. b is copied.
func (c *Ctx) Bytes(mediaType string, b []byte) error {
	c.use()
	if c.started {
		return ErrStarted
	}
	if mediaType != c.checkedType {
		if err := checkFieldValue(mediaType); err != nil {
			return err
		}
		c.checkedType = mediaType
	}
	c.contentType = mediaType
	c.text, c.content, c.written = "", append(c.content[:0], b...), 0
	return nil
}

// NoContent answers 204.
func (c *Ctx) NoContent() error {
	c.use()
	if c.started {
		return ErrStarted
	}
	c.status = 204
	c.contentType = ""
	c.text, c.content, c.written = "", c.content[:0], 0
	return nil
}

// Redirect answers with one of the status codes 300, 301, 302, 303, 307 and 308,
// and a Location, which is sent as it is: escape it first (net/url) if it has
// foreign parts.
func (c *Ctx) Redirect(code int, location string) error {
	c.use()
	switch code {
	case 300, 301, 302, 303, 307, 308:
	default:
		return fmt.Errorf("httpcore: status %d does not redirect; use 301, 302, 303, 307 or 308", code)
	}
	if err := c.Header("Location", location); err != nil {
		return err
	}
	c.status = code
	return nil
}

// Header sets a field of the response, in place of any of that name. A name
// that is no token, or a value with control bytes, is ErrField, and nothing is
// set. The fields that frame the message are the server's own and refused too:
// Connection, Content-Length, Date, Transfer-Encoding, and Server if the Config
// has a ServerName. For the first see Close; an Upgrade field brings
// "Connection: upgrade" with it (RFC 9110 §7.8).
func (c *Ctx) Header(name, value string) error {
	c.use()
	if c.started {
		return ErrStarted
	}
	if err := c.checkOwn(name, value); err != nil {
		return err
	}
	if strings.EqualFold(name, "Content-Type") {
		c.contentType = value
		return nil
	}
	c.upgrade = c.upgrade || strings.EqualFold(name, "Upgrade")
	c.fields = removeField(c.fields, name)
	c.fields = appendField(c.fields, name, value)
	return nil
}

// AddHeader adds a field line and leaves others of that name: for Set-Cookie
// and other lists. The rules are those of Header.
func (c *Ctx) AddHeader(name, value string) error {
	c.use()
	if c.started {
		return ErrStarted
	}
	if strings.EqualFold(name, "Content-Type") || strings.EqualFold(name, "Upgrade") {
		return c.Header(name, value) // one only
	}
	if err := c.checkOwn(name, value); err != nil {
		return err
	}
	c.fields = appendField(c.fields, name, value)
	return nil
}

// Close ends the connection after this response.
func (c *Ctx) Close() {
	c.use()
	c.closeAfter = true
}

func appendField(dst []byte, name, value string) []byte {
	dst = append(append(dst, name...), ": "...)
	return append(append(dst, value...), "\r\n"...)
}

var crlf = []byte("\r\n")

// removeField drops all lines of that name.
func removeField(lines []byte, name string) []byte {
	for at := 0; at < len(lines); {
		end := at + bytes.Index(lines[at:], crlf) + 2
		if len(lines)-at > len(name) && lines[at+len(name)] == ':' && strings.EqualFold(string(lines[at:at+len(name)]), name) {
			lines = append(lines[:at], lines[end:]...)
			continue
		}
		at = end
	}
	return lines
}

func checkField(name, value string) error {
	switch {
	case !isToken(name):
		return fmt.Errorf("%w: the name %q is not a token (RFC 9110 §5.6.2)", ErrField, name)
	case isFraming(name):
		return fmt.Errorf("%w: %s is set by the server", ErrField, name)
	}
	return checkFieldValue(value)
}

// checkOwn is checkField for a response of this server, which may have a name.
func (c *Ctx) checkOwn(name, value string) error {
	if c.app.serverLine != "" && strings.EqualFold(name, "Server") {
		return fmt.Errorf("%w: Server is Config.ServerName", ErrField)
	}
	return checkField(name, value)
}

// isToken reports whether s is a token (RFC 9110 §5.6.2), as field names must be.
func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(b byte) bool {
	switch {
	case 'a' <= b|0x20 && b|0x20 <= 'z', '0' <= b && b <= '9':
		return true
	}
	return strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}

func checkFieldValue(value string) error {
	for i := range len(value) {
		if b := value[i]; b < ' ' && b != '\t' || b == 0x7f {
			return fmt.Errorf("%w: the value %q has a control byte at %d (RFC 9110 §5.5)", ErrField, value, i)
		}
	}
	return nil
}

func isFraming(name string) bool {
	for _, own := range [...]string{"Connection", "Content-Length", "Date", "Transfer-Encoding"} {
		if strings.EqualFold(name, own) {
			return true
		}
	}
	return false
}

// appendHead writes the status line and the fields that all responses have.
func (c *Ctx) appendHead(out []byte, t *clock, last bool) []byte {
	if c.status == 200 {
		out = append(out, t.ok...)
	} else {
		out = appendStatusLine(out, c.status)
		out = append(out, t.date...)
	}
	out = append(out, c.fields...)
	if last || c.head.KeepAlive || c.upgrade {
		out = c.appendConnection(out, last)
	}
	return out
}

// appendResponse writes a response whose content is complete.
func (c *Ctx) appendResponse(out []byte, t *clock, last bool) []byte {
	out = c.appendHead(out, t, last)
	if c.status == 204 || c.status == 304 {
		return c.appendBare(out)
	}
	if c.status == 205 {
		c.text, c.content = "", c.content[:0] // RFC 9110 §15.3.6
	}
	if c.head.Method == parser.MethodHead && c.length() == 0 && c.declared < 0 {
		return c.appendUnmeasured(out)
	}
	switch c.contentType {
	case typeText:
		out = append(out, "Content-Type: "+typeText+"\r\nContent-Length: "...)
	case "":
		out = append(out, "Content-Length: "...)
	default:
		out = append(out, "Content-Type: "...)
		out = append(out, c.contentType...)
		out = append(out, "\r\nContent-Length: "...)
	}
	out = strconv.AppendUint(out, uint64(c.length()), 10)
	out = append(out, "\r\n\r\n"...)
	if c.head.Method == parser.MethodHead {
		return out // RFC 9110 §9.3.2: the same fields, no content
	}
	out = append(out, c.text...)
	return append(out, c.content...)
}

// appendBare ends the head of a response without content, RFC 9110 §6.4.1. That of
// a 304 may say how long the content is of the 200 it stands for, if the handler
// does; a 204 must not have a length (§8.6).
func (c *Ctx) appendBare(out []byte) []byte {
	if c.status == 304 && c.declared >= 0 {
		out = c.appendDeclared(out)
	}
	return append(out, "\r\n"...)
}

// appendDeclared writes the length that SetContentLength was told.
func (c *Ctx) appendDeclared(out []byte) []byte {
	out = append(out, "Content-Length: "...)
	return append(strconv.AppendInt(out, c.declared, 10), "\r\n"...)
}

// mayHaveContent reports whether a response with this status may have content
// (RFC 9110 §6.4.1, §15.3.6).
func mayHaveContent(status int) bool { return status != 204 && status != 205 && status != 304 }

// appendUnmeasured ends the head of a response to HEAD whose handler has written
// nothing: that may be because it was HEAD, so the length of what GET would have
// brought is not known, and not to be sent (RFC 9110 §8.6).
func (c *Ctx) appendUnmeasured(out []byte) []byte {
	return append(c.appendType(out), "\r\n"...)
}

// appendType writes the media type, if there is one.
func (c *Ctx) appendType(out []byte) []byte {
	if c.contentType == "" {
		return out
	}
	return append(append(append(out, "Content-Type: "...), c.contentType...), "\r\n"...)
}

// length is that of the content. A HEAD request has none, but its handler may
// know how long it would be.
func (c *Ctx) length() int64 {
	if c.declared >= 0 && c.head.Method == parser.MethodHead {
		return c.declared
	}
	return int64(len(c.text) + len(c.content))
}

// appendConnection writes the options of the connection that we set or answer.
func (c *Ctx) appendConnection(out []byte, last bool) []byte {
	out = append(out, "Connection: "...)
	switch {
	case last && c.upgrade:
		out = append(out, "close, upgrade"...)
	case last:
		out = append(out, "close"...)
	case c.upgrade:
		out = append(out, "upgrade"...)
	default:
		out = append(out, "keep-alive"...) // an HTTP/1.0 client asked for it
	}
	return append(out, "\r\n"...)
}

func appendStatusLine(out []byte, status int) []byte {
	out = append(out, "HTTP/1.1 "...)
	out = strconv.AppendUint(out, uint64(status), 10)
	out = append(out, ' ') // RFC 9112 §4: kept even if no reason follows
	out = append(out, reasonPhrase(status)...)
	return append(out, "\r\n"...)
}
