package runner

// What is measured: each scenario with its traffic and the question it answers.

import (
	"bytes"
	"fmt"
	"time"

	"github.com/covetgo/covet/compare"

	"github.com/covetgo/covet/cmd/bench/internal/load"
	"github.com/covetgo/covet/cmd/bench/internal/results"
)

const (
	busyConnections   = 64
	manyConnections   = 256 // of the scenarios many and many-pipelined
	echoBytes         = 1024
	churnRequests     = 10    // per connection
	churnSources      = 32    // loopback addresses: short connections use up ports
	idleConnections   = 4000  // of the scenario idle
	memoryConnections = 9000  // of the scenario memory
	idleQuick         = 1000  // of the same in a quick run
	idleWarm          = 1100  // opened before the first reading: past what comes once, such as the first chunks of a table
	idleMin           = 200   // fewer say nothing
	idleSpare         = 200   // descriptors for all else
	idlePerSource     = 10000 // connections from one loopback address, of some 28 000 ports
	mixedConnections  = 32    // of the fast route
	slowConnections   = 8     // of the slow one
	slowMillis        = 5

	rateShare  = 0.7  // of the reference's capacity: scenario rate70
	mixedShare = 0.35 // the same, for the fast route in the scenarios mixed and burn
	rateProbes = 3
)

const (
	closedLoop = "closed loop: the next request waits for the last response, so a slow server is asked less often"
	openLoop   = "open loop: measured from the time each request was due"
)

// Scenario is one kind of traffic.
type Scenario struct {
	Name  string
	Title string // for charts
	About string // the question, for -h
	// AboutGiven replaces it at a rate given by -rate.
	AboutGiven string
	// Connections and Pipeline of the traffic that the numbers are about.
	Connections int
	Pipeline    int
	Request     load.Request
	Want        string
	PerConn     int
	// Calibrated: the calibrators take part.
	Calibrated bool
	// Quick: part of a quick run. Extra: only when asked for by name.
	Quick, Extra bool
	// RateShare makes it an open loop at a share of the reference's capacity.
	RateShare float64
	// Slow is the target that keeps the server busy beside the measured traffic.
	Slow string
	// Memory is the metric of a scenario whose connections are opened and then
	// counted in memory, not driven.
	Memory string
	// ConnectionsMin connections do where descriptors are few; 0: all or none.
	// ConnectionsQuick is their number in a quick run; 0: the same.
	ConnectionsMin, ConnectionsQuick int
	// Takes is how long a measurement takes that has no window of its own.
	Takes, TakesQuick time.Duration

	measure func(*bench) (map[string]float64, error)
}

var plaintext = Scenario{
	Name: "plaintext", Title: "Plaintext, one request at a time per connection",
	About:       "13 bytes, 64 connections, depth 1: what one request costs",
	Connections: busyConnections, Request: get("/plaintext"), Want: compare.PlaintextBody,
	Calibrated: true, Quick: true, measure: throughput,
}

// browserFields are what a browser sends along, from the TechEmpower tests.
var browserFields = []string{
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
	"Accept-Language: en-US,en;q=0.5",
	"Accept-Encoding: gzip, deflate, br",
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
	"Cookie: uid=12345678901234567890; __utma=1.1234567890.1234567890.1234567890.1234567890.12",
	"Connection: keep-alive",
}

