package migrate

// What is recorded: a row for each version that was applied, or is being so.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// row is one version in the table.
type row struct {
	Version      int64
	Name         string
	Checksum     string
	AppliedAt    time.Time
	Micros       int64  `db:"duration_us"`
	Unfinished   string // up or down, if a file without a transaction is under way or was interrupted; else ""
	Done         int    `db:"statements_done"`   // … so many of its statements are done
	Running      bool   `db:"statement_running"` // … and the next one may have been, without a transaction
	DoneChecksum string // … of those that are done, and of the one that may be running
}

// name is the table in SQL.
func (w *worker) name() string { return quote(w.schema) + "." + quote(w.table) }

// createSQL makes the table.
func (w *worker) createSQL() string {
	return `CREATE TABLE IF NOT EXISTS ` + w.name() + ` (
	version bigint PRIMARY KEY,
	name text NOT NULL,
	checksum text NOT NULL,
	applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	duration_us bigint NOT NULL DEFAULT 0,
	unfinished text CHECK (unfinished IN ('up', 'down')),
	statements_done int NOT NULL DEFAULT 0,
	statement_running boolean NOT NULL DEFAULT false,
	done_checksum text NOT NULL DEFAULT ''
)`
}

// exists reports whether the table is there.
func (w *worker) exists(ctx context.Context) (bool, error) {
	list, err := query[bool](ctx, w, "SELECT to_regclass($1) IS NOT NULL", w.name())
	return err == nil && list[0], err
}

// createTable makes the table if it is not there. It asks first: to make one needs a right that to use it does not.
func (w *worker) createTable(ctx context.Context) error {
	there, err := w.exists(ctx)
	if err != nil || there {
		return err
	}
	if _, err := w.session.Script(ctx, w.createSQL()); err != nil {
		return fmt.Errorf("migrate: the table of versions: %w", err)
	}
	return nil
}

// rows reads the table, in the order of versions. Without a table there are none.
func (w *worker) rows(ctx context.Context) (list []*row, there bool, err error) {
	if there, err = w.exists(ctx); err != nil || !there {
		return nil, false, err
	}
	values, err := query[row](ctx, w, `SELECT version, name, checksum, applied_at, duration_us, coalesce(unfinished, '') AS unfinished,
		statements_done, statement_running, done_checksum FROM `+w.name()+` ORDER BY version`)
	for i := range values {
		list = append(list, &values[i])
	}
	return list, true, err
}

// record notes that a step is done.
func (w *worker) record(ctx context.Context, st step, took time.Duration) error {
	if err := w.held(ctx); err != nil {
		return err
	}
	switch {
	case st.down:
		return w.exec(ctx, "DELETE FROM "+w.name()+" WHERE version = $1", st.m.Version)
	case st.row != nil:
		return w.exec(ctx, "UPDATE "+w.name()+` SET checksum = $2, name = $3, applied_at = clock_timestamp(), duration_us = duration_us + $4,
			unfinished = NULL, statements_done = 0, statement_running = false, done_checksum = '' WHERE version = $1`,
			st.m.Version, st.m.Checksum, st.m.Name, took.Microseconds())
	}
	return w.exec(ctx, "INSERT INTO "+w.name()+" (version, name, checksum, duration_us) VALUES ($1, $2, $3, $4)",
		st.m.Version, st.m.Name, st.m.Checksum, took.Microseconds())
}

// begin notes that a file without a transaction is under way.
func (w *worker) begin(ctx context.Context, st step) (*row, error) {
	r := &row{Version: st.m.Version, Unfinished: "up", DoneChecksum: checksumOf(nil)}
	if st.down {
		r.Unfinished = "down"
	}
	return r, w.exec(ctx, "INSERT INTO "+w.name()+` AS t (version, name, checksum, unfinished, done_checksum) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (version) DO UPDATE SET unfinished = excluded.unfinished, statements_done = 0, statement_running = false, done_checksum = excluded.done_checksum`,
		st.m.Version, st.m.Name, st.m.Checksum, r.Unfinished, r.DoneChecksum)
}

// progress notes how far a file without a transaction has come, and whether a statement is about to run bare.
func (w *worker) progress(ctx context.Context, st step, done int, running bool) error {
	if err := w.held(ctx); err != nil {
		return err
	}
	covered := done
	if running {
		covered++
	}
	return w.exec(ctx, "UPDATE "+w.name()+" SET statements_done = $2, statement_running = $3, done_checksum = $4 WHERE version = $1",
		st.m.Version, done, running, checksumOf(st.file().statements[:covered]))
}

// checksumOf tells statements that have been run from others.
func checksumOf(list []statement) string {
	h := sha256.New()
	for _, s := range list {
		_, _ = h.Write([]byte(s.text + ";\n")) // it cannot fail
	}
	return hex.EncodeToString(h.Sum(nil))
}
