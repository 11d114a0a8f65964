package sqlcore_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covetgo/covet/sqlcore"
)

// A constant is SQL, and a string that the program has put together is not: the compiler says so.
func TestTextIsConstant(t *testing.T) {
	compiles := []string{
		`const q = "select 1"; sqlcore.Exec(nil, db, q)`,
		`sqlcore.Exec(nil, db, "select " + "1")`,
		`sqlcore.Exec(nil, db, sqlcore.Unsafe(name))`,
		`sqlcore.Select("a", name).From("t").Where(sqlcore.SQL("b = $1", name)).OrderBy(sqlcore.Name("a").Desc())`,
		`sqlcore.Idents("a").Pick(name)`,
		`sqlcore.Exec(nil, db, sqlcore.PerDialect("select 1", "", "").For(db))`,
		`b, _ := sqlcore.SQL("select $1", name).Build(db); sqlcore.Exec(nil, db, b.Text(), b.Args()...)`,
	}
	refused := []string{
		`sqlcore.Exec(nil, db, name)`,
		`sqlcore.Exec(nil, db, "select " + name)`,
		`q := "select 1"; sqlcore.Exec(nil, db, q)`,
		`type text string; sqlcore.Exec(nil, db, text(name))`,
		`sqlcore.One[int](nil, db, "select " + name)`,
		`for range sqlcore.Each[int](nil, db, name) {}`,
		`sqlcore.SQL(name)`,
		`sqlcore.SQL("a = '" + name + "'")`,
		`sqlcore.Select(name)`,
		`sqlcore.Select("a").Columns(name)`,
		`sqlcore.Select("a").From(name)`,
		`sqlcore.Select("a").Join(name)`,
		`sqlcore.Select("a").Where(name)`,
		`sqlcore.Select("a").GroupBy(name)`,
		`sqlcore.Select("a").Having(name)`,
		`sqlcore.Select("a").OrderBy(name)`,
		`sqlcore.Select("a").Window(name, "")`,
		`sqlcore.Select("a").Window("w", name)`,
		`sqlcore.Select("a").With(name, sqlcore.SQL("select 1"))`,
		`sqlcore.Select("a").With("w", name)`,
		`sqlcore.Select("a").End(name)`,
		`sqlcore.Select("a").Limit(name)`,
		`sqlcore.And(name)`,
		`sqlcore.In(name, []int{1})`,
		`sqlcore.Eq(name, 1)`,
		`sqlcore.Name(name)`,
		`sqlcore.Idents("a", name)`,
		`_ = sqlcore.Ident{name}`,
		`_ = sqlcore.Frag{name}`,
		`_ = sqlcore.PerDialect(name, "", "")`,
		`_ = sqlcore.Built{text: name}`,
		`_ = sqlcore.PerDialect("select "+name, "", "")`,
		`var t sqlcore.Texts; t.MySQL += name`,
	}
	if out, err := compile(t, compiles); err != nil {
		t.Errorf("what is constant: %v\n%s", err, out)
	}
	out, err := compile(t, refused)
	if err == nil {
		t.Error("what is not constant compiles")
	}
	for i, body := range refused {
		if !strings.Contains(out, fmt.Sprintf("x.go:%d:", firstLine+i)) {
			t.Errorf("compiles: %s", body)
		}
	}
}

// What is read from outside does not become a constant on the way.
func TestTextsAreNotRead(t *testing.T) {
	var texts sqlcore.Texts
	var built sqlcore.Built
	const sent = `{"PostgreSQL": "drop table x", "Text": "drop table x", "text": "drop table x"}`
	if err := json.Unmarshal([]byte(sent), &texts); err != nil || texts != (sqlcore.Texts{}) {
		t.Error(texts, err)
	}
	if err := json.Unmarshal([]byte(sent), &built); err != nil || built.Text() != "" {
		t.Error(built, err)
	}
}

// firstLine is where the first body stands in what compile writes.
const firstLine = 5

// compile compiles functions, one a line, in a package that exists in an overlay only.
func compile(t *testing.T, bodies []string) (string, error) {
	t.Helper()
	folder, err := filepath.Abs("constantcheck")
	if err != nil {
		t.Fatal(err)
	}
	source := "package constantcheck\n\nimport \"github.com/covetgo/covet/sqlcore\"\n\n"
	for i, body := range bodies {
		source += fmt.Sprintf("func f%d(db *sqlcore.DB, name string) { %s }\n", i, body)
	}
	dir := t.TempDir()
	file, overlay := filepath.Join(dir, "x.go"), filepath.Join(dir, "o.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(folder, "x.go"): file}})
	if err == nil {
		err = errors.Join(os.WriteFile(file, []byte(source), 0o600), os.WriteFile(overlay, text, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "build", "-gcflags=-e", "-overlay", overlay, "./constantcheck").CombinedOutput() // -e: all errors, not ten
	return string(out), err
}
