package nullc

// Compile, hand over the listener, become the C program.

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/covetgo/covet/compare"
)

// Available tries the compiler: one that is there but lacks the C library's
// headers is as good as none.
func (Server) Available() error {
	_, err := compiled()
	return err
}

// Version is that of the compiler.
func (Server) Version() string {
	cc, err := compiler()
	if err != nil {
		return "unknown"
	}
	text, err := exec.Command(cc, "--version").Output()
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(first)
}

// Serve replaces the process. It returns only if that fails.
func (Server) Serve(_ context.Context, listener net.Listener, options compare.Options) error {
	if options.Backend != "" {
		return compare.NoBackend("nullc", options.Backend)
	}
	if options.Loops > 1 {
		return fmt.Errorf("nullc: has one loop, not %d", options.Loops)
	}
	program, err := compiled()
	if err != nil {
		return err
	}
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return fmt.Errorf("nullc: want a TCP listener, got %T", listener)
	}
	file, err := tcp.File()
	if err != nil {
		return err
	}
	// A duplicate of its own: the other one closes on exec, this one must not.
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD, 0)
	if err != nil {
		return err
	}
	return unix.Exec(program, []string{"nullc", strconv.Itoa(fd)}, os.Environ())
}

// compiled compiles once per process; the file is named by what went into it,
// so that later processes find it ready.
var compiled = sync.OnceValues(func() (string, error) {
	cc, err := compiler()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append([]byte(cc+"\n"), source...))
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("covet-nullc-%d-%x", os.Getuid(), sum[:8]))
	program := filepath.Join(dir, "nullc")
	if owned(dir) && isProgram(program) {
		return program, nil
	}
	return program, compile(cc, dir, program)
})

// owned reports whether a folder is ours and nobody else can write into it: it
// lies in a place that all users share, and what it holds is executed.
func owned(dir string) bool {
	var st unix.Stat_t
	if unix.Lstat(dir, &st) != nil {
		return false
	}
	return st.Mode&unix.S_IFMT == unix.S_IFDIR && st.Mode&0o077 == 0 && int(st.Uid) == os.Getuid()
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o100 != 0
}

// compile writes to a name of its own and renames: another process may be
// compiling at the same time.
func compile(cc, dir, program string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if !owned(dir) {
		return fmt.Errorf("nullc: %s belongs to somebody else: remove it or set TMPDIR", dir)
	}
	unfinished := fmt.Sprintf("%s.%d", program, os.Getpid())
	cmd := exec.Command(cc, "-O2", "-o", unfinished, "-x", "c", "-")
	cmd.Stdin = bytes.NewReader(source)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nullc: %s does not compile (%v): install the C library's headers, "+
			"for instance: apt-get install gcc libc6-dev\n%s", cc, err, bytes.TrimSpace(text))
	}
	return os.Rename(unfinished, program)
}
