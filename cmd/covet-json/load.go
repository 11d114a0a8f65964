package main

// This file finds out what types a package has: its files are parsed, and checked against what the go command says that the packages
// export which they import. The package itself is not compiled, and the file that is to be written is left out: so neither of
// them has to be right.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// listed is what go list tells of a package.
type listed struct {
	Dir        string
	ImportPath string
	Name       string
	Export     string // the file with what it exports
	GoFiles    []string
	CgoFiles   []string
	Imports    []string
	Error      *struct{ Err string }
}

const typeErrorsMax = 5 // errors that are shown

// load returns the types of the package in a folder, without those of one file.
func load(folder, without string) (*types.Package, error) {
	found, err := list(folder, "-e", ".")
	if err != nil {
		return nil, err
	}
	self := found[0]
	if self.Error != nil && len(self.GoFiles) == 0 {
		return nil, fmt.Errorf("no package in %s: %s", folder, self.Error.Err)
	}
	if len(self.CgoFiles) > 0 {
		return nil, fmt.Errorf("package %s uses cgo (%s), whose types covet-json cannot see: move the types for JSON to a package of their own", self.Name, self.CgoFiles[0])
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range self.GoFiles {
		if name == without {
			continue
		}
		f, err := parser.ParseFile(fset, filepath.Join(self.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("the package does not parse: %w", err)
		}
		files = append(files, f)
	}
	exports, err := exportsOf(folder, files)
	if err != nil {
		return nil, err
	}
	var faults []error
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", exports.open), Error: func(err error) { faults = append(faults, err) }}
	pkg, _ := conf.Check(self.ImportPath, fset, files, nil)
	if len(faults) > 0 {
		return nil, fmt.Errorf("the package does not type-check (%s is not looked at): make it compile without that file first\n%w",
			without, errors.Join(faults[:min(len(faults), typeErrorsMax)]...))
	}
	return pkg, nil
}

// exports has the files with what packages export, by their import paths.
type exports map[string]string

func (e exports) open(path string) (io.ReadCloser, error) {
	file := e[path]
	if file == "" {
		return nil, fmt.Errorf("package %s was not built; go build says why", path)
	}
	return os.Open(file)
}

// exportsOf has what the files import compiled, if it is not.
func exportsOf(folder string, files []*ast.File) (exports, error) {
	e := exports{}
	args := []string{"-export", "-deps", "--"}
	for _, f := range files {
		for _, spec := range f.Imports {
			if path := strings.Trim(spec.Path.Value, "`\""); path != "unsafe" && path != "C" {
				args = append(args, path)
			}
		}
	}
	if len(args) == len([]string{"-export", "-deps", "--"}) {
		return e, nil
	}
	found, err := list(folder, args...)
	for _, p := range found {
		e[p.ImportPath] = p.Export
	}
	return e, err
}

// list asks the go command.
func list(folder string, args ...string) ([]listed, error) {
	cmd := exec.Command("go", append([]string{"list", "-json=Dir,ImportPath,Name,Export,GoFiles,CgoFiles,Imports,Error"}, args...)...)
	cmd.Dir = folder
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list in %s: %w\n%s", folder, err, bytes.TrimSpace(problems.Bytes()))
	}
	var found []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no package in %s", folder)
	}
	return found, nil
}
