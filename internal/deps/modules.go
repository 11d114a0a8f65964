package deps

// This file checks go.mod and go.work: what the root module may require, and that the workspace lists every
// module of the tree. Entry point: [CheckModules].

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/covetgo/covet/internal/repo"
)

// RootRequires are the modules that the root module may require. All else reaches embedders who did not ask
// for it; it belongs into a module of its own (compare, contrib/<name>, cmd/bench, asm_gen).
var RootRequires = []string{"golang.org/x/sys", "github.com/klauspost/cpuid/v2"}

// CheckModules checks the module files of the tree.
func CheckModules(tree fs.FS) ([]string, error) {
	mods, err := repo.Files(tree, func(name string) bool { return path.Base(name) == "go.mod" })
	if err != nil {
		return nil, err
	}
	var findings, folders []string
	for _, name := range mods {
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		folder := path.Dir(name)
		folders = append(folders, folder)
		findings = append(findings, checkModule(folder, string(text))...)
	}
	work, err := fs.ReadFile(tree, "go.work")
	if err != nil {
		return nil, err
	}
	return append(findings, checkWorkspace(string(work), folders)...), nil
}

// checkModule checks the name of one module and, for the root, what it requires.
func checkModule(folder, text string) []string {
	var findings []string
	want := path.Join(repo.Module, folder)
	if got := directives(text, "module"); len(got) != 1 || got[0] != want {
		findings = append(findings, fmt.Sprintf("%s/go.mod: module is %q, want %s", folder, got, want))
	}
	if folder != "." {
		return findings
	}
	for _, line := range directives(text, "require") {
		module, _, _ := strings.Cut(line, " ")
		if !slices.Contains(RootRequires, module) {
			findings = append(findings, fmt.Sprintf(
				"go.mod: the root module requires %s; it may require only %s", module, strings.Join(RootRequires, " and ")))
		}
	}
	for _, line := range directives(text, "replace") {
		findings = append(findings, "go.mod: the root module replaces "+line+"; an embedder's build would not")
	}
	return findings
}

// checkWorkspace compares the folders in go.work with those that hold a go.mod.
func checkWorkspace(text string, folders []string) []string {
	var findings, used []string
	for _, line := range directives(text, "use") {
		used = append(used, path.Clean(line))
	}
	for _, folder := range folders {
		if !slices.Contains(used, folder) {
			findings = append(findings, "go.work: does not use "+folder+", so its tests would not be run")
		}
	}
	for _, folder := range used {
		if !slices.Contains(folders, folder) {
			findings = append(findings, "go.work: uses "+folder+", which has no go.mod")
		}
	}
	return findings
}

// directives lists the arguments of a directive in a go.mod or go.work, whether it stands on one line or in
// a block, without comments.
func directives(text, keyword string) []string {
	var list []string
	inside := false
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "//")
		line = strings.Join(strings.Fields(line), " ")
		switch rest, found := strings.CutPrefix(line, keyword+" "); {
		case inside && line == ")":
			inside = false
		case inside && line != "":
			list = append(list, line)
		case found && rest == "(":
			inside = true
		case found:
			list = append(list, rest)
		}
	}
	return list
}
