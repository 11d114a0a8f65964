package pgtest

import (
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A server starts, crashes, recovers and leaves nothing behind.
func TestLife(t *testing.T) {
	s, err := Start(Options{})
	Require(t, err)
	t.Cleanup(s.Stop)
	reach := func() error {
		c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)))
		if err == nil {
			err = c.Close()
		}
		return err
	}
	if err := reach(); err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if reach() == nil {
		t.Error("a killed server takes connections")
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(s.Log(), "automatic recovery") {
		t.Errorf("the log does not tell of a crash: %s", s.Log())
	}
	s.Stop()
	if _, err := os.Stat(s.Dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", s.Dir, err)
	}
}
