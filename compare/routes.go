package compare

// What every rival serves:
//
//	GET  /plaintext    text/plain; charset=utf-8   Hello, World!
//	GET  /json         application/json            {"message":"Hello, World!"}
//	GET  /user/{id}    text/plain; charset=utf-8   the id
//	POST /echo         application/octet-stream    the body
//	GET  /slow?ms=N    text/plain; charset=utf-8   done, after sleeping N ms
//	GET  /cpu?ms=N     text/plain; charset=utf-8   done, after N ms of arithmetic
//	GET  /ask?ms=N     text/plain; charset=utf-8   done, when another goroutine has answered, N ms later (no calibrator has it)
//	GET  /ask/known, /slow/known                   the same, where a server can be told beforehand that they wait
//
// with 200 and the fields Date, Content-Type and Content-Length, nothing else. N
// may have a fraction.
//
// The JSON bytes are encoded once and served by all: an encoder per request
// would compare encoders, and that is another table. Where a rival has a router
// it is used; fasthttp has none and gets a hand-written switch, which is the
// fastest thing it can have.

import (
	"errors"
	"os"
	"strconv"
	"sync"
	"time"
)

const (
	// TextType is the Content-Type of /plaintext, /user, /slow, /cpu and /ask.
	TextType = "text/plain; charset=utf-8"
	// JSONType is the Content-Type of /json.
	JSONType = "application/json"
	// BinaryType is the Content-Type of /echo.
	BinaryType = "application/octet-stream"

	// PlaintextBody is what /plaintext answers.
	PlaintextBody = "Hello, World!"
	// JSONBody is what /json answers.
	JSONBody = `{"message":"Hello, World!"}`
	// DoneBody is what /slow, /cpu and /ask answer.
	DoneBody = "done"

	// EchoBytesMax bounds the bodies of POST /echo in the calibrators.
	EchoBytesMax = 1 << 20
	// waitMillisMax bounds ?ms=, so that a typing error does not hang a run.
	waitMillisMax = 10_000
)

// ErrMillis is what /slow, /cpu and /ask answer 400 for.
var ErrMillis = errors.New("compare: want ?ms=N with N from 0 to 10000, such as 0.2")

// Millis reads the value of ?ms=.
func Millis(value string) (time.Duration, error) {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || !(n >= 0 && n <= waitMillisMax) {
		return 0, ErrMillis
	}
	return time.Duration(n * float64(time.Millisecond)), nil
}

// Burn keeps one core busy with as much arithmetic as it does in d. The amount
// is what counts, not the wall clock: handlers that share a core must not
// finish sooner because they waited for each other.
func Burn(d time.Duration) {
	calibrateOnce.Do(calibrate)
	spin(int(float64(d.Nanoseconds()) * stepsPerNanosecond))
}

// StepsVariable tells a rival how many steps of arithmetic are a millisecond of
// CPU, so that all rivals of a run do the same amount. Each would else find a
// number of its own, and that under load.
const StepsVariable = "COVET_STEPS_PER_MS"

// StepsPerMilli is that number for this process and the core it runs on.
func StepsPerMilli() int {
	calibrateOnce.Do(calibrate)
	return int(stepsPerNanosecond * float64(time.Millisecond))
}

var (
	calibrateOnce      sync.Once
	stepsPerNanosecond float64
)

// calibrate takes the number that it was given, or the fastest of a few tries:
// whatever disturbs a try makes it slower and never faster.
func calibrate() {
	if given, err := strconv.Atoi(os.Getenv(StepsVariable)); err == nil && given > 0 {
		stepsPerNanosecond = float64(given) / float64(time.Millisecond)
		return
	}
	const steps, tries = 200_000, 7
	best := time.Duration(1 << 62)
	for range tries {
		start := time.Now()
		spin(steps)
		best = min(best, time.Since(start))
	}
	stepsPerNanosecond = steps / float64(max(best, 1).Nanoseconds())
}

// spin is a chain of dependent xorshift steps: nothing for a compiler or a
// wide core to shorten. Not inlined, so that the calls are not dropped as unused.
//
//go:noinline
func spin(steps int) uint64 {
	x := uint64(0x9E3779B97F4A7C15)
	for range steps {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}
