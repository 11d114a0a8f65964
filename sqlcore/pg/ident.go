package pg

// Names of things in SQL. Entry point: QuoteIdent.

import (
	"fmt"
	"strings"
)

// identBytesMax is the longest name that PostgreSQL keeps, in bytes (NAMEDATALEN - 1). It cuts what is longer, and then
// two names may be one.
const identBytesMax = 63

// QuoteIdent writes a name as SQL, between double quotes: as it is, capitals included. It refuses what would be
// another name to the server: an empty one, one that holds a NUL, and one that is too long.
func QuoteIdent(name string) (string, error) {
	switch {
	case name == "":
		return "", fmt.Errorf("pg: a name is empty")
	case len(name) > identBytesMax:
		return "", fmt.Errorf("pg: the name %.20q… is longer than %d bytes", name, identBytesMax)
	case strings.IndexByte(name, 0) >= 0:
		return "", fmt.Errorf("pg: the name %q holds a NUL", name)
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`, nil
}
