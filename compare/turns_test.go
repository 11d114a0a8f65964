package compare

// This file says in which order contenders come, and adds covet a second time.
//
// Who comes first finds another machine than who comes last: a cooler processor, a smaller heap, another neighbour. A run of
// several rounds gives each a number, by which contenders rotate and turn around. And a ratio of two contenders is worth as much
// as that of one contender to itself, so covet takes part twice where a table can tell what it does not resolve.

import (
	"os"
	"reflect"
	"strconv"
	"testing"
)

// turnVariable has the number of the round, from 0.
const turnVariable = "COVET_BENCH_TURN"

// turn is the number of this round.
var turn, _ = strconv.Atoi(os.Getenv(turnVariable))

// twinName is covet's where it takes part a second time; internal/claims knows it.
const twinName = "covet-twin"

// inTurn is a list in the order of a round: rotated, and backwards in odd ones, so that nobody keeps its place or its neighbour.
func inTurn[T any](list []T, turn int) []T {
	var order []T
	for i := range list {
		if turn%2 != 0 {
			i = len(list) - i
		}
		order = append(order, list[(i+turn)%len(list)])
	}
	return order
}

func init() {
	again := jsonDefaults[0]
	again.name = twinName
	jsonDefaults = append(jsonDefaults, again)
}

func TestTurns(t *testing.T) {
	all := []string{"a", "b", "c"}
	for i, want := range [][]string{{"a", "b", "c"}, {"b", "a", "c"}, {"c", "a", "b"}, {"a", "c", "b"}} {
		if got := inTurn(all, i); !reflect.DeepEqual(got, want) {
			t.Errorf("round %d: %q, want %q", i, got, want)
		}
	}
	if jsonDefaults[0].name != "covet" {
		t.Errorf("covet's twin is %s", jsonDefaults[0].name)
	}
}