// Scenarios are all scenarios, in the order of reports.
var Scenarios = []*Scenario{
	&plaintext,
	{
		Name: "pipelined", Title: "Plaintext, 16 requests pipelined",
		About:       "plaintext with 16 requests in flight per connection: what parsing and writing cost when system calls are shared",
		Connections: busyConnections, Pipeline: 16, Request: get("/plaintext"), Want: compare.PlaintextBody,
		Calibrated: true, Quick: true, measure: throughput,
	},
	{
		Name: "many", Title: "Plaintext over 256 connections, one request at a time",
		About:       "plaintext with more connections: what one request costs when a loop finds many of them ready at a time",
		Connections: manyConnections, Request: get("/plaintext"), Want: compare.PlaintextBody,
		Calibrated: true, Extra: true, measure: throughput,
	},
	{
		Name: "many-pipelined", Title: "Plaintext over 256 connections, 16 requests pipelined",
		About:       "the same with 16 requests in flight per connection",
		Connections: manyConnections, Pipeline: 16, Request: get("/plaintext"), Want: compare.PlaintextBody,
		Calibrated: true, Extra: true, measure: throughput,
	},
	{
		Name: "browser", Title: "Plaintext, with the fields a browser sends",
		About:       "plaintext with six usual request fields: what a longer head costs",
		Connections: busyConnections, Request: withFields(get("/plaintext"), browserFields), Want: compare.PlaintextBody,
		measure: throughput,
	},
	{
		Name: "json", Title: "JSON, encoded beforehand",
		About:       "27 bytes of JSON that all servers have ready: no encoder is compared",
		Connections: busyConnections, Request: get("/json"), Want: compare.JSONBody, measure: throughput,
	},
	{
		Name: "param", Title: "A route with a parameter",
		About:       "GET /user/{id}: routing and copying a parameter",
		Connections: busyConnections, Request: get("/user/1234567"), Want: "1234567", measure: throughput,
	},
	{
		Name: "echo", Title: "POST of 1 KB, echoed",
		About:       "POST /echo: reading and writing a body",
		Connections: busyConnections, Request: post(echoBytes), Want: string(filler(echoBytes)), measure: throughput,
	},
	{
		Name: "churn", Title: "Ten requests per connection",
		About:       "each connection is closed by the client after 10 requests: what accepting and closing cost",
		Connections: busyConnections, Request: get("/plaintext"), Want: compare.PlaintextBody, PerConn: churnRequests,
		Calibrated: true, measure: throughput,
	},
	{
		Name: "rate70", Title: "Latency at a fixed rate",
		About:       "open loop at 70 % of fasthttp's capacity in a closed loop, measured first: what users wait when the server is busy but not full",
		AboutGiven:  "open loop at a given rate: what users wait",
		Connections: busyConnections, Request: get("/plaintext"), Want: compare.PlaintextBody,
		Calibrated: true, Quick: true, RateShare: rateShare, measure: fixedRate,
	},
	{
		Name: "single", Title: "One connection, one request at a time",
		About:       "the shortest way through the server, with nothing to batch. p50 is a whole round trip: both sides' send and receive, both ways through loopback, the wake-up of the sleeping server and that of the sleeping generator. CPU per request is all of the server's process, its runtime's threads included",
		Connections: 1, Request: get("/plaintext"), Want: compare.PlaintextBody, Calibrated: true, measure: throughput,
	},
	{
		Name: "mixed-sleep", Title: "A fast route while another one sleeps",
		About:       "closed loop: 32 connections on /plaintext, first alone, then while 8 keep a route busy that sleeps 5 ms and that no server was told about",
		Connections: mixedConnections, Request: get("/plaintext"), Want: compare.PlaintextBody,
		Quick: true, Slow: fmt.Sprintf("/slow?ms=%d", slowMillis), measure: mixedClosed,
	},
	{
		Name: "mixed-burn", Title: "A fast route while another one computes",
		About:       "as mixed-sleep, but the other route burns 5 ms of CPU: there is not enough for all, who gets it?",
		Connections: mixedConnections, Request: get("/plaintext"), Want: compare.PlaintextBody,
		Slow: fmt.Sprintf("/cpu?ms=%d", slowMillis), measure: mixedClosed,
	},
	{
		Name: "mixed", Title: "A fast route at a fixed rate while another one sleeps",
		About:       "open loop on /plaintext, first alone, then while 8 connections keep a route busy that sleeps 5 ms",
		Connections: mixedConnections, Request: get("/plaintext"), Want: compare.PlaintextBody,
		Extra: true, RateShare: mixedShare, Slow: fmt.Sprintf("/slow?ms=%d", slowMillis), measure: mixedOpen,
	},
	{
		Name: "burn", Title: "A fast route at a fixed rate while another one computes",
		About:       "as mixed, but the other route burns 5 ms of CPU: there is not enough for all, who gets it?",
		Connections: mixedConnections, Request: get("/plaintext"), Want: compare.PlaintextBody,
		Extra: true, RateShare: mixedShare / 2, Slow: fmt.Sprintf("/cpu?ms=%d", slowMillis), measure: mixedOpen,
	},
	{
		Name: "ask", Title: "A route that waits for 0.2 ms",
		About:       "64 connections on a route that waits for another goroutine to answer, 0.2 ms later, as for a database, and that no server was told about",
		Connections: busyConnections, Request: get("/ask?ms=0.2"), Want: compare.DoneBody, Extra: true, measure: throughput,
	},
	{
		Name: "ask-known", Title: "A route that waits for 0.2 ms and is marked",
		About:       "as ask, but covet was told",
		Connections: busyConnections, Request: get("/ask/known?ms=0.2"), Want: compare.DoneBody, Extra: true, measure: throughput,
	},
	{
		Name: "ask-many", Title: "A route that waits for 0.2 ms, over 256 connections",
		About:       "as ask, with more connections",
		Connections: manyConnections, Request: get("/ask?ms=0.2"), Want: compare.DoneBody, Extra: true, measure: throughput,
	},
	{
		Name: "ask-many-known", Title: "A route that waits for 0.2 ms and is marked, over 256 connections",
		About:       "as ask-many, but covet was told",
		Connections: manyConnections, Request: get("/ask/known?ms=0.2"), Want: compare.DoneBody, Extra: true, measure: throughput,
	},
	{
		Name: "nap", Title: "A route that sleeps for 0.2 ms",
		About:       "64 connections on a route that sleeps for 0.2 ms by the runtime's timers, which no server was told about",
		Connections: busyConnections, Request: get("/slow?ms=0.2"), Want: compare.DoneBody, Extra: true, measure: throughput,
	},
	{
		Name: "nap-known", Title: "A route that sleeps for 0.2 ms and is marked",
		About:       "as nap, but covet was told",
		Connections: busyConnections, Request: get("/slow/known?ms=0.2"), Want: compare.DoneBody, Extra: true, measure: throughput,
	},
	{
		Name: "compute", Title: "A route that computes for 10 µs",
		About:       "64 connections on a route that does 10 µs of arithmetic",
		Connections: busyConnections, Request: get("/cpu?ms=0.01"), Want: compare.DoneBody, Extra: true, measure: throughput,
	},
	{
		Name: "idle", Title: "Memory per idle connection",
		About:       fmt.Sprintf("resident memory that each further keep-alive connection adds after the first %d, all having had one request; garbage is collected before both readings", idleWarm),
		Connections: idleConnections, Request: get("/plaintext"), Want: compare.PlaintextBody,
		Calibrated: true, Quick: true, Memory: results.IdleBytes, ConnectionsMin: idleMin, ConnectionsQuick: idleQuick,
		Takes: idleTime, TakesQuick: idleQuickTime, measure: idle,
	},
	{
		Name: "memory", Title: "Memory per idle and per active connection",
		About:       aboutMemory,
		Connections: memoryConnections, Request: get("/plaintext"), Want: compare.PlaintextBody,
		Calibrated: true, Extra: true, Memory: results.ActiveBytes, Takes: memoryTime, TakesQuick: memoryTime, measure: memory,
	},
}

