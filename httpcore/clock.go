package httpcore

// The Date field, written once per second and loop.

import (
	"time"

	"github.com/covetgo/covet/netpoll"
)

type clock struct {
	ok         []byte        // "HTTP/1.1 200 OK\r\n" and date: how most responses begin
	date       []byte        // "Date: …\r\n" and serverLine
	serverLine string        // "Server: …\r\n" or empty: as constant as a second
	next       time.Duration // of the loop's clock, when the second has passed
}

// refresh is called once per turn.
func (t *clock) refresh(l *netpoll.Loop) {
	if l.Now() >= t.next {
		t.write(l.Now(), l.Clock())
	}
}

func (t *clock) write(now time.Duration, wall time.Time) {
	t.next = now + time.Second - time.Duration(wall.Nanosecond())
	t.date = append(t.date[:0], "Date: "...)
	t.date = wall.UTC().AppendFormat(t.date, "Mon, 02 Jan 2006 15:04:05 GMT") // RFC 9110 §5.6.7: IMF-fixdate
	t.date = append(append(t.date, "\r\n"...), t.serverLine...)
	t.ok = append(append(t.ok[:0], "HTTP/1.1 200 OK\r\n"...), t.date...)
}
