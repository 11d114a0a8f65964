package pgtest

// This file finds PostgreSQL's programs: in PATH, where pg_config says, or where Debian puts them.

import (
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Install is the command that installs PostgreSQL where it is missing.
const Install = "apt-get install -y postgresql"

// ErrMissing says that PostgreSQL is not installed, and how to get it.
var ErrMissing = errors.New("PostgreSQL's server programs were not found in PATH, by pg_config or under /usr/lib/postgresql; on Debian: " + Install)

// binaries returns the folder with initdb and postgres.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if target, err := filepath.EvalSymlinks(path); err == nil { // a link stands for one program, and we need several
			path = target
		}
		return filepath.Dir(path), nil
	}
	var folders []string
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		folders = append(folders, strings.TrimSpace(string(out)))
	}
	versions, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well-formed
	slices.Reverse(versions)
	for _, folder := range append(folders, versions...) {
		if _, err := exec.LookPath(filepath.Join(folder, "initdb")); err == nil {
			return folder, nil
		}
	}
	return "", ErrMissing
}
