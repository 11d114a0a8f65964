// Command json writes the kernels behind jsonfast/asm: json_amd64.s and its Go declarations.
//
// There are three, all for AVX2. Text goes through a string up to the byte that ends or interrupts it and checks its UTF-8 on
// the way (text.go). Structure turns 64 bytes of JSON into masks of brackets and of what tells items, and checks strings, numbers
// and which thing follows which (structure.go). Nesting finds brackets and separators, and checks nothing (nesting.go). What they
// compute stands in jsonfast/asm's Go twins.
//
// Read next: vector.go (the steps that they are made of), text.go, structure.go with escapes.go and numbers.go, nesting.go.
package main

import "github.com/mmcloughlin/avo/build"

//go:generate go run . -out ../../jsonfast/asm/json_amd64.s -stubs ../../jsonfast/asm/json_amd64.go -pkg asm

func main() {
	build.ConstraintExpr("amd64,!purego")
	writeText()
	writeStructure()
	writeNesting()
	build.Generate()
}
