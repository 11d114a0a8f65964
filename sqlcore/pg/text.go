package pg

// What may not go over a shared connection: statements that change the session, or the protocol, for everyone
// behind them. Entry point: checkText.

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// refusedCommands change the state of a session or open a transaction on it; COPY and LISTEN have
// functions of their own.
var refusedCommands = map[string]string{
	"BEGIN": "Tx", "START": "Tx", "COMMIT": "Tx", "END": "Tx", "ROLLBACK": "Tx", "ABORT": "Tx", "SAVEPOINT": "Tx",
	"RELEASE": "Tx", "PREPARE": "Tx", "SET": "the settings of the connection string, or set_config(…, true) in a Tx",
	"RESET": "the settings of the connection string", "DISCARD": "nothing: a pool's sessions are its own",
	"DEALLOCATE": "nothing: the pool knows its statements", "DECLARE": "Each, or a Tx", "FETCH": "Each, or a Tx",
	"LISTEN": "Listen", "UNLISTEN": "Listen", "COPY": "CopyIn, CopyOut or CopyRows",
	"LOCK": "Tx",
}

// checkText refuses a statement by its first word. It is no guard against malice (a function can do the same): it
// keeps honest mistakes from turning into somebody else's wrong result.
func checkText(sql string) error {
	if err := checkNUL(sql); err != nil {
		return err
	}
	word := strings.ToUpper(firstWord(sql))
	if instead, ok := refusedCommands[word]; ok {
		return fmt.Errorf("pg: %s cannot run on a shared connection; use %s", word, instead)
	}
	return nil
}

// checkNUL refuses a text that the protocol would end too early.
func checkNUL(sql string) error {
	if strings.IndexByte(sql, 0) >= 0 {
		return errors.New("pg: the statement holds a NUL")
	}
	return nil
}

// firstWord returns the first word of a statement, behind blanks and comments.
func firstWord(sql string) string {
	sql = afterComments(sql)
	end := strings.IndexFunc(sql, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') })
	if end < 0 {
		return sql
	}
	return sql[:end]
}

// afterComments returns the rest of a statement behind blanks and comments. Comments of the second kind nest.
func afterComments(sql string) string {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n\f\v(")
		switch {
		case strings.HasPrefix(sql, "--"):
			end := strings.IndexAny(sql, "\n\r") // either ends a comment
			if end < 0 {
				return ""
			}
			sql = sql[end:]
		case strings.HasPrefix(sql, "/*"):
			depth, i := 1, 2
			for ; i < len(sql) && depth > 0; i++ {
				switch {
				case strings.HasPrefix(sql[i:], "/*"):
					depth++
					i++
				case strings.HasPrefix(sql[i:], "*/"):
					depth--
					i++
				}
			}
			sql = sql[i:]
		default:
			return sql
		}
	}
}

// commitsAlone reports whether a statement is one of those that cannot run in a transaction block, by its words. It is wrong
// about a quoted name that is such a word between blanks, for which Exec does as well.
func commitsAlone(sql string) bool {
	words := strings.FieldsFunc(strings.ToUpper(afterComments(sql)), func(r rune) bool {
		return !(r >= 'A' && r <= 'Z' || r == '"')
	})
	if len(words) == 0 {
		return false
	}
	second := ""
	for _, w := range words[1:] {
		if w != "VERBOSE" { // an option, as in CLUSTER and REINDEX
			second = w
			break
		}
	}
	concurrently := slices.Contains(words, "CONCURRENTLY")
	switch words[0] {
	case "VACUUM":
		return true
	case "CLUSTER":
		return second == ""
	case "CREATE":
		return second == "DATABASE" || second == "TABLESPACE" || second == "SUBSCRIPTION" || concurrently
	case "DROP":
		return second == "DATABASE" || second == "TABLESPACE" || second == "SUBSCRIPTION" || concurrently
	case "ALTER":
		return second == "SYSTEM" || second == "SUBSCRIPTION" || second == "DATABASE" && slices.Contains(words, "TABLESPACE") || concurrently
	case "REINDEX":
		return concurrently || slices.ContainsFunc(words[1:], func(w string) bool { return w == "DATABASE" || w == "SYSTEM" || w == "SCHEMA" })
	}
	return false
}
