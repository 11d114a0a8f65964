package netpoll_test

// The rigs of Linux.

import "github.com/covetgo/covet/netpoll"

var systemKinds = []kind{
	{name: "epoll", backend: netpoll.Epoll, listen: tcp("127.0.0.1:0")},
	{name: "epoll/ipv6", backend: netpoll.Epoll, listen: tcp("[::1]:0")},
	{name: "epoll/unix", backend: netpoll.Epoll, listen: unixSocket, noReset: true},
	{name: "io_uring", backend: netpoll.IOUring, listen: tcp("127.0.0.1:0")},
	{name: "kqueue/fake", backend: netpoll.FakeKqueue, listen: tcp("127.0.0.1:0")},
	{name: "kqueue/fake/unix", backend: netpoll.FakeKqueue, listen: unixSocket, noReset: true},
	{name: "io_uring/unix", backend: netpoll.IOUring, listen: unixSocket, noReset: true},
}
