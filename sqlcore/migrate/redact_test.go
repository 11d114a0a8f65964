package migrate

import (
	"strings"
	"testing"
)

// No string of a statement that may hold a password is shown, however it is written.
func TestRedacted(t *testing.T) {
	for text, want := range map[string]string{
		"ALTER ROLE x PASSWORD 'geheim'":                                             "ALTER ROLE x PASSWORD '…'",
		"ALTER ROLE x password U&'geheim'":                                           "ALTER ROLE x password U&'…'",
		`ALTER ROLE x PASSWORD U&'!0067eheim' UESCAPE '!'`:                           "ALTER ROLE x PASSWORD U&'…' UESCAPE '…'",
		`ALTER ROLE x PASSWORD E'ge\'heim' LOGIN`:                                    "ALTER ROLE x PASSWORD '…' LOGIN",
		"ALTER ROLE x PASSWORD E'ab'\n'\\'geheim'":                                   "ALTER ROLE x PASSWORD '…'\n'…'",
		"ALTER ROLE x PASSWORD $$geheim$$":                                           "ALTER ROLE x PASSWORD '…'",
		"ALTER ROLE x PASSWORD 'abc'\n 'geheim'":                                     "ALTER ROLE x PASSWORD '…'\n '…'",
		"ALTER ROLE x PASSWORD 'abc' -- geheim\n 'geheim'":                           "ALTER ROLE x PASSWORD '…' \n '…'",
		"ALTER ROLE x PASSWORD 'abc' /* it was geheim */":                            "ALTER ROLE x PASSWORD '…' ",
		"CREATE SUBSCRIPTION s CONNECTION 'host=h password=p'\n'geheim'":             "CREATE SUBSCRIPTION s CONNECTION '…'\n'…'",
		"CREATE SUBSCRIPTION s CONNECTION 'postgresql://u:geheim@h/db'":              "CREATE SUBSCRIPTION s CONNECTION '…'",
		`CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'u', "password" 'geheim')`: `CREATE USER MAPPING FOR u SERVER s OPTIONS (user '…', "password" '…')`,
		`ALTER USER MAPPING FOR u SERVER s OPTIONS (SET passwd 'geheim')`:            "ALTER USER MAPPING FOR u SERVER s OPTIONS (SET passwd '…')",
		"SELECT dblink_connect('password=' || 'geheim')":                             "SELECT dblink_connect('…' || '…')",
		"DO $a$BEGIN EXECUTE 'ALTER ROLE x PASSWORD ''geheim'''; END$a$":             "DO '…'",
		"CREATE FUNCTION f(text) RETURNS text RETURN $1 || 'password'":               "CREATE FUNCTION f(text) RETURNS text RETURN $1 || '…'",
		"INSERT INTO t VALUES ('a', $$b$$) -- and nothing to hide":                   "INSERT INTO t VALUES ('a', $$b$$) -- and nothing to hide",
	} {
		if got := redacted(text); got != want || strings.Contains(got, "heim") {
			t.Errorf("%q\n got %q\nwant %q", text, got, want)
		}
	}
}
