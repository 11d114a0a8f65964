package migrate

// What only a person can decide.

import (
	"context"
	"fmt"
	"slices"
)

// Outcome is what became of a statement that was interrupted.
type Outcome string

// The outcomes. The last one is about the whole file: what it did has been undone by hand, or, if it was going down, has been
// undone to the end.
const (
	Ran    Outcome = "ran"
	NotRun Outcome = "not-run"
	Undone Outcome = "undone"
)

// Resolve says what became of the statement of an unfinished version. It runs nothing: Up or Down go on afterwards.
func (m *Migrator) Resolve(ctx context.Context, version int64, outcome Outcome) error {
	if !slices.Contains([]Outcome{Ran, NotRun, Undone}, outcome) {
		return fmt.Errorf("migrate: outcome %q: want %s, %s or %s", outcome, Ran, NotRun, Undone)
	}
	return m.mend(ctx, version, func(w *worker, e *Entry) error {
		switch {
		case e.State != Unfinished:
			return problemf(ErrNoVersion, "version %d is %s, so there is nothing to resolve", version, e.State)
		case outcome == Undone:
			return w.exec(ctx, "DELETE FROM "+w.name()+" WHERE version = $1", version)
		case !e.row.Running:
			return problemf(ErrNoVersion, "no statement of %s is in doubt: go on with %s", e.file.label(), e.row.Unfinished)
		}
		st := step{m: e.file, down: e.row.Unfinished == "down", row: e.row}
		if st.file() == nil || !st.file().loose || e.row.Done >= len(st.file().statements) {
			return cutOff(st)
		}
		done := e.row.Done
		if outcome == Ran {
			done++
		}
		return w.progress(ctx, st, done, false)
	})
}

// cutOff is the error for a version whose file does not hold the statement that may have run, or has a transaction now: how
// far it has come cannot be told by statements of that file.
func cutOff(st step) error {
	return problemf(ErrEdited, "%s was interrupted while statement %d of its file was running, and the file is not that one now: put it back; or undo by hand all that version %d did, and say so: covet-migrate resolve %d undone",
		st.m.label(), st.row.Done+1, st.m.Version, st.m.Version)
}

// Accept records the checksum that an edited file has now: the change is without effect, somebody says.
func (m *Migrator) Accept(ctx context.Context, version int64) error {
	return m.mend(ctx, version, func(w *worker, e *Entry) error {
		if e.State != Edited {
			return problemf(ErrNoVersion, "version %d is %s, so there is nothing to accept", version, e.State)
		}
		return w.exec(ctx, "UPDATE "+w.name()+" SET checksum = $2, name = $3 WHERE version = $1", version, e.file.Checksum, e.file.Name)
	})
}

// mend changes the record of a version, under the lock.
func (m *Migrator) mend(ctx context.Context, version int64, f func(*worker, *Entry) error) error {
	w, err := m.connect(ctx, false)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.lock(ctx); err != nil {
		return err
	}
	defer w.unlock(ctx)
	rows, _, err := w.rows(ctx)
	if err != nil {
		return err
	}
	list := compare(m.files, rows)
	i := slices.IndexFunc(list, func(e Entry) bool { return e.Version == version })
	if i < 0 {
		return problemf(ErrNoVersion, "there is no version %d", version)
	}
	return f(w, &list[i])
}
