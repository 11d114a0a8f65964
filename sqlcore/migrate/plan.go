package migrate

// What is to be done: files and records beside each other, and the steps to a goal. Pure, but for reading the records.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// State is how a version stands.
type State string

// The states. All but the first two keep Up from doing anything before somebody has decided.
const (
	Pending    State = "pending"
	Applied    State = "applied"
	Edited     State = "edited"       // its up file is not what was applied
	Missing    State = "missing"      // applied, and there is no file
	Ahead      State = "ahead"        // the same, and it is above all files: they may be older than the database
	OutOfOrder State = "out of order" // pending, and a higher one has been applied
	Unfinished State = "unfinished"   // a file without a transaction was interrupted; Up or Down goes on with it
)

// Entry is one version.
type Entry struct {
	Version   int64
	Name      string
	State     State
	AppliedAt time.Time     // zero if it was not
	Duration  time.Duration // of its statements
	Note      string        // what to do, unless all is well

	file *Migration // nil if missing
	row  *row       // nil if not recorded
}

// What is wrong between files and database, for errors.Is.
var (
	ErrEdited     = errors.New("migrate: a file was changed after it had been applied")
	ErrMissing    = errors.New("migrate: a version was applied that there is no file for")
	ErrOutOfOrder = errors.New("migrate: a file came too late")
	ErrUnfinished = errors.New("migrate: a file was interrupted")
	ErrNoDown     = errors.New("migrate: there is no way back")
	ErrNoVersion  = errors.New("migrate: there is no such version")
	ErrLocked     = errors.New("migrate: another process migrates")
)

// Disagree reports whether an error says that files and database do not fit: a person has to decide, and to try again
// is of no use.
func Disagree(err error) bool {
	return slices.ContainsFunc([]error{ErrEdited, ErrMissing, ErrOutOfOrder, ErrUnfinished}, func(kind error) bool { return errors.Is(err, kind) })
}

// problem is an error of one of these kinds that says what to do.
type problem struct {
	kind error
	text string
}

// Error tells what is wrong and what to do.
func (p *problem) Error() string { return "migrate: " + p.text }

// Unwrap returns the kind.
func (p *problem) Unwrap() error { return p.kind }

// problemf makes a problem.
func problemf(kind error, format string, args ...any) error {
	return &problem{kind, fmt.Sprintf(format, args...)}
}

// compare puts files and records beside each other, in the order of versions.
func compare(files []*Migration, rows []*row) []Entry {
	var list []Entry
	for _, f := range files {
		list = append(list, Entry{Version: f.Version, Name: f.Name, file: f})
	}
	for _, r := range rows {
		i := slices.IndexFunc(list, func(e Entry) bool { return e.Version >= r.Version })
		if i < 0 {
			i = len(list)
		}
		if i == len(list) || list[i].Version != r.Version {
			list = slices.Insert(list, i, Entry{Version: r.Version, Name: r.Name})
		}
		list[i].row = r
		list[i].AppliedAt, list[i].Duration = r.AppliedAt, time.Duration(r.Micros)*time.Microsecond
	}
	newestFile, newestRow := int64(0), int64(0)
	for _, e := range list {
		if e.file != nil {
			newestFile = e.Version
		}
		if e.row != nil {
			newestRow = e.Version
		}
	}
	for i := range list {
		list[i].judge(newestFile, newestRow)
	}
	return list
}

// judge finds the state of a version.
func (e *Entry) judge(newestFile, newestRow int64) {
	name := label(e.Version, e.Name)
	switch {
	case e.row == nil && e.Version < newestRow:
		e.State = OutOfOrder
		e.Note = fmt.Sprintf("%s has not been applied, though %d has: two branches were merged, it seems. Give its files a number above %d; or, if the order is of no matter, allow it (AllowOutOfOrder, -allow-out-of-order)",
			name, newestRow, newestRow)
	case e.row == nil:
		e.State = Pending
	case e.file == nil && e.Version > newestFile:
		e.State = Ahead
		e.Note = fmt.Sprintf("%s was applied at %s, and there is no file for it: these files are older than the database. Take newer ones; or, for a program that can live with the newer schema, allow it (AllowAhead, -allow-ahead)",
			name, e.AppliedAt.Format(time.RFC3339))
	case e.file == nil:
		e.State = Missing
		e.Note = fmt.Sprintf("%s was applied at %s, and its file is gone: put it back as it was", name, e.AppliedAt.Format(time.RFC3339))
	case e.row.Unfinished != "":
		e.State = Unfinished
		e.Note = fmt.Sprintf("%s, %s: %d statements of the file are done, and it was interrupted then; %s goes on with it",
			name, e.row.Unfinished, e.row.Done, e.row.Unfinished)
	case e.file.Checksum != e.row.Checksum:
		e.State = Edited
		e.Note = fmt.Sprintf("%s was changed after it had been applied at %s (its checksum is %.12s…, and was %.12s…). Change it back, and write what is new into a file of its own; or, if the change is without effect, say so: covet-migrate accept %d",
			e.file.up.path, e.AppliedAt.Format(time.RFC3339), e.file.Checksum, e.row.Checksum, e.Version)
	default:
		e.State = Applied
	}
}

