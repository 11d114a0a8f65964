package migrate

// Statements as logs and errors show them: without passwords. Entry point: redacted.

import "strings"

// redacted replaces the strings of a statement that are a password, or hold one: what follows the word PASSWORD, as in
// ALTER ROLE and CREATE USER MAPPING, and what has that word inside, as connection strings do.
func redacted(text string) string {
	const word = "PASSWORD"
	if !strings.Contains(strings.ToUpper(text), word) {
		return text
	}
	var b strings.Builder
	l, last := &lexer{text: text, start: -1}, ""
	for l.at < len(text) {
		from := l.at
		if l.token() != "" {
			return b.String() + "…" // it has been split before, so this does not happen
		}
		token := text[from:l.at]
		switch c := token[0]; {
		case c == ' ' || c >= '\t' && c <= '\r':
		case strings.HasPrefix(token, "--"), strings.HasPrefix(token, "/*"):
			if strings.Contains(strings.ToUpper(token), word) {
				token = "" // somebody may have put it there for a moment
			}
		case (c == '$' || strings.HasSuffix(token, "'")) && (last == word || strings.Contains(strings.ToUpper(token), word)):
			last, token = "", "'…'"
		default:
			last = strings.ToUpper(token)
		}
		b.WriteString(token)
	}
	return b.String()
}
