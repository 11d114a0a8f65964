//go:build !linux

package load

// On other systems than Linux the portable worker is the only one.

const description = "own generator, portable: package net, a goroutine per connection; slower than the one for Linux"

func newWorker(config *Config, index int, start int64, w *window) (worker, error) {
	return newPortableWorker(config, index, start, w), nil
}
