package httpcore

// How long a transfer may take: a grace, and one second more for every so many
// bytes that have come through. A fixed time would cut off large bodies on slow
// links, and a time since the last byte would let a client send one byte a
// minute for ever.

import (
	"time"

	"github.com/covetgo/covet/netpoll"
)

// meter is one transfer: when it began, by the loop's clock, and how many bytes
// have come through since.
type meter struct {
	began time.Duration
	bytes int64
}

// start begins another transfer.
func (m *meter) start(l *netpoll.Loop) { *m = meter{began: l.Now()} }

// left is how long the transfer may go on without another byte. It is more than
// 0, which would mean for ever.
func (m *meter) left(l *netpoll.Loop, grace time.Duration, bytesPerSecond int64) time.Duration {
	earned := time.Duration(min(m.bytes/bytesPerSecond, maxSeconds)) * time.Second
	return max(1, m.began+grace+earned-l.Now())
}

// maxSeconds is more than any deadline.
const maxSeconds = 10 * 365 * 24 * 60 * 60

func (e *engine) bodyTime(w *work) time.Duration {
	return w.receiving.left(e.loop, e.app.limits.BodyTimeout, e.app.limits.BodyBytesPerSecondMin)
}

func (e *engine) writeTime(w *work) time.Duration {
	return w.sending.left(e.loop, e.app.limits.WriteTimeout, e.app.limits.WriteBytesPerSecondMin)
}

// stall begins a time in which the client does not read. Those of one streamed
// response are one transfer: only such times count, and all bytes sent in them.
func (w *work) stall(l *netpoll.Loop) {
	now := l.Now()
	if w.away != nil && w.away.started && w.sending.began != 0 {
		w.sending.began += now - w.stalled
	} else {
		w.sending.start(l)
	}
	w.stalled = now
}

// unstall ends it. The handler was waiting to write and did not read, so the body had
// no fair chance to come: its time does not count either.
func (w *work) unstall(l *netpoll.Loop) {
	now := l.Now()
	w.receiving.began += now - w.stalled
	w.stalled = now
}
