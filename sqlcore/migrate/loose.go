package migrate

// Files without a transaction. Each statement still runs in one, together with the record of how far the file has come,
// if the server lets it; then it has happened exactly once, whenever the process is killed. What the server refuses to run
// so, such as CREATE INDEX CONCURRENTLY, runs bare, between two records. If the process ends between them, the next one finds
// out what became of it, where the catalog can tell; if it cannot, a person must (resolve.go).

import (
	"context"
	"errors"
	"time"

	"github.com/covetgo/covet/sqlcore/pg"
)

// loose runs a file, or the rest of it.
func (w *worker) loose(ctx context.Context, st step) error {
	f, start := st.file(), time.Now()
	first, err := w.resume(ctx, &st)
	if err != nil {
		return err
	}
	w.event(FileStarted, st, first, 0)
	for i := first; i < len(f.statements); i++ {
		if err := w.looseStatement(ctx, st, i); err != nil {
			w.rollback(ctx)
			return err
		}
	}
	if _, err := w.session.Script(ctx, resetSQL); err != nil {
		return &FileError{File: f.path, Err: err}
	}
	if err := w.record(ctx, st, time.Since(start)); err != nil {
		return err
	}
	w.event(FileDone, st, 0, time.Since(start))
	return nil
}

// resume finds the first statement that is to be run, and leaves the session as those before it have.
func (w *worker) resume(ctx context.Context, st *step) (first int, err error) {
	f := st.file()
	if st.row == nil || st.row.Unfinished == "" {
		st.row, err = w.begin(ctx, *st)
		return 0, err
	}
	done := st.row.Done
	if st.row.Running && done >= len(f.statements) {
		return 0, cutOff(*st)
	}
	if st.row.Running && checksumOf(f.statements[:done+1]) != st.row.DoneChecksum {
		return 0, problemf(ErrEdited, "%s was interrupted while its statement %d was running, and that one, or one before it, is not what it was: nothing tells by the new text what became of the old one. Put it back; or look, and say so: covet-migrate resolve %d ran, or covet-migrate resolve %d not-run",
			f.path, done+1, st.m.Version, st.m.Version)
	}
	if !st.row.Running && (done > len(f.statements) || checksumOf(f.statements[:done]) != st.row.DoneChecksum) {
		return 0, problemf(ErrEdited, "%s was interrupted after %d statements, and those are not what they were: only what comes behind them may be changed", f.path, done)
	}
	for i := range done {
		if first := f.statements[i].word(0); first == "SET" || first == "RESET" {
			if _, err := w.session.Script(ctx, f.statements[i].text); err != nil {
				return 0, w.failed(*st, i, err)
			}
		}
	}
	if !st.row.Running {
		return done, nil
	}
	ran, err := w.findOut(ctx, *st, done)
	if err != nil {
		return 0, err
	}
	if ran {
		done++
	}
	return done, w.progress(ctx, *st, done, false)
}

// findOut tells whether a statement that was interrupted has had its effect, and clears away half of one. Nobody is at
// it any more: its session held the lock until it had ended.
func (w *worker) findOut(ctx context.Context, st step, i int) (ran bool, err error) {
	s := &st.file().statements[i]
	switch dropped := s.droppedIndex(); {
	case s.buildsIndex():
		return w.findIndex(ctx, s)
	case dropped != "":
		gone, err := query[bool](ctx, w, "SELECT to_regclass($1) IS NULL", dropped)
		return err == nil && gone[0], err
	case s.harmlessAgain():
		return false, w.clearReindex(ctx, s)
	}
	return false, problemf(ErrUnfinished, "%s:%d: this statement was running when the last run was interrupted, and nothing tells whether it has had its effect: %s. Look, and say so: covet-migrate resolve %d ran, or covet-migrate resolve %d not-run; then go on",
		st.file().path, s.line, shorten(redacted(s.text)), st.m.Version, st.m.Version)
}

