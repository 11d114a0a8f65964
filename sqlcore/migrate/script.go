package migrate

// A dry run: the SQL that would be run, in a form that psql takes.

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// DryRun writes what Run would do, the records included, and does nothing: it takes no lock, and its session is
// read-only by the server's own setting. Fed to psql, with ON_ERROR_STOP, it has the effect of Run.
func (m *Migrator) DryRun(ctx context.Context, goal Goal, out io.Writer) (int, error) {
	w, err := m.connect(ctx, true)
	if err != nil {
		return 0, err
	}
	defer w.close()
	rows, there, err := w.rows(ctx)
	if err != nil {
		return 0, err
	}
	plan, err := steps(compare(m.files, rows), goal, m.options)
	if err != nil || len(plan) == 0 {
		return 0, err
	}
	var b strings.Builder
	if !there {
		fmt.Fprintf(&b, "%s;\n", w.createSQL())
	}
	for _, st := range plan {
		w.script(&b, st)
	}
	_, err = io.WriteString(out, b.String())
	return len(plan), err
}

// script writes a step.
func (w *worker) script(b *strings.Builder, st step) {
	f, first := st.file(), 0
	fmt.Fprintf(b, "\n-- %s\n", f.path)
	switch {
	case !f.loose:
		b.WriteString("BEGIN;\n")
	case st.row != nil && st.row.Unfinished != "":
		first = st.row.Done
		fmt.Fprintf(b, "-- not in a transaction; %d statements are done\n", first)
		if st.row.Running {
			b.WriteString("-- the next one may have run\n")
		}
	default:
		b.WriteString("-- not in a transaction\n")
	}
	for _, s := range f.statements[min(first, len(f.statements)):] {
		fmt.Fprintf(b, "%s\n;\n", s.text) // it may end in a comment
	}
	fmt.Fprintf(b, "%s;\n", resetSQL)
	if st.down {
		fmt.Fprintf(b, "DELETE FROM %s WHERE version = %d;\n", w.name(), st.m.Version)
	} else {
		fmt.Fprintf(b, "INSERT INTO %s AS t (version, name, checksum) VALUES (%d, '%s', '%s')\n\tON CONFLICT (version) DO UPDATE SET checksum = excluded.checksum, unfinished = NULL;\n",
			w.name(), st.m.Version, strings.ReplaceAll(st.m.Name, "'", "''"), st.m.Checksum)
	}
	if !f.loose {
		b.WriteString("COMMIT;\n")
	}
}