// Err is what keeps Up from doing anything, as [Migrator.Up] would return it; nil if nothing does. An unfinished version
// is no obstacle to going on with it, and yet it is not as it should be.
func (e *Entry) Err() error {
	switch e.State {
	case Edited:
		return &problem{ErrEdited, e.Note}
	case Missing, Ahead:
		return &problem{ErrMissing, e.Note}
	case OutOfOrder:
		return &problem{ErrOutOfOrder, e.Note}
	case Unfinished:
		return &problem{ErrUnfinished, e.Note}
	}
	return nil
}

// step is one file to be run.
type step struct {
	m    *Migration
	down bool
	row  *row // nil if the version is not recorded
}

// file is the file that the step runs.
func (s step) file() *file {
	if s.down {
		return s.m.down
	}
	return s.m.up
}

// plan reads the records and finds the steps to a goal.
func (w *worker) plan(ctx context.Context, goal Goal) ([]step, error) {
	rows, _, err := w.rows(ctx)
	if err != nil {
		return nil, err
	}
	return steps(compare(w.files, rows), goal, w.options)
}

// steps finds the steps to a goal: first back, newest first, then up.
func steps(list []Entry, goal Goal, o Options) ([]step, error) {
	target, err := goal.target(list)
	if err != nil {
		return nil, err
	}
	var plan []step
	var wrong []error
	for _, e := range slices.Backward(list) {
		if e.Version <= target || e.row == nil {
			continue
		}
		st, err := e.backward()
		plan, wrong = append(plan, st), append(wrong, err)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	back, stays := goal.kind == goBack || len(plan) > 0, int64(0) // the newest that is not undone
	for _, e := range list {
		if e.row != nil && e.Version <= target {
			stays = e.Version
		}
	}
	for _, e := range list {
		wrong = append(wrong, e.obstacle(target, back, o))
		if back && goal.kind == toVersion && e.State == OutOfOrder && e.Version < stays && !o.AllowOutOfOrder {
			wrong = append(wrong, e.Err())
		}
		if e.Version <= target && goal.kind != goBack && (e.row == nil || e.State == Unfinished) {
			plan = append(plan, step{m: e.file, row: e.row})
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return plan, nil
}

// target is the version that a goal means.
func (g Goal) target(list []Entry) (int64, error) {
	switch {
	case g.kind == toLatest:
		return math.MaxInt64, nil
	case g.kind == goBack && g.back < 1:
		return 0, fmt.Errorf("migrate: to go back by %d versions makes no sense: want 1 or more; to undo all, go to version 0", g.back)
	case g.kind == goBack:
		return backBy(list, g.back), nil
	case g.version != 0 && !slices.ContainsFunc(list, func(e Entry) bool { return e.Version == g.version && e.file != nil }):
		return 0, problemf(ErrNoVersion, "there is no file of version %d", g.version)
	}
	return g.version, nil
}

// backBy finds the version that is n before the newest one that is recorded; 0 if there are not so many.
func backBy(list []Entry, n int) int64 {
	for _, e := range slices.Backward(list) {
		if e.row == nil {
			continue
		}
		if n == 0 {
			return e.Version
		}
		n--
	}
	return 0
}

// backward is the step that undoes a version.
func (e *Entry) backward() (step, error) {
	switch {
	case e.file == nil:
		return step{}, problemf(ErrMissing, "%s cannot be undone: %s", label(e.Version, e.Name), e.Note)
	case e.row.Unfinished == "up":
		return step{}, problemf(ErrUnfinished, "%s cannot be undone before it is finished: run up; or undo by hand what it did, and say so: covet-migrate resolve %d undone", e.file.label(), e.Version)
	case e.file.down == nil:
		return step{}, problemf(ErrNoDown, "%s cannot be undone: there is no %s_….down.sql beside %s", e.file.label(), e.file.Digits(), e.file.up.path)
	}
	return step{m: e.file, down: true, row: e.row}, nil
}

// obstacle says what keeps steps from being taken while a version stands as it does. Who goes back, to change a file
// that was applied a minute ago, may do so although it is edited.
func (e *Entry) obstacle(target int64, back bool, o Options) error {
	switch {
	case (e.State == Edited || e.State == Missing) && !back, e.State == Ahead && !o.AllowAhead && !back,
		e.State == OutOfOrder && !o.AllowOutOfOrder && e.Version <= target && !back:
		return e.Err()
	case e.State == Unfinished && e.row.Unfinished == "down" && e.Version <= target:
		return problemf(ErrUnfinished, "%s was being undone when that was interrupted: finish that with down 1", e.file.label())
	case e.State == Unfinished && e.row.Unfinished == "up" && back:
		return problemf(ErrUnfinished, "%s was interrupted: finish it with up, before anything is undone", e.file.label())
	}
	return nil
}