// findIndex looks for the index of a CREATE INDEX CONCURRENTLY. One that was interrupted leaves an index that is not valid:
// it costs every write, and serves nobody.
func (w *worker) findIndex(ctx context.Context, s *statement) (ran bool, err error) {
	type index struct {
		Name  string
		Valid bool
	}
	list, err := query[index](ctx, w, `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, i.indisvalid AS valid
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE i.indrelid = to_regclass($1) AND c.relname = $2`, s.indexTable(), s.indexName())
	if err != nil || len(list) == 0 {
		return false, err
	}
	if list[0].Valid {
		return true, nil
	}
	_, err = w.session.Script(ctx, "DROP INDEX CONCURRENTLY IF EXISTS "+list[0].Name)
	return false, err
}

// clearReindex drops what a REINDEX CONCURRENTLY leaves that did not come to its end: indexes that are not valid, with the
// endings that the server gives to the new and the old one (§24.2 and REINDEX in PostgreSQL's manual). Those of a partitioned
// table are those of its partitions. One that is being built by somebody else is left alone.
func (w *worker) clearReindex(ctx context.Context, s *statement) error {
	of, ok := s.reindexed()
	if !ok {
		return nil
	}
	list, err := query[string](ctx, w, `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND n.nspname <> 'pg_toast'
			AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
			AND ($1 = '' OR i.indrelid IN (
				WITH whole (t) AS (SELECT to_regclass($1) UNION SELECT o.indrelid FROM pg_index o WHERE o.indexrelid = to_regclass($1))
				SELECT t FROM whole UNION SELECT p.relid FROM whole, pg_partition_tree(t) p))`, of)
	for i := 0; err == nil && i < len(list); i++ {
		_, err = w.session.Script(ctx, "DROP INDEX CONCURRENTLY IF EXISTS "+list[i])
	}
	return err
}

// looseStatement runs one statement, in a transaction if the server lets it.
func (w *worker) looseStatement(ctx context.Context, st step, i int) error {
	w.event(StatementStarted, st, i, 0)
	err := w.session.Begin(ctx, pg.TxOptions{})
	if err == nil {
		err = w.statement(ctx, st, i)
	}
	if err == nil {
		if err = w.progress(ctx, st, i+1, false); err == nil {
			return w.session.Commit(ctx)
		}
	}
	if !pg.IsCode(err, codeActiveTransaction, codeNoTermination) {
		return err
	}
	if err := w.session.Rollback(ctx); err != nil {
		return err
	}
	return w.bare(ctx, st, i)
}

// bare runs a statement that no transaction takes.
func (w *worker) bare(ctx context.Context, st step, i int) error {
	if err := w.progress(ctx, st, i, true); err != nil {
		return err
	}
	w.event(StatementBare, st, i, 0)
	err := w.statement(ctx, st, i)
	if err == nil {
		err = w.madeIndex(ctx, st, i)
	}
	if err == nil {
		return w.progress(ctx, st, i+1, false)
	}
	var server *pg.Error
	if errors.As(err, &server) && !w.session.Dead() {
		return errors.Join(err, w.afterError(ctx, st, i))
	}
	return err
}

// madeIndex looks whether a CREATE INDEX CONCURRENTLY that has succeeded has made an index. With IF NOT EXISTS, the server is
// content with one that is not valid, which an attempt outside of this file has left. That is dropped, and made anew.
func (w *worker) madeIndex(ctx context.Context, st step, i int) error {
	s := &st.file().statements[i]
	if !s.buildsIndex() {
		return nil
	}
	ran, err := w.findIndex(ctx, s)
	if err != nil || ran {
		return err
	}
	return w.statement(ctx, st, i)
}

// afterError leaves nothing in doubt, and nothing half done, of a statement that the server says has failed.
func (w *worker) afterError(ctx context.Context, st step, i int) error {
	s := &st.file().statements[i]
	if s.mayCommitMidway() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endSlack)
	defer cancel()
	if s.buildsIndex() {
		if _, err := w.findIndex(ctx, s); err != nil {
			return err
		}
	}
	if err := w.clearReindex(ctx, s); err != nil {
		return err
	}
	return w.progress(ctx, st, i, false)
}
