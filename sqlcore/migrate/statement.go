package migrate

// What statements may not be, and the few whose kind matters here. All else is the server's to judge.

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// check refuses what would break the frame that a file runs in.
func (s *statement) check(loose bool) error {
	first, second := s.word(0), s.word(1)
	switch {
	case s.endsTransaction():
		if loose {
			return fmt.Errorf("%s has no place in a file: with covet:no-transaction, each statement is a transaction of its own", first)
		}
		return fmt.Errorf("%s has no place in a file, which is one transaction already; for statements that take none, begin the file with -- covet:no-transaction", first)
	case first == "DISCARD":
		return errors.New("DISCARD would let go of the lock under which migrations run; settings are reset after each file anyway")
	case first == "COPY" && slices.ContainsFunc(s.tokens, func(t string) bool { return t == "STDIN" || t == "STDOUT" }):
		return errors.New("COPY FROM STDIN and COPY TO STDOUT need a client at the other end; use INSERT, or load the data with a program")
	case strings.HasPrefix(s.text, `\`):
		return errors.New(`this is a command of psql, and the server knows SQL only`)
	case s.bendsStrings():
		return fmt.Errorf("%s must stay on: files are read as it is; write E'…' where backslashes are to count", plainStrings)
	case loose && first == "SET" && (second == "ROLE" || second == "SESSION" && s.word(2) == "AUTHORIZATION"):
		return errors.New("with covet:no-transaction, what has been done is recorded after each statement, and the new role may not have the right to")
	case loose && s.buildsIndex() && s.indexName() == "":
		return fmt.Errorf("give the index of %s CONCURRENTLY a name: it has to be found again if this is interrupted", second)
	}
	return nil
}

// endsTransaction reports whether a statement begins or ends a transaction. Savepoints do not.
func (s *statement) endsTransaction() bool {
	switch s.word(0) {
	case "BEGIN", "START", "COMMIT", "END", "ABORT":
		return true
	case "ROLLBACK":
		return s.word(1) != "TO" && s.word(2) != "TO"
	case "PREPARE":
		return s.word(1) == "TRANSACTION"
	}
	return false
}

// bendsStrings reports whether a statement makes backslashes count in plain strings.
func (s *statement) bendsStrings() bool {
	if s.word(0) != "SET" {
		return false
	}
	rest := s.tokens[1:]
	if len(rest) > 0 && (rest[0] == "SESSION" || rest[0] == "LOCAL") {
		rest = rest[1:]
	}
	return len(rest) > 2 && strings.EqualFold(strings.Trim(rest[0], `"`), plainStrings) && !isOn(rest[2]) && rest[2] != "DEFAULT"
}

// pastWords returns the tokens behind optional words.
func pastWords(tokens []string, words ...string) []string {
	for _, w := range words {
		if len(tokens) > 0 && tokens[0] == w {
			tokens = tokens[1:]
		}
	}
	return tokens
}

// concurrently returns the tokens behind CREATE [UNIQUE] INDEX CONCURRENTLY [IF NOT EXISTS], or behind DROP INDEX CONCURRENTLY
// [IF EXISTS].
func (s *statement) concurrently(command string) ([]string, bool) {
	if s.word(0) != command {
		return nil, false
	}
	rest := pastWords(s.tokens[1:], "UNIQUE")
	if len(rest) < 2 || rest[0] != "INDEX" || rest[1] != "CONCURRENTLY" {
		return nil, false
	}
	return pastWords(rest[2:], "IF", "NOT", "EXISTS"), true
}

// buildsIndex reports whether it is CREATE INDEX CONCURRENTLY.
func (s *statement) buildsIndex() bool {
	_, ok := s.concurrently("CREATE")
	return ok
}

// indexName is the name of the index that CREATE INDEX CONCURRENTLY makes, as the catalog has it.
func (s *statement) indexName() string {
	rest, _ := s.concurrently("CREATE")
	if len(rest) == 0 || rest[0] == "ON" {
		return ""
	}
	return catalogName(rest[0])
}

// indexTable is the table that it is made for, as to_regclass reads it.
func (s *statement) indexTable() string {
	rest, _ := s.concurrently("CREATE")
	if len(rest) < 3 || rest[1] != "ON" {
		return ""
	}
	return qualified(pastWords(rest[2:], "ONLY"))
}

// droppedIndex is the index that DROP INDEX CONCURRENTLY drops, as to_regclass reads it; "" if it is another statement.
func (s *statement) droppedIndex() string {
	rest, ok := s.concurrently("DROP")
	if !ok {
		return ""
	}
	return qualified(rest)
}

// reindexed is what REINDEX CONCURRENTLY rebuilds: a table or an index, as to_regclass reads it, or "" for more than one table.
func (s *statement) reindexed() (name string, ok bool) {
	if s.word(0) != "REINDEX" {
		return "", false
	}
	rest, concurrently := s.tokens[1:], false
	if len(rest) > 0 && rest[0] == "(" {
		end := slices.Index(rest, ")")
		concurrently = end > 0 && slices.Contains(rest[:end], "CONCURRENTLY")
		rest = rest[end+1:]
	}
	if len(rest) < 2 {
		return "", concurrently
	}
	kind := rest[0]
	if rest[1] == "CONCURRENTLY" {
		rest, concurrently = rest[1:], true
	}
	if kind == "TABLE" || kind == "INDEX" {
		name = qualified(rest[1:])
	}
	return name, concurrently
}

// qualified joins a name and, if there is one, the schema in front of it.
func qualified(tokens []string) string {
	switch {
	case len(tokens) == 0:
		return ""
	case len(tokens) >= 3 && tokens[1] == ".":
		return tokens[0] + "." + tokens[2]
	}
	return tokens[0]
}

// catalogName is a name as the catalog has it: without quotes, or in small letters.
func catalogName(token string) string {
	if strings.HasPrefix(token, `"`) {
		return strings.ReplaceAll(strings.Trim(token, `"`), `""`, `"`)
	}
	return strings.Map(lowerASCII, token)
}

// harmlessAgain reports whether to run a statement once more is the same as to run it once.
func (s *statement) harmlessAgain() bool {
	switch s.word(0) {
	case "VACUUM", "ANALYZE", "REINDEX", "CLUSTER", "CHECKPOINT":
		return true
	case "ALTER":
		return s.word(1) == "SYSTEM"
	}
	return false
}

// mayCommitMidway reports whether a statement can have committed a part of its work, of its author's choice, when it fails.
func (s *statement) mayCommitMidway() bool { return s.word(0) == "CALL" || s.word(0) == "DO" }
