package main

// New files, with the next version: the next number in as many digits as the others have, or the time, if the others
// have that.

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/covetgo/covet/sqlcore/migrate"
)

const (
	digitsDefault = 4
	timeFormat    = "20060102150405" // in UTC
	upText        = "-- What leads to this version. One transaction, which is not to be committed here; for statements that take\n-- none, such as CREATE INDEX CONCURRENTLY, begin the file with:  -- covet:no-transaction\n\n"
	downText      = "-- What leads back. Without a way back, remove this file.\n\n"
)

// create writes the two files.
func (p *program) create(args []string) error {
	if len(args) != 1 {
		return usagef("new takes a name")
	}
	name := strings.Join(strings.Fields(args[0]), "_")
	if name == "" || strings.ContainsAny(name, "/\\.:") {
		return usagef("name %q: want letters, digits and underscores", args[0])
	}
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return err
	}
	version, err := p.nextVersion(time.Now())
	if err != nil {
		return err
	}
	stem := filepath.Join(p.dir, version+"_"+name)
	return errors.Join(p.write(stem+".up.sql", upText), p.write(stem+".down.sql", downText))
}

// nextVersion is the version behind all there are.
func (p *program) nextVersion(now time.Time) (string, error) {
	list, err := migrate.Load(os.DirFS(p.dir))
	if err != nil {
		return "", err
	}
	digits, newest := digitsDefault, int64(0)
	if len(list) > 0 {
		last := list[len(list)-1]
		digits, newest = len(last.Digits()), last.Version
	}
	if digits == len(timeFormat) {
		if text := now.UTC().Format(timeFormat); text > strconv.FormatInt(newest, 10) {
			return text, nil
		}
	}
	return fmt.Sprintf("%0*d", digits, newest+1), nil
}

// write writes a file that is not there yet.
func (p *program) write(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	fmt.Fprintln(p.out, path)
	return errors.Join(err, f.Close())
}
