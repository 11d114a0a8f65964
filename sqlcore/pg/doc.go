// Package pg is a client for PostgreSQL: sessions, and a pipeline that concurrent callers share.
package pg
