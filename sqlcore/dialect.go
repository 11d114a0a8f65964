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
	if d != PostgreSQL { // in MySQL, "x" is a string, unless a setting says otherwise; in SQLite, if there is no column x
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
// ON DUPLICATE KEY UPDATE in MySQL). Its fields are nobody's to fill: what comes from outside is no constant.
//
//	var put = sqlcore.PerDialect(
//		"INSERT INTO kv (k, v) VALUES (:k, :v) ON CONFLICT (k) DO UPDATE SET v = :v",
//		"INSERT INTO kv (k, v) VALUES (:k, :v) ON DUPLICATE KEY UPDATE v = :v",
//		"INSERT INTO kv (k, v) VALUES (:k, :v) ON CONFLICT (k) DO UPDATE SET v = :v",
//	)
//	_, err := sqlcore.Exec(ctx, db, put.For(db), sqlcore.Named{"k": k, "v": v})
type Texts struct{ of [len(dialectNames)]text }

// PerDialect makes Texts. A text that is empty is an error when it is asked for.
func PerDialect(postgreSQL, mySQL, sqlite text) Texts {
	return Texts{[...]text{postgreSQL, mySQL, sqlite}}
}

// noText stands for a text that is missing. It begins with a NUL, which no statement may have.
const noText = "\x00there is no text for "

// For returns the text for the database of a DB or Tx.
func (t Texts) For(q Querier) text {
	d := q.dialect()
	if sql := t.of[d]; sql != "" {
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
