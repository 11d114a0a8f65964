package sqlcore

import (
	"strings"
	"testing"
)

// What MySQL commits by itself is told by its first words, whatever stands before and behind them.
func TestCommits(t *testing.T) {
	for query, want := range map[string]bool{
		"CREATE TABLE t (id int)": true, "alter table t add x int": true, "drop\ttable t": true, "RENAME TABLE a TO b": true, "truncate t": true,
		"BEGIN": true, "Start Transaction": true, "COMMIT;": true, "LOCK TABLES t READ": true, "UNLOCK TABLES": true,
		strings.Repeat(" \n", shownMax) + "CREATE TABLE t (id int)": true,
		"CREATE TEMPORARY TABLE t (id int)":                         false, "DROP TEMPORARY TABLE t": false,
		"INSERT INTO created VALUES (1)": false, "SELECT 'CREATE'": false, "UPDATE t SET x = 1": false, "": false, " ": false, ";": false,
	} {
		if got := commits(query); got != want {
			t.Errorf("%q commits: %v, want %v", query, got, want)
		}
	}
}
