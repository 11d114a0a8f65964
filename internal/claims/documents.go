package claims

// This file puts the checks together for the documents of a tree. Entry points: [Check] for the test and
// [Update] for the generator.

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/covetgo/covet/internal/repo"
)

// Ledger is the file that is generated as a whole.
const Ledger = "docs/CLAIMS.md"

// howToFill ends the findings that the generator can repair.
const howToFill = "run go run ./internal/claims/gen"

// Check returns one line for each claim that is not backed by a results file.
func Check(tree fs.FS) ([]string, error) {
	names, err := repo.Files(tree, repo.HasExt(".md"))
	if err != nil {
		return nil, err
	}
	updated, err := Update(tree)
	if err != nil {
		return nil, err
	}
	var findings []string
	if !slices.Contains(names, Ledger) {
		findings = append(findings, Ledger+": is missing; "+howToFill)
	}
	for _, name := range names {
		if _, stale := updated[name]; stale {
			findings = append(findings, name+": differs from docs/results; "+howToFill)
		}
		if name == Ledger {
			continue
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		findings = append(findings, checkNumbers(name, string(text))...)
	}
	return findings, nil
}

// Update returns the documents whose generated parts are not what the results files say, with their new text.
func Update(tree fs.FS) (map[string]string, error) {
	all, err := ReadResults(tree)
	if err != nil {
		return nil, err
	}
	names, err := repo.Files(tree, repo.HasExt(".md"))
	if err != nil {
		return nil, err
	}
	updated := map[string]string{}
	ledger := Render(all)
	if old, err := fs.ReadFile(tree, Ledger); err != nil || string(old) != ledger {
		updated[Ledger] = ledger
	}
	for _, name := range names {
		if name == Ledger {
			continue
		}
		old, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		filled, err := Fill(string(old), all)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if filled != string(old) {
			updated[name] = filled
		}
	}
	return updated, nil
}

// checkNumbers refuses numbers about speed outside of markers; a decision record may have them if it says
// where they come from.
func checkNumbers(name, text string) []string {
	suspects := Suspects(text)
	if len(suspects) == 0 {
		return nil
	}
	if isRecord(name) {
		if lacks := measuredLacks(text); lacks != "" {
			return []string{fmt.Sprintf("%s:%d: %q is a measurement, and %s", name, suspects[0].Line, suspects[0].Text, lacks)}
		}
		return nil
	}
	var findings []string
	for _, s := range suspects {
		findings = append(findings, fmt.Sprintf(
			"%s:%d: %q looks like %s that was measured, and no results file backs it: take it out, or ask for it by a claim marker (internal/claims/doc.go)",
			name, s.Line, s.Text, s.Kind))
	}
	return findings
}

// isRecord reports whether a document is an architecture decision record.
func isRecord(name string) bool {
	return path.Dir(name) == "docs/adr" && path.Base(name) != "README.md"
}

var (
	measuredStart = regexp.MustCompile(`(?m)^(?:[-*] )?\**Measured:?\**:?[ \t]`)
	measuredOn    = regexp.MustCompile(`(?i)\b(machine|cores?|v?CPUs?|processor)\b`)
	measuredWhen  = regexp.MustCompile("(?i)\\b\\d{4}-\\d\\d-\\d\\d\\b|\\bcommit:?\\s+`?[0-9a-f]{7,40}\\b")
	measuredBy    = regexp.MustCompile("`[^`\n]+ [^`]+`")
)

// measuredLacks says what a record's Measured paragraph lacks, or "".
func measuredLacks(text string) string {
	at := measuredStart.FindStringIndex(text)
	if at == nil {
		return `the record has no paragraph "Measured: machine …, commit or date …, command …" (docs/adr/README.md)`
	}
	paragraph, _, _ := strings.Cut(text[at[0]:], "\n\n")
	var lacks []string
	if !measuredOn.MatchString(paragraph) {
		lacks = append(lacks, "the machine")
	}
	if !measuredWhen.MatchString(paragraph) {
		lacks = append(lacks, "a commit or a date as 2006-01-02")
	}
	if !measuredBy.MatchString(paragraph) {
		lacks = append(lacks, "the command in backquotes")
	}
	if lacks == nil {
		return ""
	}
	return "the Measured paragraph does not name " + strings.Join(lacks, ", ")
}
