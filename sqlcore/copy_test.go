package sqlcore_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/covetgo/covet/sqlcore"
	"github.com/covetgo/covet/sqlcore/pg"
	_ "github.com/covetgo/covet/sqlcore/pgsql" // the driver covet
)

// COPY on a DB and in a transaction, notifications, and the answer of a DB that is another driver's.
func TestCopyAndListen(t *testing.T) {
	db := open(t)
	setup(t, db, "drop table if exists carried", "create table carried (id int4 primary key, name text)")
	type row struct {
		ID   int32
		Name string
	}
	rows := func(yield func(row, error) bool) {
		for id, name := range slices.All([]string{"nought", "one", "two"}) {
			if !yield(row{int32(id), name}, nil) {
				return
			}
		}
	}
	l, err := db.Listen(background, "carried")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if n, err := sqlcore.CopyRows(background, db, "carried (id, name)", rows); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := sqlcore.CopyRows(background, db, "carried (id, name)", rows); !errors.Is(err, sqlcore.ErrUnique) {
		t.Errorf("want ErrUnique, got %v", err)
	}
	if err := db.Tx(background, pg.TxOptions{}, func(tx *sqlcore.Tx) error {
		if _, err := sqlcore.CopyIn(background, tx, "COPY carried FROM STDIN", strings.NewReader("3\tthree\n")); err != nil {
			return err
		}
		_, err := sqlcore.Exec(background, tx, "SELECT pg_notify('carried', 'three')")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Next(background); n.Payload != "three" || err != nil {
		t.Error(n, err)
	}
	var out bytes.Buffer
	if n, err := sqlcore.CopyOut(background, db, "COPY (SELECT * FROM carried ORDER BY id) TO STDOUT (FORMAT csv)", &out); n != 4 || err != nil || out.String() != "0,nought\n1,one\n2,two\n3,three\n" {
		t.Errorf("%d rows, %q, %v", n, out.String(), err)
	}
	other, err := sql.Open("covet", "host=/nowhere user=u")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	over := sqlcore.Over(other, sqlcore.PostgreSQL)
	calls := map[string]func() error{
		"CopyIn":   func() error { _, err := sqlcore.CopyIn(background, over, "COPY carried FROM STDIN", nil); return err },
		"CopyOut":  func() error { _, err := sqlcore.CopyOut(background, over, "COPY carried TO STDOUT", nil); return err },
		"CopyRows": func() error { _, err := sqlcore.CopyRows(background, over, "carried (id, name)", rows); return err },
		"Listen":   func() error { _, err := over.Listen(context.Background(), "a"); return err },
	}
	for name, call := range maps.All(calls) {
		if err := call(); !errors.Is(err, sqlcore.ErrUnsupported) {
			t.Errorf("%s over another driver: %v", name, err)
		}
	}
}
