// Package cpufeat says which of our kernels this processor can run, and which are in use.
//
// The answer is found once, when the program starts, and is the same for all packages. The environment variable
// COVET_ISA ("avx512", "avx2", "ssse3" or "go") asks for another level, to measure what a level is worth or to work around
// a processor that lies about itself. Asking for more than the processor has gets what it has. Any other word stops the
// program: a misspelt level would measure the wrong thing in silence.
package cpufeat

import (
	"os"
	"strings"
)

// A Level is a set of instructions for which kernels are written. A higher one includes the lower ones.
type Level uint8

const (
	Go     Level = iota // no assembly at all: any processor, and every build with the tag purego
	SSSE3               // 16 bytes at a time; needs POPCNT as well. Every amd64 server and most others since 2010
	AVX2                // 32 bytes at a time; needs BMI1, POPCNT and PCLMULQDQ as well. Haswell (2013), Zen (2017) and later
	AVX512              // 64 bytes at a time; the parts BW, VL and VBMI2. Ice Lake (2019), Zen 4 (2022) and later
	levelCount

	// unasked is the highest level that is used without being asked for. AVX512 was tested in an emulator, which cannot
	// tell whether it is faster: docs/adr/0022.
	unasked = AVX2
)

var names = [levelCount]string{"go", "ssse3", "avx2", "avx512"}

// String returns the name by which COVET_ISA asks for the level.
func (l Level) String() string { return names[l] }

const environment = "COVET_ISA"

// best is what the processor has and the build includes; active is what the kernels in use may need.
var best, active = start(os.Getenv(environment))

func start(word string) (best, active Level) {
	best = detect()
	active = min(best, unasked)
	if word == "" {
		return best, active
	}
	for l, name := range names {
		if word == name {
			return best, min(best, Level(l))
		}
	}
	panic(environment + "=" + word + ": there are only " + strings.Join(names[:], ", "))
}

// Best returns the highest level that this processor and this build have.
func Best() Level { return best }

// Active returns the level in use. Kernels ask on each call; it is one load.
func Active() Level { return active }

// Use switches to a level, or to the best below it, and returns the one that was in use. It is for tests and
// benchmarks, which restore what was: nothing that uses a kernel may run meanwhile on another goroutine.
func Use(l Level) (was Level) {
	was, active = active, min(best, l)
	return was
}
