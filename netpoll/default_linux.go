package netpoll

// The backends of Linux.

import (
	"sync"

	"golang.org/x/sys/unix"
)

const tcpKeepIdle = unix.TCP_KEEPIDLE

// backends are those of this system, the default first.
func backends() []choice {
	return []choice{{"epoll", Epoll}, {"io_uring", IOUring}, {"std", Std}}
}

// IOUring is epoll with the bytes of many connections moved by one system call
// (uring_poller_linux.go). Where io_uring is missing or forbidden, as in most
// containers, it is Epoll with a Note that says why.
func IOUring() *Backend {
	if err := ringMissing(); err != nil {
		b := Epoll()
		b.Note = "io_uring cannot be used, epoll is: " + err.Error()
		return b
	}
	return &Backend{Name: "io_uring", Open: openRingPoller, Listen: listenOn("io_uring")}
}

// ringMissing is why there can be no ring: asked once, by making one and using it.
var ringMissing = sync.OnceValue(tryRing)
