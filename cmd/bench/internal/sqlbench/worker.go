package sqlbench

// One measurement, in a process of its own: so that neither the memory nor the goroutines of one client are
// another's cost.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Task is what a worker is told.
type Task struct {
	Client, Case, URL string
	Conns             int // 0: the client's default
	Warm, Measured    time.Duration
}

// Sample is what it measured.
type Sample struct {
	QueriesPerSecond    float64 `json:"queries_per_second"`
	ClientCPUPerQuery   float64 `json:"client_cpu_us_per_query"`
	AllocationsPerQuery float64 `json:"allocations_per_query"`
	P50                 float64 `json:"p50_us"`
	P99                 float64 `json:"p99_us"`
}

// Work does a task that comes as JSON and writes the sample as JSON.
func Work(ctx context.Context, task string, out io.Writer) error {
	var t Task
	if err := json.Unmarshal([]byte(task), &t); err != nil {
		return err
	}
	c, err := find(t.Client)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(Cases, func(k Case) bool { return k.Name == t.Case })
	if i < 0 {
		return fmt.Errorf("no case is called %q", t.Case)
	}
	conn, err := c.open(ctx, t.URL, t.Conns)
	if err != nil {
		return err
	}
	defer conn.close()
	s, err := measure(ctx, conn, Cases[i], t)
	if err != nil {
		return fmt.Errorf("%s, %s: %w", t.Client, t.Case, err)
	}
	return json.NewEncoder(out).Encode(s)
}

// measure asks for the warm-up and then for the measured time. Latencies are those of calls, in closed loops.
func measure(ctx context.Context, c client, k Case, t Task) (Sample, error) {
	if err := ask(ctx, c, k, t.Warm, nil); err != nil {
		return Sample{}, err
	}
	runtime.GC()
	var before, after runtime.MemStats
	latencies := make([][]time.Duration, k.Callers)
	for i := range latencies {
		latencies[i] = make([]time.Duration, 0, 1<<17)
	}
	runtime.ReadMemStats(&before)
	cpu, start := cpuTime(), time.Now()
	if err := ask(ctx, c, k, t.Measured, latencies); err != nil {
		return Sample{}, err
	}
	seconds, used := time.Since(start).Seconds(), cpuTime()-cpu
	runtime.ReadMemStats(&after)
	all := slices.Concat(latencies...)
	if len(all) == 0 {
		return Sample{}, errors.New("nothing was answered in the measured time")
	}
	slices.Sort(all)
	queries := float64(len(all) * k.Queries)
	return Sample{
		QueriesPerSecond:    queries / seconds,
		ClientCPUPerQuery:   float64(used.Microseconds()) / queries,
		AllocationsPerQuery: float64(after.Mallocs-before.Mallocs) / queries,
		P50:                 micros(all[len(all)/2]),
		P99:                 micros(all[len(all)*99/100]),
	}, nil
}

// micros is a duration in microseconds.
func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// ask lets the callers ask for a time.
func ask(ctx context.Context, c client, k Case, d time.Duration, latencies [][]time.Duration) error {
	end := time.Now().Add(d)
	failures := make([]error, k.Callers)
	var wg sync.WaitGroup
	for i := range k.Callers {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 7))
			for now := time.Now(); now.Before(end); {
				if failures[i] = k.run(ctx, c, random.Int32N(worldRows)+1); failures[i] != nil {
					return
				}
				then := now
				now = time.Now()
				if latencies != nil {
					latencies[i] = append(latencies[i], now.Sub(then))
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(failures...)
}
