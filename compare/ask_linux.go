package compare

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// newSleeper sleeps by a timerfd. The runtime's own timers know milliseconds only
// when nothing else is to be done: 0.2 ms become 1.1.
func newSleeper() func(time.Duration) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return time.Sleep
	}
	timer, expirations := os.NewFile(uintptr(fd), "timer"), make([]byte, 8)
	return func(d time.Duration) {
		spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
		if unix.TimerfdSettime(fd, 0, &spec, nil) == nil {
			timer.Read(expirations)
		}
	}
}
