package mariatest

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

// A server greets whoever comes, and is gone when it is stopped, with all that it has written.
func TestServerLives(t *testing.T) {
	s := Shared(t)
	defer StopShared()
	c, err := net.Dial("unix", s.Socket())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	greeting := make([]byte, 64)
	if n, err := io.ReadAtLeast(c, greeting, 32); err != nil || !strings.Contains(string(greeting[:n]), "MariaDB") {
		t.Errorf("%q, %v", greeting[:n], err)
	}
	s.Stop()
	if s.running() {
		t.Error("it lives on")
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Error(err)
	}
}
