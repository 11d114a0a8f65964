package nethttp

// The response as an http.Handler makes it, in the order of its life: header, content, flushes, trailers.

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// responseWriter is an http.ResponseWriter, http.Flusher and io.StringWriter. Its methods may be called late and by any
// goroutine, but Header's map is for one at a time, as ever.
type responseWriter struct {
	x      *exchange
	header http.Header
	status int   // 0: WriteHeader has not been called
	length int64 // of the content, as declared; −1: it was not
	tried  int64 // bytes of content that Write was called with

	// The type of the content is found from its first bytes, which wait here until there are enough.
	sniffing bool
	first    []byte

	trailers []string // announced by the header
	later    bool     // there are some, or more will be
}

// sniffBytes is how much http.DetectContentType looks at.
const sniffBytes = 512

func (w *responseWriter) Header() http.Header { return w.header }

// WriteHeader settles status and header. Like net/http's it panics if code has not three digits.
func (w *responseWriter) WriteHeader(code int) {
	if code < 100 || code > 999 {
		panic(fmt.Sprintf("nethttp: invalid WriteHeader code %d", code))
	}
	w.x.writing.Lock()
	defer w.x.writing.Unlock()
	if w.status == 0 && code >= 200 && !w.x.over {
		w.begin(code)
	}
}

// begin hands status and header over to the Ctx. What it would not send is left out: names that are no tokens, and
// control bytes, which become spaces (RFC 9110 §5.5).
func (w *responseWriter) begin(code int) {
	c := w.x.c
	w.status, w.length = code, -1
	c.Status(code)
	for t := range tokens(w.header["Trailer"]) {
		w.trailers = append(w.trailers, http.CanonicalHeaderKey(t))
	}
	w.later = len(w.trailers) > 0
	w.sniffing = w.header.Get("Content-Encoding") == ""
	for name, lines := range w.header {
		switch http.CanonicalHeaderKey(name) {
		case "Content-Type":
			w.sniffing = false
		case "Content-Length":
			if !hasContent(code) {
				continue
			}
			if n, err := strconv.ParseInt(strings.Join(lines, ","), 10, 64); err == nil && n >= 0 {
				w.length = n
				c.SetContentLength(n)
			}
			continue
		case "Connection":
			if hasToken(lines, "close") {
				c.Close()
			}
			continue
		}
		if strings.HasPrefix(name, http.TrailerPrefix) {
			w.later = true
			continue
		}
		for _, value := range lines {
			c.AddHeader(name, plain(value)) // an error: a field that must not be sent
		}
	}
}

// plain replaces what must not be in a field's value by spaces, as recipients would.
func plain(value string) string {
	var clean []byte
	for i := range len(value) {
		if b := value[i]; b < ' ' && b != '\t' || b == 0x7f {
			if clean == nil {
				clean = []byte(value)
			}
			clean[i] = ' '
		}
	}
	if clean != nil {
		value = string(clean)
	}
	return strings.TrimSpace(value)
}

// Write is Ctx.Write behind the header. Errors are net/http's where it has them: http.ErrBodyNotAllowed and
// http.ErrContentLength.
func (w *responseWriter) Write(p []byte) (int, error) { return put(w, p, w.x.c.Write) }

// WriteString is Write for a string.
func (w *responseWriter) WriteString(s string) (int, error) { return put(w, s, w.x.c.WriteString) }

// put is both; write is the Ctx's.
func put[T string | []byte](w *responseWriter, p T, write func(T) (int, error)) (int, error) {
	w.x.writing.Lock()
	defer w.x.writing.Unlock()
	if w.x.over {
		return 0, errOver
	}
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	if len(p) == 0 {
		return 0, nil
	}
	if !hasContent(w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if w.tried += int64(len(p)); w.length >= 0 && w.tried > w.length {
		return 0, http.ErrContentLength
	}
	if w.sniffing {
		w.first = append(w.first, p[:min(len(p), sniffBytes-len(w.first))]...)
		if len(w.first) == sniffBytes {
			w.sniffed()
		}
	}
	return write(p)
}

// hasContent reports whether a response with this status has content (RFC 9110 §6.4.1, §15.3.6).
func hasContent(status int) bool { return status != 204 && status != 205 && status != 304 }

// sniffed sets the type of the content, if that is to be found from the content and there is some.
func (w *responseWriter) sniffed() {
	if w.sniffing && len(w.first) > 0 {
		w.x.c.Header("Content-Type", http.DetectContentType(w.first))
	}
	w.sniffing, w.first = false, nil
}

// FlushError sends what was written so far, and the header before it.
func (w *responseWriter) FlushError() error {
	w.x.writing.Lock()
	defer w.x.writing.Unlock()
	if w.x.over {
		return errOver
	}
	return w.flush()
}

// Flush is FlushError for http.Flusher.
func (w *responseWriter) Flush() { w.FlushError() }

func (w *responseWriter) flush() error {
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	w.sniffed()
	if !hasContent(w.status) {
		return nil // the head leaves when the handler returns: there is nothing else to it
	}
	return w.x.c.Flush()
}

// EnableFullDuplex is for http.ResponseController: reading beside writing is always possible.
func (w *responseWriter) EnableFullDuplex() error { return nil }

// finish ends the response when the handler has returned.
func (w *responseWriter) finish() {
	w.x.writing.Lock()
	defer w.x.writing.Unlock()
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	w.sniffed()
	if w.later && hasContent(w.status) {
		w.flush() // they need a chunked response, which begins here at the latest
	}
	for name, lines := range w.header {
		sent, late := strings.CutPrefix(name, http.TrailerPrefix)
		if late || slices.Contains(w.trailers, name) {
			for _, value := range lines {
				w.x.c.Trailer(sent, plain(value)) // an error: a field that cannot come behind the content
			}
		}
	}
}
