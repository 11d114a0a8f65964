package pg

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covetgo/covet/internal/pgtest"
)

// The lines of libpq's documentation, and its corners.
func TestFindPassword(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"h:5432:d:u:right\nh:5432:d:u:second", "right"},
		{"other:5432:d:u:x\nh:1:d:u:x\nh:5432:e:u:x\nh:5432:d:v:x\n*:*:*:*:last", "last"},
		{"#h:5432:d:u:comment\nh:5432:d:u:right", "right"},
		{"h:5432:d:u:with\\:colon\\\\and back", "with:colon\\and back"},
		{"h:5432:d:u:ends:here", "ends"},
		{"h:5432:d:u:right\r\n", "right"},
		{"h:5432:d:u:trailing\\", "trailing\\"},
		{"\\h:5432:d:u:escaped", "escaped"},
		{"\\*:5432:d:u:star itself", ""},
		{"h*:5432:d:u:no pattern", ""},
		{"h:5432:d:u", ""}, {"h:5432:d", ""}, {"", ""}, {"h:5432:d:u:", ""},
		{" h:5432:d:u:blank", ""},
	} {
		if got, err := findPassword(strings.NewReader(c.file), "h", "5432", "d", "u"); got != c.want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", c.file, got, err, c.want)
		}
	}
	for length, fits := range map[int]bool{passfileLineBytes - 20: true, passfileLineBytes + 1: false} {
		line := "*:*:*:*:" + strings.Repeat("x", length-8)
		if got, err := findPassword(strings.NewReader(line), "h", "5432", "d", "u"); (err == nil) != fits || (fits && len(got) != length-8) {
			t.Errorf("a line of %d bytes: %d, %v", length, len(got), err)
		}
	}
	if got, err := findPassword(strings.NewReader("a\\:b:1:c\\\\:*:p"), "a:b", "1", `c\`, "u"); got != "p" || err != nil {
		t.Error(got, err)
	}
}

func FuzzPassfile(f *testing.F) {
	f.Add("h:1:*:\\u:p\\:w", "h", "u")
	f.Fuzz(func(t *testing.T, file, host, user string) {
		got, err := findPassword(strings.NewReader(file), host, "1", "d", user)
		if err == nil && len(got) > len(file) {
			t.Fatalf("%q from %q", got, file)
		}
		// What we would write ourselves is found.
		escape := strings.NewReplacer(":", `\:`, `\`, `\\`)
		if strings.ContainsAny(host+user, "\r\n") || host == "" || strings.HasPrefix(host, "#") {
			return
		}
		line := escape.Replace(host) + ":1:d:" + escape.Replace(user) + ":found"
		if len(line) < passfileLineBytes {
			if got, _ := findPassword(strings.NewReader(line), host, "1", "d", user); got != "found" {
				t.Fatalf("%q is not found in %q", host, line)
			}
		}
	})
}

// A session logs in with the file's password, and says why it cannot if others may read the file.
func TestPassfile(t *testing.T) {
	server := pgtest.Shared(t)
	makeRoles(t, server)
	path := filepath.Join(t.TempDir(), "pass")
	write := func(text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PGPASSFILE", path)
	connect := func(words string) error {
		conf := config(t, server.SocketDSN()+" host=127.0.0.1 user=scram "+words)
		s, err := (&dialer{conf: conf}).dial(context.Background(), nil)
		if err == nil {
			err = s.nc.Close()
		}
		return err
	}
	wants := func(err error, part string) {
		t.Helper()
		if part == "" && err != nil || part != "" && (err == nil || !strings.Contains(err.Error(), part)) {
			t.Errorf("want %q, got %v", part, err)
		}
	}
	write("127.0.0.1:*:postgres:scram:geheim\n", 0o600)
	wants(connect(""), "")
	wants(connect("password=falsch"), "28P01") // a password that is said wins
	wants(connect("passfile=/does/not/exist"), "none is set")
	wants(connect("passfile="+t.TempDir()), "no plain file")
	write("127.0.0.1:*:postgres:scram:geheim\n", 0o640)
	wants(connect(""), "mode 0640")
	write("127.0.0.1:*:postgres:other:geheim\n", 0o600)
	wants(connect(""), "none is set")
	write("*:*:*:*:falsch\n", 0o400)
	wants(connect(""), "28P01")
	write("*:*:*:*:"+strings.Repeat("x", passfileLineBytes), 0o600)
	wants(connect(""), "too long")
	if c := config(t, "host=h user=u passfile=/x"); c.Passfile != "/x" {
		t.Error(c.Passfile)
	}
}

// The folder of a socket is localhost where libpq has its default, and nowhere else: /tmp is everybody's.
func TestPassfileSockets(t *testing.T) {
	for _, c := range []struct{ host, usual, want string }{
		{"/var/run/postgresql", "/var/run/postgresql", "localhost"},
		{"/tmp", "/var/run/postgresql", "/tmp"},
		{"/tmp", "/tmp", "localhost"},
		{"/var/run/postgresql", "/tmp", "/var/run/postgresql"},
		{"/srv/sockets", "/tmp", "/srv/sockets"},
		{"localhost", "/tmp", "localhost"},
	} {
		if got := passName(Host{Name: c.host}, c.usual); got != c.want {
			t.Errorf("%s, with %s as the default: got %q, want %q", c.host, c.usual, got, c.want)
		}
	}
	path := filepath.Join(t.TempDir(), "pass")
	other := "/srv/sockets"
	text := "/tmp:*:*:*:of /tmp\n/var/run/postgresql:*:*:*:of run\n/srv/sockets:*:*:*:of srv\nlocalhost:*:*:*:of localhost\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, folder := range append(socketFolders, other) {
		want := map[string]string{"/tmp": "of /tmp", "/var/run/postgresql": "of run", other: "of srv"}[folder]
		if folder == usualFolder() {
			want = "of localhost"
		}
		conf := config(t, "host="+folder+" user=u passfile="+path)
		if got, err := conf.passwordFor(conf.Hosts[0]); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", folder, got, err, want)
		}
	}
}
