//go:build !linux

package load

// On other systems than Linux the portable worker is the only one.

func newWorker(config *Config, index int, start int64, w *window) (worker, error) {
	return newPortableWorker(config, index, start, w), nil
}
