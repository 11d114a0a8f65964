package main

// bench report: the documents again, from the values.

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/covetgo/covet/cmd/bench/internal/results"
)

const reportText = `
bench report writes report.md and report.html again from a results.json, beside
it or into -out. Nothing is measured.

  go run ./cmd/bench report -in bench-results/results.json
`

func reportCommand(_ context.Context, args []string, out, notes io.Writer) error {
	flags := newFlags("report", reportText, notes)
	in := flags.String("in", "bench-results/results.json", "results to report")
	dir := flags.String("out", "", "folder to write to; that of the results if empty")
	if err := parse(flags, args); err != nil {
		return err
	}
	file, err := results.Read(*in)
	if err != nil {
		return err
	}
	if *dir == "" {
		*dir = filepath.Dir(*in)
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	return writeReport(file, *dir, out)
}
