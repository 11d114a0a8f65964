package compare

// A handler that waits for somebody else, as for a database: it asks another
// goroutine over a channel, which answers some time later. There is one such
// goroutine per process. It takes the questions in the order in which they come,
// so all of them should wait for equally long.

import (
	"sync"
	"time"
)

// Ask waits until the other goroutine has answered, which it does after d.
func Ask(d time.Duration) {
	answerOnce.Do(func() { go answer() })
	reply := replies.Get().(chan struct{})
	questions <- question{time.Now().Add(d), reply}
	<-reply
	replies.Put(reply)
}

type question struct {
	due   time.Time
	reply chan struct{}
}

// questionsMax is how many may wait; who asks more waits before he has asked.
const questionsMax = 4096

var (
	answerOnce sync.Once
	questions  = make(chan question, questionsMax)
	replies    = sync.Pool{New: func() any { return make(chan struct{}, 1) }}
)

func answer() {
	sleep := newSleeper()
	for q := range questions {
		if left := time.Until(q.due); left > 0 {
			sleep(left)
		}
		q.reply <- struct{}{}
	}
}
