package netpoll

// Choosing a backend by name: for flags and configuration files.

import (
	"fmt"
	"runtime"
	"strings"
)

// Default is the best backend of this system.
func Default() *Backend { return backends()[0] }

// ByName returns the backend with that name: "epoll" (Linux), "std" (every
// system), or "auto" for Default.
func ByName(name string) (*Backend, error) {
	if name == "auto" {
		return Default(), nil
	}
	names := []string{"auto"}
	for _, b := range backends() {
		if b.Name == name {
			return b, nil
		}
		names = append(names, b.Name)
	}
	return nil, fmt.Errorf("netpoll: there is no backend %q on %s; choose one of %s", name, runtime.GOOS, strings.Join(names, ", "))
}
