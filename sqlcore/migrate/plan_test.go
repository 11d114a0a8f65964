package migrate

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// folder makes a folder of files.
func folder(files map[string]string) fstest.MapFS {
	fs := fstest.MapFS{}
	for name, text := range files {
		fs[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fs
}

func TestLoad(t *testing.T) {
	list, err := Load(folder(map[string]string{
		"0010_c.up.sql": "SELECT 1", "2_a.up.sql": "SELECT 1", "2_a.down.sql": "SELECT 2", "20261122093000_d_e.up.sql": "",
		"README.md": "not ours", "sub/0001_x.up.sql": "nor this", "3_b.up.sql": "\ufeff-- covet:no-transaction\r\nVACUUM;\r\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range list {
		got = append(got, fmt.Sprint(m.Version, m.Name, m.HasDown(), m.up.loose, len(m.up.statements)))
	}
	if want := "2atruefalse1 3bfalsetrue1 10cfalsefalse1 20261122093000d_efalsefalse0"; strings.ReplaceAll(strings.Join(got, "|"), " ", "") != strings.ReplaceAll(want, " ", "|") {
		t.Errorf("%q", got)
	}
	unix, err := Load(folder(map[string]string{"3_b.up.sql": "-- covet:no-transaction\nVACUUM;\n"}))
	if err != nil || unix[0].Checksum != list[1].Checksum {
		t.Error("the checksum depends on how lines end, or on a byte order mark", err)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"name":         {map[string]string{"accounts.sql": ""}, "want a name such as 0001_accounts.up.sql"},
		"no way":       {map[string]string{"1_a.sql": ""}, "want a name such as"},
		"zero":         {map[string]string{"0_a.up.sql": ""}, "want a name such as"},
		"digits":       {map[string]string{"1234567890123456789_a.up.sql": ""}, "up to 18 digits"},
		"twice":        {map[string]string{"1_a.up.sql": "", "01_a.up.sql": ""}, "have the same version"},
		"two names":    {map[string]string{"1_a.up.sql": "", "1_b.down.sql": ""}, "version 1 is called a by one file and b by another"},
		"only down":    {map[string]string{"1_a.down.sql": ""}, "add 1_a.up.sql"},
		"transaction":  {map[string]string{"1_a.up.sql": "SELECT 1;\n\nCOMMIT;"}, "1_a.up.sql:3: COMMIT has no place in a file"},
		"unterminated": {map[string]string{"1_a.up.sql": "\nSELECT '"}, "1_a.up.sql:2: a string that begins here does not end"},
		"directive":    {map[string]string{"1_a.up.sql": "-- hello\n-- covet:notransaction\nSELECT 1"}, "1_a.up.sql:2: covet:notransaction is not known"},
		"no name":      {map[string]string{"1_a.up.sql": "-- covet:no-transaction\nCREATE INDEX CONCURRENTLY ON t (a)"}, "1_a.up.sql:2: give the index"},
		"too long":     {map[string]string{"1_a.up.sql": strings.Repeat(" ", fileBytesMax+1)}, "want at most 16777216"},
	} {
		if _, err := Load(folder(c.files)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Load(folder(map[string]string{"1_a.up.sql": strings.Repeat(" ", fileBytesMax)})); err != nil {
		t.Error("the longest file that is allowed:", err)
	}
	_, err := Load(folder(map[string]string{"a.sql": "", "b.sql": ""}))
	if err == nil || !strings.Contains(err.Error(), "a.sql") || !strings.Contains(err.Error(), "b.sql") {
		t.Error("not all that is wrong is told:", err)
	}
}

// files and records are written as letters here: file 3 with a way back, record 3 of it, 3! of another text, 3u and 3d
// unfinished.
func planOf(t *testing.T, files, rows string, goal Goal, o Options) (string, error) {
	t.Helper()
	all := map[string]string{}
	for _, f := range strings.Fields(files) {
		f, once := strings.CutSuffix(f, "!")
		all[f+"_n.up.sql"] = "SELECT " + f
		if !once {
			all[f+"_n.down.sql"] = "SELECT"
		}
	}
	list, err := Load(folder(all))
	if err != nil {
		t.Fatal(err)
	}
	var records []*row
	for _, text := range strings.Fields(rows) {
		r := &row{Name: "n", AppliedAt: time.Unix(0, 0).UTC()}
		fmt.Sscan(strings.TrimRight(text, "!ud"), &r.Version)
		for _, m := range list {
			if m.Version == r.Version {
				r.Checksum = m.Checksum
			}
		}
		switch text[len(text)-1] {
		case '!':
			r.Checksum = "another"
		case 'u':
			r.Unfinished = "up"
		case 'd':
			r.Unfinished = "down"
		}
		records = append(records, r)
	}
	plan, err := steps(compare(list, records), goal, o)
	var words []string
	for _, st := range plan {
		word := fmt.Sprint(st.m.Version)
		if st.down {
			word = "-" + word
		}
		words = append(words, word)
	}
	return strings.Join(words, " "), err
}

func TestSteps(t *testing.T) {
	for _, c := range []struct {
		files, rows string
		goal        Goal
		options     Options
		want        string
		err         error
	}{
		{"1 2 3", "", Latest(), Options{}, "1 2 3", nil},
		{"1 2 3", "1", Latest(), Options{}, "2 3", nil},
		{"1 2 3 4 5", "1 2 4 5", Version(4), Options{}, "", ErrOutOfOrder},
		{"1 2 3 4 5", "1 2 4 5", Version(4), Options{AllowOutOfOrder: true}, "-5 3", nil},
		{"1 2 3 4 5", "1 2 4 5", Version(2), Options{}, "-5 -4", nil},
		{"1 2 3", "1 2 3", Latest(), Options{}, "", nil},
		{"", "", Latest(), Options{}, "", nil},
		{"1 2 3", "1", Version(2), Options{}, "2", nil},
		{"1 2 3", "1 2 3", Version(1), Options{}, "-3 -2", nil},
		{"1 2 3", "1 2 3", Version(0), Options{}, "-3 -2 -1", nil},
		{"1 2 3", "1", Version(7), Options{}, "", ErrNoVersion},
		{"1 2 3", "1 2", Back(1), Options{}, "-2", nil},
		{"1 2 3", "1 2", Back(9), Options{}, "-2 -1", nil},
		{"1 2 3", "", Back(1), Options{}, "", nil},
		{"1! 2! 3", "1 2 3", Back(2), Options{}, "", ErrNoDown},
		{"1 2!", "1 2", Back(1), Options{}, "", ErrNoDown},
		// Edited.
		{"1 2 3", "1!", Latest(), Options{}, "", ErrEdited},
		{"1 2 3", "1! 2 3", Latest(), Options{}, "", ErrEdited},
		{"1 2 3", "1! 2! 3!", Back(1), Options{}, "-3", nil},
		// Missing, and newer than all files.
		{"1 3", "1 2", Latest(), Options{}, "", ErrMissing},
		{"1 3", "1 2", Latest(), Options{AllowAhead: true}, "", ErrMissing},
		{"1 2", "1 2 3", Latest(), Options{}, "", ErrMissing},
		{"1 2", "1 2 3", Latest(), Options{AllowAhead: true}, "", nil},
		{"1 2", "1 2 3", Back(1), Options{AllowAhead: true}, "", ErrMissing},
		// Out of order.
		{"1 2 3", "1 3", Latest(), Options{}, "", ErrOutOfOrder},
		{"1 2 3", "1 3", Latest(), Options{AllowOutOfOrder: true}, "2", nil},
		{"1 2 3", "1 3", Version(1), Options{}, "-3", nil},
		{"1 2 3", "1 3", Back(1), Options{}, "-3", nil},
		// Unfinished.
		{"1 2 3", "1 2u", Latest(), Options{}, "2 3", nil},
		{"1 2 3", "1 2u", Version(2), Options{}, "2", nil},
		{"1 2 3", "1 2u", Version(1), Options{}, "", ErrUnfinished},
		{"1 2 3", "1 2u", Back(1), Options{}, "", ErrUnfinished},
		{"1 2 3", "1 2d", Latest(), Options{}, "", ErrUnfinished},
		{"1 2 3", "1 2d", Back(1), Options{}, "-2", nil},
		{"1 2 3", "1 2d", Version(1), Options{}, "-2", nil},
	} {
		got, err := planOf(t, c.files, c.rows, c.goal, c.options)
		if got != c.want || !errors.Is(err, c.err) || (err != nil) != (c.err != nil) {
			t.Errorf("files %s, applied %s, to %+v: got %q, %v; want %q, %v", c.files, c.rows, c.goal, got, err, c.want, c.err)
		}
		if err != nil && Disagree(err) != (c.err != ErrNoVersion && c.err != ErrNoDown) {
			t.Errorf("Disagree(%v) is wrong", err)
		}
	}
	for _, n := range []int{0, -1} {
		if got, err := planOf(t, "1 2", "1 2", Back(n), Options{}); err == nil {
			t.Errorf("going back by %d would do %q", n, got)
		}
	}
}

// What is told says what to do.
func TestProblemsSayWhatToDo(t *testing.T) {
	for _, c := range []struct{ files, rows, want string }{
		{"1 2", "1!", "1_n.up.sql was changed after it had been applied at 1970-01-01T00:00:00Z (its checksum is"},
		{"1 2", "1!", "covet-migrate accept 1"},
		{"1 3", "1 2 3", "2 (n) was applied at 1970-01-01T00:00:00Z, and its file is gone: put it back"},
		{"1 2", "1 2 3", "these files are older than the database"},
		{"1 2 3", "1 3", "Give its files a number above 3"},
		{"1 2", "1d", "finish that with down 1"},
	} {
		if _, err := planOf(t, c.files, c.rows, Latest(), Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("files %s, applied %s: %v lacks %q", c.files, c.rows, err, c.want)
		}
	}
}
