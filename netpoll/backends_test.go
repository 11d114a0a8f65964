package netpoll_test

// Backends by name.

import (
	"strings"
	"testing"

	"github.com/covetgo/covet/netpoll"
)

func TestByName(t *testing.T) {
	if b, err := netpoll.ByName("auto"); err != nil || b.Name != netpoll.Default().Name {
		t.Errorf("auto: %v, %v", b, err)
	}
	if b, err := netpoll.ByName("std"); err != nil || b.Name != "std" {
		t.Errorf("std: %v, %v", b, err)
	}
	_, err := netpoll.ByName("kqueue2")
	for _, word := range []string{"kqueue2", "auto", "std"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("an unknown name: %v, want an error that says %q", err, word)
		}
	}
}

// Only std takes listeners that are not sockets, and the error says so.
func TestListenerWithoutDescriptor(t *testing.T) {
	b := netpoll.Default()
	if b.Name == "std" {
		t.Skip("std takes everything")
	}
	g := openWith(t, netpoll.Config{Backend: b}, hooks{})
	defer g.Close()
	if err := g.Listen(netpoll.NewMemory()); err == nil || !strings.Contains(err.Error(), "std") {
		t.Errorf("Listen: %v, want an error that names the backend to use", err)
	}
}
