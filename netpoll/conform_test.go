package netpoll_test

// The conformance suite: what every backend must do. This file is the list;
// the cases are in conform_io_test.go (bytes), conform_close_test.go (ends),
// conform_loop_test.go (loops, time, limits), conform_steal_test.go (calls) and
// conform_batch_test.go (turns with many). rig_test.go says what a rig is.

import (
	"fmt"
	"runtime"
	"testing"
)

var conformance = []struct {
	name string
	test func(*rig)
}{
	{"echo of many sizes", testEchoSizes},
	{"echo on many connections", testEchoMany},
	{"an unwatched connection is reported once it is watched", testUnwatched},
	{"writable is reported while it is watched", testWritableLevel},
	{"short sends and backpressure", testBackpressure},
	{"a busy connection leaves room for a quiet one", testFairness},
	{"addresses", testAddresses},

	{"close in every state", testCloseInEveryState},
	{"a stale name is ignored", testStaleName},
	{"the client ends first", testClientEndsFirst},
	{"the server ends first", testServerEndsFirst},
	{"sent bytes arrive although the connection is closed at once", testSendThenClose},
	{"reset", testReset},
	{"close of a neighbour within a turn", testCloseNeighbour},
	{"group close in every state", testGroupClose},
	{"group close before anything", testGroupCloseEmpty},
	{"churn", testChurn},

	{"connections are spread evenly", testDistribution},
	{"connections dialled at once are spread evenly", testDistributionAtOnce},
	{"a loop knows a connection only after its poller does", testAddedThenOwned},
	{"deadlines", testDeadlines},
	{"first byte", testFirstByte},
	{"post", testPost},
	{"stop listening", testStopListening},
	{"connections at the limit and above", testConnsMax},
	{"connections of one address at the limit and above", testConnsPerIPMax},

	{"a call loses its loop", testSteal},
	{"calls of all connections lose their loop", testStealAll},
	{"a task loses its loop", testStealInTask},
	{"a call gives its loop up", testGiveUp},
	{"a tick sees a call", testSeen},
	{"close while a call has lost its loop", testStealThenClose},
	{"calls end while they are stolen", testStealRace},

	{"calls within a turn lose their loop", testStealMidTurn},
	{"neighbours are unwatched within a turn", testUnwatchNeighbours},
	{"neighbours are closed within a turn", testCloseNeighbours},
	{"small sends to clients that do not read", testSmallSendsPileUp},
}

func TestConformance(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, procs := range []int{1, 2} {
		runtime.GOMAXPROCS(procs)
		t.Run(fmt.Sprintf("procs=%d", procs), func(t *testing.T) {
			for _, c := range conformance {
				t.Run(c.name, func(t *testing.T) { onAll(t, c.test) })
			}
		})
	}
}
