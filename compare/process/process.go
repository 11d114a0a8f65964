// Package process runs a rival as a child process of its own, so that its CPU
// time and memory are its own and nothing else's.
//
// The child opens its listener, says so in one line of JSON on its standard
// output, and serves until SIGTERM comes or its standard input ends. The parent
// may write "stat" or "tidy" and gets one line of JSON back:
//
//	parent                              child
//	Launch ── fork, pinned, exec ────▶  Host: listen
//	       ◀── {"addr":"127.0.0.1:…"} ─
//	Stat   ─── stat ─────────────────▶
//	       ◀── {"mallocs":…} ──────────  Go rivals only
//	Tidy   ─── tidy ─────────────────▶  collect garbage, return what is free
//	       ◀── {"mallocs":…} ──────────  Go rivals only
//	CPUTime, RSS: from the kernel, the child does nothing
//	Stop   ─── SIGTERM, end of input ▶  finish what runs, exit 0
//
// Nothing of this is visible on the HTTP port: a rival serves the measured
// routes and no other.
//
// Read next: host.go (the child's side), launch.go (the parent's), affinity_*.go
// (which cores), meter_*.go (what the kernel knows about a process).
package process

// Hello is the child's first line.
type Hello struct {
	Addr       string `json:"addr"`
	Version    string `json:"version"`
	GOMAXPROCS int    `json:"gomaxprocs,omitempty"`
	// Stats says whether the child answers "stat" and "tidy".
	Stats bool `json:"stats"`
}

// Stat is what a child knows about itself, as counts since its start where
// nothing else is said.
type Stat struct {
	Mallocs  uint64 `json:"mallocs"`
	GCCycles uint32 `json:"gc_cycles"`
	// Goroutines is their number now.
	Goroutines int `json:"goroutines"`
	// CPUNanoseconds is 0 where the platform has no way to tell.
	CPUNanoseconds int64 `json:"cpu_ns"`
}

// Inside is what the kernel holds for a child.
type Inside struct {
	Descriptors, Threads int
}

const (
	statRequest = "stat\n"
	tidyRequest = "tidy\n"
)