func get(target string) load.Request { return load.Request{Target: target, Host: "127.0.0.1:8080"} }

func withFields(r load.Request, fields []string) load.Request {
	r.Fields = fields
	return r
}

func post(size int) load.Request {
	r := get("/echo")
	r.Body = filler(size)
	return r
}

func filler(size int) []byte { return bytes.Repeat([]byte("covet is measured; "), size/19+1)[:size] }

func (s *Scenario) latencyKind() string {
	if s.RateShare > 0 {
		return openLoop
	}
	if s.Memory != "" {
		return ""
	}
	return closedLoop
}

// metric is the number that answers the scenario's question.
func (s *Scenario) metric() string {
	switch {
	case s.Memory != "":
		return s.Memory
	case s.RateShare > 0:
		return results.P99
	case s.Slow != "":
		return results.RequestsPerSecond
	}
	return results.RequestsPerCPUSecond
}

// stream is the traffic that the numbers are about.
func (s *Scenario) stream() load.Stream {
	return load.Stream{
		Request: s.Request, Connections: s.Connections, Pipeline: max(s.Pipeline, 1),
		PerConnection: s.PerConn, Want: []byte(s.Want),
	}
}

// slow is the traffic beside it.
func (s *Scenario) slow() load.Stream {
	return load.Stream{Request: get(s.Slow), Connections: slowConnections, Want: []byte(compare.DoneBody)}
}
