// Command bench measures HTTP servers: it starts them one after another as
// processes of their own, drives them, and writes down what came of it with the
// method, the spread and the raw values.
//
//	go run ./cmd/bench              measure everything, about 3 minutes
//	go run ./cmd/bench -quick       a first impression, under a minute
//	go run ./cmd/bench sql          PostgreSQL clients, alone and in HTTP servers
//	go run ./cmd/bench serve        one server, for curl, wrk or a browser
//	go run ./cmd/bench load         the generator alone, against any server
//	go run ./cmd/bench soak         one server under mixed traffic, for long
//	go run ./cmd/bench check        the generator against wrk
//	go run ./cmd/bench report       the report again, from results.json
//
// The work is done in internal/: load generates and times, runner measures, soak
// looks for what only time shows, results holds the numbers, report shows them. The servers come from module
// compare.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// command is one word after "bench".
type command struct {
	name, about string
	run         func(ctx context.Context, args []string, out, notes io.Writer) error
}

func commands() []command {
	return []command{
		{"run", "measure and report (the default)", runCommand},
		{"serve", "run one of the servers, for curl, wrk or a browser", serveCommand},
		{"load", "drive any HTTP server with our generator", loadCommand},
		{"soak", "drive one server with everything at once, for long", soakCommand},
		{"sql", "measure PostgreSQL clients", sqlCommand},
		{"check", "compare our generator with wrk against the same server", checkCommand},
		{"report", "write the report again from a results.json", reportCommand},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := dispatch(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2) // said already
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// errUsage: the command line was wrong, and that has been said.
var errUsage = errors.New("usage")

// dispatch finds the command; flags alone mean run.
func dispatch(ctx context.Context, args []string, out, notes io.Writer) error {
	name := "run"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	if name == "help" {
		name, args = "run", []string{"-h"}
	}
	var names []string
	for _, c := range commands() {
		if c.name == name {
			return c.run(ctx, args, out, notes)
		}
		names = append(names, c.name)
	}
	return fmt.Errorf("no command is called %q: there are %s (bench -h explains them)", name, strings.Join(names, ", "))
}

// newFlags makes a flag set that explains itself with a text before the flags.
func newFlags(name, text string, notes io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet("bench "+name, flag.ContinueOnError)
	flags.SetOutput(notes)
	flags.Usage = func() {
		fmt.Fprint(notes, strings.TrimLeft(text, "\n"), "\nFlags:\n")
		flags.PrintDefaults()
	}
	return flags
}

// parse also refuses words that no flag takes.
func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(flags.Output(), "%s takes no %q; %s -h explains it\n", flags.Name(), flags.Arg(0), flags.Name())
		return errUsage
	}
	return nil
}
