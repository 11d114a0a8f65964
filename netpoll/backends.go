package netpoll

// Choosing a backend by name: for flags and configuration files.

import (
	"fmt"
	"runtime"
	"strings"
)

// choice is a backend that can be asked for.
type choice struct {
	name string
	make func() *Backend
}

// Default is the first choice on this system: epoll on Linux, else std. io_uring and
// kqueue must be asked for.
func Default() *Backend { return backends()[0].make() }

// ByName returns the backend with that name: "epoll" or "io_uring" (Linux), "kqueue"
// (macOS, FreeBSD), "std" (every system), or "auto" for Default. One that turns out
// to be missing here is replaced, and Backend.Note says why.
func ByName(name string) (*Backend, error) {
	if name == "auto" {
		return Default(), nil
	}
	names := []string{"auto"}
	for _, c := range backends() {
		if c.name == name {
			return c.make(), nil
		}
		names = append(names, c.name)
	}
	return nil, fmt.Errorf("netpoll: there is no backend %q on %s; choose one of %s", name, runtime.GOOS, strings.Join(names, ", "))
}
