// Command covet-json writes Go code that reads and writes JSON for struct types that ask for it. Package jsonfast does that for any
// type by a plan, which it makes at run time; code that was made for one type does it in less time, and means the same to the last
// byte and the last error. In a file of the package that has the types stands:
//
//	//go:generate go run github.com/covetgo/covet/cmd/covet-json -type User,Order
//
// and go generate writes covet_json.go, for these types and for the structs of the package that they consist of. Nothing else
// has to be done: jsonfast.Marshal, Unmarshal and all that is built on them (Ctx.JSON, Ctx.Bind) use the code where they meet the types. Package
// encoding/json sees no difference, since the types get no methods.
//
//	-type A,B  the types
//	-all       every struct type of the package that is not generic
//	-out FILE  the file to write; covet_json.go if not said
//
// The last argument may name the package's folder; it is the current one if not said. Files of tests are not looked at.
//
// What the code does itself: booleans, integers, floats and strings, by their own types or by ones that are declared as such; pointers
// to those; structs of the same package, pointers to and slices of them; []string. All other members (maps, interfaces, times, types with
// methods for JSON, embedded pointers, the options string and omitzero) are left to the plan, one by one, and so is everything in a
// text that is not as the package would write it: members in another order, white space, null.
//
// When a type changes, go generate has to run again. Until then the package does not compile, and the error names what to do;
// a change that the compiler does not see, as a method that a type got, sets the code aside, and the plan does its work.
//
// Read in this order: this file (arguments), load.go (the package's types), fields.go (what a struct is in JSON), forms.go (what there is
// code for), file.go (the file), reader.go and writer.go (the two functions of a type).
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const (
	defaultFile = "covet_json.go"
	usage       = `covet-json writes Go code that reads and writes JSON for struct types.

  covet-json -type A,B [-out FILE] [FOLDER]
  covet-json -all      [-out FILE] [FOLDER]

Flags:
`
)

// The exit codes.
const (
	exitDone = iota
	exitFailed
	exitUsage
)

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

// run is the program, but for the process.
func run(args []string, problems io.Writer) int {
	flags := flag.NewFlagSet("covet-json", flag.ContinueOnError)
	flags.SetOutput(problems)
	types := flags.String("type", "", "the struct `types`, with commas between them")
	all := flags.Bool("all", false, "all struct types of the package that are not generic")
	out := flags.String("out", defaultFile, "the `file` to write, in the package's folder")
	flags.Usage = func() {
		fmt.Fprint(problems, usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitDone
		}
		return exitUsage
	}
	if (*types == "") == !*all || flags.NArg() > 1 || filepath.Base(*out) != *out {
		fmt.Fprintln(problems, "covet-json: give either -type or -all, at most one folder, and -out without a folder")
		flags.Usage()
		return exitUsage
	}
	folder := "."
	if flags.NArg() == 1 {
		folder = flags.Arg(0)
	}
	if err := generate(folder, *out, splitList(*types)); err != nil {
		fmt.Fprintf(problems, "covet-json: %v\n", err)
		return exitFailed
	}
	return exitDone
}

// splitList takes a list with commas apart.
func splitList(list string) []string {
	return strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' })
}

// generate writes the file of a package, for the types of these names or, if there are none, for all.
func generate(folder, out string, names []string) error {
	text, err := source(folder, out, names)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, out), text, 0o644)
}

// source returns the text of the file.
func source(folder, out string, names []string) ([]byte, error) {
	pkg, err := load(folder, out)
	if err != nil {
		return nil, err
	}
	m := newModel(pkg)
	if err := m.choose(names); err != nil {
		return nil, err
	}
	return m.file(names)
}
