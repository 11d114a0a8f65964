package soak

// What is looked at every few seconds.

import (
	"errors"
	"time"

	"github.com/covetgo/covet/compare/process"
)

// Sample is the server at one moment. What a platform or a server does not tell
// is 0.
type Sample struct {
	Seconds     float64 `json:"seconds"`
	RSS         int64   `json:"rss_bytes"`
	Descriptors int     `json:"descriptors,omitempty"`
	Threads     int     `json:"threads,omitempty"`
	Goroutines  int     `json:"goroutines,omitempty"`
	GCCycles    uint32  `json:"gc_cycles,omitempty"`
	Answers     int64   `json:"answers"`
	Errors      int     `json:"errors"`
}

func (s *soak) sample() (Sample, error) {
	child := s.config.Child
	sample := Sample{Seconds: time.Since(s.start).Seconds()}
	for i := range s.answers {
		sample.Answers += s.answers[i].Load()
	}
	s.mu.Lock()
	sample.Errors = s.total
	s.mu.Unlock()
	var err error
	if sample.RSS, err = child.RSS(); err != nil {
		return sample, err
	}
	if inside, err := child.Inside(); err == nil {
		sample.Descriptors, sample.Threads = inside.Descriptors, inside.Threads
	}
	stat, err := child.Stat()
	if err != nil && !errors.Is(err, process.ErrNoStat) {
		return sample, err
	}
	sample.Goroutines, sample.GCCycles = stat.Goroutines, stat.GCCycles
	return sample, nil
}

// slope is that of the straight line which lies closest to the resident memory
// of the samples (least squares), in bytes per hour, without the first quarter
// of them.
func slope(samples []Sample) float64 {
	samples = samples[len(samples)/4:]
	if len(samples) < 2 {
		return 0
	}
	var t, m float64
	for _, s := range samples {
		t += s.Seconds
		m += float64(s.RSS)
	}
	t /= float64(len(samples))
	m /= float64(len(samples))
	var above, below float64
	for _, s := range samples {
		above += (s.Seconds - t) * (float64(s.RSS) - m)
		below += (s.Seconds - t) * (s.Seconds - t)
	}
	if below == 0 {
		return 0
	}
	return above / below * time.Hour.Seconds()
}
