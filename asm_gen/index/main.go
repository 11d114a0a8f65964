// Command index writes the kernel behind parser/asm.Index: parser/asm/index_amd64.s and its Go declarations.
//
// One kernel is written for each instruction set that a machine of ours can run: AVX2 with 32 bytes at a time, SSSE3
// with 16. They differ in width and in how a set bit is found; what they compute is the same and stands in kernel.go
// and blocks.go, beside the arithmetic that parser/asm/index_go.go spells out in Go. A wider set (AVX-512BW: one 64-byte load, a
// masked one at the end) is one more value of isa, to be added by whoever can run it.
//
// Read next: isa.go (what a register width can do), kernel.go (classes and state), blocks.go
// (the way through the bytes).
package main

import "github.com/mmcloughlin/avo/build"

//go:generate go run . -out ../../parser/asm/index_amd64.s -stubs ../../parser/asm/index_amd64.go -pkg asm

func main() {
	build.ConstraintExpr("amd64,!purego")
	for _, set := range []isa{avx512(), avx2(), ssse3()} {
		writeKernel(set)
	}
	build.Generate()
}
