package netpoll

// The door for other goroutines: a lock-free queue with many producers and one
// consumer, the loop. Only the producer that finds the queue empty wakes the
// loop, so a burst of posts costs one wake-up.
//
//	head ─▶ newest ─▶ … ─▶ oldest ─▶ nil        (a push is one CAS)
//	take: swap head with nil, reverse, run in the order of posting
//
// When the loop ends it leaves a sentinel as head; whoever posts after that
// is told so, and nothing is lost silently.

import "sync/atomic"

// Task is a piece of work for a loop. The memory is the caller's; a Task must
// not be posted again before its Run is called. From there on it may be, also
// by Run itself.
type Task struct {
	// Run is called once, on the loop's goroutine.
	Run  func()
	next *Task
}

type postQueue struct {
	head atomic.Pointer[Task]
}

// postClosed is the head of a queue that takes no more.
var postClosed = new(Task)

// push adds t. wake is true if the consumer may be asleep and unaware; ok is
// false, and t has not been added, if the queue is closed.
func (q *postQueue) push(t *Task) (wake, ok bool) {
	for {
		head := q.head.Load()
		if head == postClosed {
			return false, false
		}
		t.next = head
		if q.head.CompareAndSwap(head, t) {
			return head == nil, true
		}
	}
}

// take empties the queue and returns its tasks, oldest first.
func (q *postQueue) take() *Task {
	if q.head.Load() == nil {
		return nil
	}
	return reverse(q.head.Swap(nil))
}

// close refuses all later pushes and returns the tasks still there.
func (q *postQueue) close() *Task {
	return reverse(q.head.Swap(postClosed))
}

func reverse(t *Task) *Task {
	var done *Task
	for t != nil && t != postClosed {
		t.next, done, t = done, t, t.next
	}
	return done
}
