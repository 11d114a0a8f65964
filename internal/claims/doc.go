// Package claims keeps the claims ledger: no document of this repository says how fast something is unless a
// results file in docs/results says the same, with its machine, its commit and its command.
//
// cmd/bench writes results files, and go test -bench writes most of the others, which begin with lines that say
// where they come from (benchmarks.go). The generator (go run ./internal/claims/gen) renders docs/CLAIMS.md from
// them and fills in the figures that documents ask for by markers. The test renders everything again and
// fails on a difference, and it fails on any number that looks like speed and stands outside of a marker.
// Architecture decision records are the exception: they may quote a measurement in words, if they say where,
// when and how it was taken. README's list of what works is held to the same standard: each line names a
// test, and that test must exist.
//
// A results file is published only if it is of a commit without changes on top, of a full run, and of five rounds
// or more of every server in every scenario, and if its medians, spreads and ratios follow from its rounds: they
// are computed again (recount.go). What did not go as planned stands in the ledger as well.
//
// A document asks for a figure so; the file is named from docs, value is a metric in a result's median, and with
// over=SERVER the figure is the ratio to that server as the file has it, taken within rounds (as=share writes it
// in percent). With with=spread the lowest and highest round follow; a ratio whose rounds lie on both sides of
// one always has them. A ratio of requests per CPU-second in which one of the two had time to spare, because the
// generator had none, is written as the bound that it is: "at most 83 %, as nullc had time to spare":
//
//	<!-- claim: results/FILE.json server=S scenario=S value=V over=S as=share with=spread -->…<!-- /claim -->
//	<!-- claim-table: results/FILE.json scenario=S -->…<!-- /claim-table -->
//	<!-- claim: results/FILE.json value=origin -->…<!-- /claim -->
//
// (the last one is the commit and the date, of a file of either kind) and a figure of a Go benchmark so; over=best asks for the ratio to the best peer:
//
//	<!-- claim: results/FILE.txt family=F case=C contender=covet over=best with=spread -->…<!-- /claim -->
//	<!-- claim-table: results/FILE.txt family=F -->…<!-- /claim-table -->
//
// Read in this order: results.go, recount.go and benchmarks.go (the files), ledger.go, losses.go
// and benchtable.go (docs/CLAIMS.md), format.go (figures as text), markers.go
// (figures in documents), numbers.go (what looks like speed), documents.go (the checks put together), readme.go
// (what works).
package claims
