// Package drivertest holds tests of sqlcore that need other people's code: the same statements and values through pgx
// and through our driver, gorm and bun on top of it, and one program over PostgreSQL, MariaDB and SQLite. It is a module
// of its own, so that what it depends on never reaches an embedder.
package drivertest
