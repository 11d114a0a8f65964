package migrate

// Statements as logs and errors show them: without passwords. Entry point: redacted.

import "strings"

// secretMarks tell a statement that may hold a password: the word itself, in whatever case, as a word, as a quoted name or
// inside of a string or comment, with passwd; and the addresses that libpq takes, which have room for one.
var secretMarks = []string{"PASSW", "://"}

// redacted replaces all the strings of a statement that may hold a password, and drops its comments. Which of the strings it is
// in cannot be told without the grammar: they are continued on the next line, joined with ||, or options of any name.
func redacted(text string) string {
	if !mayHoldSecret(text) {
		return text
	}
	var b strings.Builder
	l := &lexer{text: text, start: -1}
	for l.at < len(text) {
		from := l.at
		if l.token() != "" {
			return b.String() + "…" // it has been split before, so this does not happen
		}
		token := text[from:l.at]
		switch {
		case strings.HasPrefix(token, "--"), strings.HasPrefix(token, "/*"):
			token = "" // somebody may have put it there for a moment
		case strings.HasSuffix(token, "'"), len(token) > 1 && token[0] == '$': // a single $ is that of a parameter
			token = "'…'"
		}
		b.WriteString(token)
	}
	return b.String()
}

// mayHoldSecret reports whether one of the marks is anywhere in a statement.
func mayHoldSecret(text string) bool {
	text = strings.ToUpper(text)
	for _, mark := range secretMarks {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}
