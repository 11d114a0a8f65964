//go:build unix

package daemon

// This file lends a server an account without rights.

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// Account is who a server runs as; nil means whoever runs the test.
type Account struct{ uid, gid uint32 }

// Unprivileged finds the first of some accounts if we are root.
func Unprivileged(names ...string) (*Account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		if errUID == nil && errGID == nil {
			return &Account{uint32(uid), uint32(gid)}, nil
		}
	}
	return nil, fmt.Errorf("databases do not run as root, and there is no user to run one as: %s", strings.Join(names, ", "))
}

// Own gives a file to the account.
func (a *Account) Own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, int(a.uid), int(a.gid))
}

// Command prepares a program that runs in a folder, as the account.
func (a *Account) Command(dir, path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.SysProcAttr = attributes()
	if a != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return cmd
}
