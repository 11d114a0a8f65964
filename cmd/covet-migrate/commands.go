package main

// What each command does.

import (
	"context"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/covetgo/covet/sqlcore/migrate"
)

// command runs one command.
func (p *program) command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return usagef("what is to be done?")
	}
	name, args := args[0], args[1:]
	switch name {
	case "up", "down", "to":
		return p.move(ctx, append([]string{name}, args...), false)
	case "dry-run":
		return p.move(ctx, args, true)
	case "status":
		return p.status(ctx, args)
	case "new":
		return p.create(args)
	case "accept", "resolve":
		return p.mend(ctx, name, args)
	}
	return usagef("there is no command %q", name)
}

// move goes to where up, down or to say, or only says how.
func (p *program) move(ctx context.Context, args []string, dry bool) error {
	goal, err := parseGoal(args)
	if err != nil {
		return err
	}
	m, err := p.migrator()
	if err != nil {
		return err
	}
	if dry {
		n, err := m.DryRun(ctx, goal, p.out)
		if err == nil && n == 0 {
			fmt.Fprintln(p.problems, "nothing to do")
		}
		return err
	}
	n, err := m.Run(ctx, goal)
	if err == nil {
		fmt.Fprintf(p.problems, "%d files\n", n)
	}
	return err
}

// parseGoal reads up, down, down 2 or to 7.
func parseGoal(args []string) (migrate.Goal, error) {
	switch {
	case len(args) == 1 && args[0] == "up":
		return migrate.Latest(), nil
	case len(args) == 1 && args[0] == "down":
		return migrate.Back(1), nil
	case len(args) == 2 && args[0] == "down":
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 1 {
			return migrate.Goal{}, usagef("down %s: want a number of versions, 1 or more", args[1])
		}
		return migrate.Back(n), nil
	case len(args) == 2 && args[0] == "to":
		v, err := parseVersion(args[1])
		return migrate.Version(v), err
	}
	return migrate.Goal{}, usagef("want up, down, down N or to VERSION, and nothing behind it")
}

// parseVersion reads a version, as files or status write it.
func parseVersion(text string) (int64, error) {
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v < 0 {
		return 0, usagef("version %q: want a number", text)
	}
	return v, nil
}

// status prints a line for each version, and below them what to do about those that are not well.
func (p *program) status(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return usagef("status takes nothing behind it")
	}
	m, err := p.migrator()
	if err != nil {
		return err
	}
	list, err := m.Status(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "version\tname\tstate\tapplied at\ttook")
	pending, wrong := false, error(nil)
	for _, e := range list {
		at, took := "", ""
		if !e.AppliedAt.IsZero() {
			at, took = e.AppliedAt.Format(time.RFC3339), e.Duration.Round(time.Millisecond/10).String()
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", e.Version, e.Name, e.State, at, took)
		pending = pending || e.State == migrate.Pending
		pending = pending || e.State == migrate.OutOfOrder && p.allowed(&e)
		if e.Err() != nil && wrong == nil && !p.allowed(&e) {
			wrong = e.Err()
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, e := range list {
		if e.Note != "" && !p.allowed(&e) {
			fmt.Fprintf(p.out, "\n%s\n", e.Note)
		}
	}
	switch {
	case wrong != nil:
		return wrong
	case pending:
		return errPending
	}
	return nil
}

// allowed reports whether a flag says that a state is no obstacle.
func (p *program) allowed(e *migrate.Entry) bool {
	return e.State == migrate.OutOfOrder && p.options.AllowOutOfOrder || e.State == migrate.Ahead && p.options.AllowAhead
}

// mend records what a person has found out.
func (p *program) mend(ctx context.Context, name string, args []string) error {
	if want := map[string]int{"accept": 1, "resolve": 2}[name]; len(args) != want {
		return usagef("%s takes %d arguments", name, want)
	}
	version, err := parseVersion(args[0])
	if err != nil {
		return err
	}
	m, err := p.migrator()
	if err != nil {
		return err
	}
	if name == "accept" {
		return m.Accept(ctx, version)
	}
	switch o := migrate.Outcome(args[1]); o {
	case migrate.Ran, migrate.NotRun, migrate.Undone:
		return m.Resolve(ctx, version, o)
	}
	return usagef("resolve %d %s: want ran, not-run or undone", version, args[1])
}
