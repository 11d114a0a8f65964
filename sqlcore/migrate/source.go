package migrate

// The files: what they are called, and what is wrong with them before anything is run. Entry point: [Load].

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

const (
	fileBytesMax     = 16 << 20 // of one file: data belongs into COPY
	versionDigitsMax = 18       // so that a version fits into a bigint, and a time of day into a version
	nameBytesMax     = 200
)

// Migration is one version of the schema: how to get there from the one before it, and how to go back.
type Migration struct {
	Version  int64
	Name     string
	Checksum string // of the up file: SHA-256 in hex, of its bytes without byte order mark and with \n for \r\n

	up, down *file // down is nil if there is no way back
}

// HasDown reports whether there is a way back.
func (m *Migration) HasDown() bool { return m.down != nil }

// Digits is the version as its file writes it.
func (m *Migration) Digits() string {
	digits, _, _ := strings.Cut(m.up.path, "_")
	return digits
}

// label names a migration in messages.
func (m *Migration) label() string { return label(m.Version, m.Name) }

// label names a version in messages.
func label(version int64, name string) string { return fmt.Sprintf("%d (%s)", version, name) }

// file is one file, read and cut.
type file struct {
	path       string
	text       string
	loose      bool // no transaction around the whole
	statements []statement
}

// Load reads all migrations of a folder, in the order of their versions, and reports all that is wrong with them. Files
// that do not end in .sql are no business of this package, nor are folders.
func Load(folder fs.FS) ([]*Migration, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	var all set
	var wrong []error
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".sql") {
			continue
		}
		if err := all.add(folder, e.Name()); err != nil {
			wrong = append(wrong, fmt.Errorf("migrate: %w", err))
		}
	}
	for _, m := range all.list {
		if m.up == nil {
			wrong = append(wrong, fmt.Errorf("migrate: %s goes back from a version that no file leads to: add %s",
				m.down.path, strings.TrimSuffix(m.down.path, ".down.sql")+".up.sql"))
		}
	}
	return all.list, errors.Join(wrong...)
}

// set is what has been read so far, by version.
type set struct{ list []*Migration }

// at finds or makes the migration of a version; the list stays in order.
func (s *set) at(version int64, name string) *Migration {
	i := len(s.list)
	for i > 0 && s.list[i-1].Version >= version {
		i--
	}
	if i < len(s.list) && s.list[i].Version == version {
		return s.list[i]
	}
	m := &Migration{Version: version, Name: name}
	s.list = append(s.list[:i], append([]*Migration{m}, s.list[i:]...)...)
	return m
}

// add reads one file.
func (s *set) add(folder fs.FS, path string) error {
	version, name, down, err := parseName(path)
	if err != nil {
		return err
	}
	f, err := readFile(folder, path)
	if err != nil {
		return err
	}
	m := s.at(version, name)
	place := &m.up
	if down {
		place = &m.down
	}
	if *place != nil {
		return fmt.Errorf("%s and %s have the same version: give one of them the next free number", (*place).path, path)
	}
	if m.Name != name {
		return fmt.Errorf("version %d is called %s by one file and %s by another: if they belong together, give them one name; if not, another number",
			version, m.Name, name)
	}
	*place = f
	if !down {
		sum := sha256.Sum256([]byte(f.text))
		m.Checksum = hex.EncodeToString(sum[:])
	}
	return nil
}

// parseName reads 0001_accounts.up.sql.
func parseName(path string) (version int64, name string, down bool, err error) {
	stem, isUp := strings.CutSuffix(path, ".up.sql")
	if !isUp {
		stem, down = strings.CutSuffix(path, ".down.sql")
	}
	digits, name, cut := strings.Cut(stem, "_")
	version, failure := strconv.ParseInt(digits, 10, 64)
	if !isUp && !down || !cut || failure != nil || version <= 0 || len(digits) > versionDigitsMax || name == "" || len(name) > nameBytesMax {
		return 0, "", false, fmt.Errorf("%s: want a name such as 0001_accounts.up.sql or 0001_accounts.down.sql, with a version of up to %d digits from 1 on",
			path, versionDigitsMax)
	}
	return version, name, down, nil
}

// readFile reads and cuts a file. A byte order mark goes, and lines end in \n: a checksum must not depend on how a
// working copy was checked out.
func readFile(folder fs.FS, path string) (*file, error) {
	raw, err := fs.ReadFile(folder, path)
	if err != nil {
		return nil, err
	}
	if len(raw) > fileBytesMax {
		return nil, fmt.Errorf("%s has %d bytes; want at most %d", path, len(raw), fileBytesMax)
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	f := &file{path: path, text: string(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")))}
	if f.loose, err = directives(f); err != nil {
		return nil, err
	}
	if f.statements, err = split(f.text); err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	for i := range f.statements {
		if err := f.statements[i].check(f.loose); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, f.statements[i].line, err)
		}
	}
	return f, nil
}

// directives reads the comment that a file opens with: -- covet:no-transaction is all there is.
func directives(f *file) (loose bool, err error) {
	number := 0
	for line := range strings.Lines(f.text) {
		number++
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "--") {
			return loose, nil
		}
		word, ours := strings.CutPrefix(strings.TrimSpace(strings.TrimPrefix(line, "--")), "covet:")
		switch {
		case !ours || line == "":
		case word == "no-transaction":
			loose = true
		default:
			return false, fmt.Errorf("%s:%d: covet:%s is not known; there is covet:no-transaction", f.path, number, word)
		}
	}
	return loose, nil
}
