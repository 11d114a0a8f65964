package sqlcore

// What databases call differently, as far as this package has to know: a [Dialect] belongs to each [DB].

import "strings"

// Dialect is a family of databases that share a syntax.
type Dialect uint8

// The dialects. A DB that Open has made speaks PostgreSQL; for one that Over makes, the caller says.
const (
	PostgreSQL Dialect = iota
	MySQL              // and MariaDB
	SQLite
)

// dialectNames are for people.
var dialectNames = [...]string{"PostgreSQL", "MySQL", "SQLite"}

// String is the dialect's name.
func (d Dialect) String() string { return dialectNames[d] }

// identifierMax is how long an identifier may be, in bytes for PostgreSQL, which cuts longer ones without a word, and in
// characters for MySQL. SQLite has no bound; ours is there so that a program for one database works on the others.
const identifierMax = 63

// quote appends an identifier in quotes.
func (d Dialect) quote(dst []byte, name string) []byte {
	mark := byte('"')
	if d == MySQL { // there, "x" is a string, unless a setting says otherwise
		mark = '`'
	}
	dst = append(dst, mark)
	for i := range len(name) {
		if name[i] == mark {
			dst = append(dst, mark)
		}
		dst = append(dst, name[i])
	}
	return append(dst, mark)
}

// Texts is one statement in the words of each dialect, for what they say differently (INSERT … ON CONFLICT is
// ON DUPLICATE KEY UPDATE in MySQL). A text that is missing is an error when it is asked for.
//
//	var put = sqlcore.Texts{
//		PostgreSQL: "INSERT INTO kv (k, v) VALUES (:k, :v) ON CONFLICT (k) DO UPDATE SET v = :v",
//		MySQL:      "INSERT INTO kv (k, v) VALUES (:k, :v) ON DUPLICATE KEY UPDATE v = :v",
//		SQLite:     "INSERT INTO kv (k, v) VALUES (:k, :v) ON CONFLICT (k) DO UPDATE SET v = :v",
//	}
//	_, err := sqlcore.Exec(ctx, db, put.For(db), sqlcore.Named{"k": k, "v": v})
type Texts struct{ PostgreSQL, MySQL, SQLite text }

// noText stands for a text that is missing. No database takes a NUL in a statement.
const noText = "\x00there is no text for "

// For returns the text for the database of a DB or Tx.
func (t Texts) For(q Querier) text {
	d := q.dialect()
	if sql := [...]text{t.PostgreSQL, t.MySQL, t.SQLite}[d]; sql != "" {
		return sql
	}
	return text(noText + d.String())
}

// checkMissing explains why a text is none.
func checkMissing(sql text, err error) error {
	if why, ok := strings.CutPrefix(string(sql), noText); ok {
		return misuse("these Texts have nothing for " + why)
	}
	return err
}
