package pg

// The password file, with libpq's rules (§34.16): lines of host:port:database:user:password, the first that matches
// counts, a * stands for anything, and a backslash takes the next character as it is. Entry point: Config.passwordFor.

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// passfileBytesMax bounds how much of a password file is read, and passfileLineBytes how long a line may be.
const (
	passfileBytesMax  = 1 << 20
	passfileLineBytes = 8 << 10
)

// defaultPassfile is where libpq looks, "" if nobody has a home.
func defaultPassfile() string {
	if runtime.GOOS == "windows" {
		if folder, err := os.UserConfigDir(); err == nil {
			return filepath.Join(folder, "postgresql", "pgpass.conf")
		}
		return ""
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".pgpass")
	}
	return ""
}

// passwordFor is the password for a host: the Config's, or that of the password file. The file is read anew for each
// connection, so that a password may change. ignored says why it was not read, if it is there: the server may not ask
// for a password at all, so that is told only if it does.
func (c *Config) passwordFor(host Host) (password string, ignored error) {
	if c.Password != "" || c.Passfile == "" {
		return c.Password, nil
	}
	f, err := openPassfile(c.Passfile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("the password file is ignored: %w", err)
	}
	defer f.Close() // only read
	password, err = findPassword(io.LimitReader(f, passfileBytesMax), passName(host, usualFolder()), strconv.Itoa(int(host.Port)), c.Database, c.User)
	if err != nil {
		return "", fmt.Errorf("the password file %s is ignored: %w", c.Passfile, err)
	}
	return password, nil
}

// openPassfile refuses a file that others may read, as libpq does: what stands there is not secret any more.
func openPassfile(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s is no plain file", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		err = fmt.Errorf("%s has mode %04o, so others than its owner may get at it; want 0600 or less", path, info.Mode().Perm())
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// passName is what a password file calls a host: the folder where this system's server has its socket by default is
// localhost. Any other folder goes by its own name, /tmp included where that is not the default: everybody can put a
// socket there, and shall not be told localhost's password.
func passName(host Host, usual string) string {
	if host.Name == usual {
		return "localhost"
	}
	return host.Name
}

// usualFolder is where libpq looks for the server's socket, as distributions have compiled it: in the first of the folders
// if there is one, and else in /tmp, as PostgreSQL's own sources have it.
func usualFolder() string {
	for _, folder := range socketFolders {
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			return folder
		}
	}
	return socketFolders[len(socketFolders)-1]
}

// findPassword returns the password of the first line that matches, "" if there is none.
func findPassword(r io.Reader, wants ...string) (string, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, passfileLineBytes)
	for lines.Scan() {
		line := strings.TrimSuffix(lines.Text(), "\r")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if password, ok := matchLine(line, wants); ok {
			return password, nil
		}
	}
	return "", lines.Err()
}

// matchLine returns the password of a line if its fields match.
func matchLine(line string, wants []string) (password string, ok bool) {
	for _, want := range wants {
		rest, any := strings.CutPrefix(line, "*:")
		if !any {
			field := ""
			var ended bool
			field, rest, ended = passField(line)
			if !ended || field != want {
				return "", false
			}
		}
		line = rest
	}
	password, _, _ = passField(line)
	return password, true
}

// passField cuts a field at its colon, or at the end.
func passField(line string) (field, rest string, ended bool) {
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && i+1 < len(line):
			i++
			b.WriteByte(line[i])
		case c == ':':
			return b.String(), line[i+1:], true
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), "", false
}
