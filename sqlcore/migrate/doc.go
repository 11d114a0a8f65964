// Package migrate brings a PostgreSQL schema from one version to the next, by files of SQL. The command
// cmd/covet-migrate does it from a shell; docs/MIGRATIONS.md is the manual of both.
//
//	//go:embed migrations/*.sql
//	var files embed.FS
//
//	folder, err := fs.Sub(files, "migrations")
//	conf, err := pg.ParseConfig("postgres://app@localhost/shop")
//	m, err := migrate.New(conf, folder, migrate.Options{})
//	n, err := m.Up(ctx)
//
// The files are 0001_accounts.up.sql and, to go back, 0001_accounts.down.sql. Each runs in one transaction together with
// the row that records it, so it has happened whole or not at all. A file that holds what no transaction takes, such as
// CREATE INDEX CONCURRENTLY, says so (-- covet:no-transaction); then each of its statements is recorded by itself, and
// a run that was killed is taken up where it ended.
//
// Any number of processes may start at once: one of them works, under an advisory lock that the server lets go of when that
// process is gone, and the others wait. A file that was changed after it had been applied, one that is gone and one that
// came too late are errors that say what to do.
//
// Read in this order: migrate.go (what can be asked), source.go, split.go and statement.go (files and their statements), plan.go
// (what is to be done), lock.go, table.go (what is recorded), apply.go and loose.go (doing it), event.go (telling of it), resolve.go
// (what only a person can decide), script.go (writing down what would be done).
package migrate
