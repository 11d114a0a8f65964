package migrate

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                       nil,
		" ;; -- nothing\n; /* nor /* here */ */": nil,
		"SELECT 1":                               {"SELECT 1"},
		"SELECT 1;\n\nSELECT 2 ;":                {"SELECT 1", "SELECT 2"},
		"-- a;\nSELECT 1 /* ; */ -- ;\n, 2;":     {"SELECT 1 /* ; */ -- ;\n, 2"},
		`SELECT ';', 'it''s;', ";"`:              {`SELECT ';', 'it''s;', ";"`},
		`SELECT 'a\'; SELECT '\'`:                {`SELECT 'a\'`, `SELECT '\'`},
		`SELECT E'a\';', e'\\'; SELECT 2`:        {`SELECT E'a\';', e'\\'`, "SELECT 2"},
		"SELECT E'a'\n'b\\';' -- ;\n'\\';'; X":   {"SELECT E'a'\n'b\\';' -- ;\n'\\';'", "X"},
		`SELECT E'a' '\'; X`:                     {`SELECT E'a' '\'`, "X"},
		"SELECT E'a';\n'\\'; X":                  {"SELECT E'a'", "'\\'", "X"},
		`SELECT U&'\0041;', B'1', name';'`:       {`SELECT U&'\0041;', B'1', name';'`},
		"SELECT $$;$$, $a$ $$; $b$ $a$; X":       {"SELECT $$;$$, $a$ $$; $b$ $a$", "X"},
		"SELECT $1; SELECT a$b; SELECT 1$$":      {"SELECT $1", "SELECT a$b", "SELECT 1$$"},
		"CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b); SELECT 1": {
			"CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)", "SELECT 1"},
		"create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3": {
			"create function f() returns int begin atomic select case when true then 1 end; select 2; end", "select 3"},
		"SELECT 1); SELECT 2":                             {"SELECT 1)", "SELECT 2"},
		"BEGIN; SELECT CASE WHEN a THEN 1 END; END":       {"BEGIN", "SELECT CASE WHEN a THEN 1 END", "END"},
		"CREATE PROCEDURE p() AS $x$BEGIN;END$x$; CALL p": {"CREATE PROCEDURE p() AS $x$BEGIN;END$x$", "CALL p"},
		"SELECT 'ä;', ü$ö$; SELECT $ö$;$ö$":               {"SELECT 'ä;', ü$ö$", "SELECT $ö$;$ö$"},
	} {
		got, err := split(text)
		var texts []string
		for _, s := range got {
			texts = append(texts, s.text)
		}
		if err != nil || !slices.Equal(texts, want) {
			t.Errorf("%q:\n got %q, %v\nwant %q", text, texts, err, want)
		}
	}
}

func TestSplitFindsLinesAndWords(t *testing.T) {
	list, err := split("-- first\n\nselect 1;\n/* a\nb */ Create Unique Index\n\"A\" on x.y;")
	if err != nil || len(list) != 2 || list[0].line != 3 || list[1].line != 5 {
		t.Fatal(list, err)
	}
	if want := []string{"CREATE", "UNIQUE", "INDEX", `"A"`, "ON", "X", ".", "Y"}; !reflect.DeepEqual(list[1].tokens, want) {
		t.Errorf("%q", list[1].tokens)
	}
}

func TestSplitUnterminated(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1;\n'a":      "2: a string",
		"\n\n/* /* */":       "3: a comment",
		`SELECT "a`:          "1: a quoted name",
		"SELECT $a$ $b$ $$ ": "1: a string ($a$)",
		`SELECT E'\'`:        "1: a string",
	} {
		if _, err := split(text); err == nil || !strings.HasPrefix(err.Error(), want+" that begins here") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestKinds(t *testing.T) {
	one := func(sql string) *statement {
		list, err := split(sql)
		if err != nil || len(list) != 1 {
			t.Fatal(sql, list, err)
		}
		return &list[0]
	}
	for sql, want := range map[string][2]string{
		`create index concurrently Idx on Tab (a)`:                                           {"idx", "TAB"},
		`CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "I ""x" ON ONLY "S".tab USING btree`: {`I "x`, `"S".TAB`},
		`CREATE INDEX CONCURRENTLY ON tab (a)`:                                               {"", ""},
	} {
		if s := one(sql); !s.buildsIndex() || s.indexName() != want[0] || want[0] != "" && s.indexTable() != want[1] {
			t.Errorf("%s: %q on %q", sql, s.indexName(), s.indexTable())
		}
	}
	if s := one("CREATE INDEX i ON t (a)"); s.buildsIndex() || s.droppedIndex() != "" {
		t.Error("an ordinary index is not a concurrent one")
	}
	if got := one(`DROP INDEX CONCURRENTLY IF EXISTS s."I"`).droppedIndex(); got != `S."I"` {
		t.Error(got)
	}
	for sql, want := range map[string]string{ // wrong in which kind of file
		"COMMIT": "both", "rollback": "both", "ROLLBACK WORK": "both", "START TRANSACTION": "both", "PREPARE TRANSACTION 'x'": "both", "END": "both",
		"ROLLBACK TO SAVEPOINT a": "", "ROLLBACK WORK TO a": "", "SAVEPOINT a": "", "PREPARE a AS SELECT 1": "", "DISCARD TEMP": "both",
		"COPY t FROM STDIN": "both", "COPY t (a, b) TO STDOUT": "both", "COPY t FROM '/file'": "", `\i other.sql`: "both", `\d`: "both",
		"CREATE INDEX CONCURRENTLY ON t (a)": "loose", "SET ROLE a": "loose", "SET SESSION AUTHORIZATION a": "loose", "SET search_path = a": "",
	} {
		s := one(sql)
		for _, loose := range []bool{false, true} {
			wrong := want == "both" || want == "loose" && loose
			if err := s.check(loose); (err != nil) != wrong {
				t.Errorf("%s, covet:no-transaction %v: %v", sql, loose, err)
			}
		}
	}
}

// FuzzSplit: what is found are pieces of the text in their order, each of which is one statement when it is cut again.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		"SELECT 1; SELECT 2", "/* /* */ ; */ x;", "E'\\';'; $a$;$a$; $1;\"a;\"", "create function f() begin atomic select case when 1 then 2 end; end; x",
		"(;);", "a$b$;", "'", "$$", "-- \n;", "é$é$;$é$",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := split(text)
		if err != nil {
			return
		}
		rest, line := text, 0
		for _, s := range list {
			i := strings.Index(rest, s.text)
			if i < 0 || s.text == "" || len(s.tokens) == 0 || s.line < line {
				t.Fatalf("%q of line %d is not where it should be", s.text, s.line)
			}
			rest, line = rest[i+len(s.text):], s.line
			again, err := split(s.text)
			// A comment at its end may have had the newline that ended it cut off; the statement is the same.
			if err != nil || len(again) != 1 || again[0].text != s.text || !slices.Equal(again[0].tokens, s.tokens) {
				t.Fatalf("%q becomes %v, %v", s.text, again, err)
			}
			_ = s.check(true)
			s.buildsIndex()
			s.indexName()
			s.indexTable()
			s.droppedIndex()
		}
	})
}
