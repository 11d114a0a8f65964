package testkit

// What can go wrong, by script or by seed.

import "math/rand/v2"

// Faults are what happens to one connection. The zero value is a connection
// that works.
type Faults struct {
	// RecvBytesMax splits what the client wrote: at most so many bytes per
	// receive; 1 splits at every byte. 0 does not split.
	RecvBytesMax int
	// RecvSplit draws each receive's length from 1 to RecvBytesMax (or 64).
	RecvSplit bool
	// SendBytesMax makes sends short: at most so many bytes each, 0 for all.
	SendBytesMax int
	// SendSplit draws that from 1 to SendBytesMax (or 64) each time.
	SendSplit bool
	// ResetAfterRecvBytes resets the connection once the server has received
	// so many bytes, ResetAfterSendBytes once it has sent so many; 0 never.
	ResetAfterRecvBytes, ResetAfterSendBytes int
	// Stalled starts the connection as after Client.Stall.
	Stalled bool
}

// Noise is what a loop must put up with, each as a percentage of the turns in
// which it could happen. The zero value is silence.
type Noise struct {
	// EmptyWaits return no event although there are some, as after EINTR.
	EmptyWaits int
	// SpuriousEvents call a socket readable that is not.
	SpuriousEvents int
	// StaleEvents name a socket that was closed before.
	StaleEvents int
	// RecvAgain answers "not ready" on a readable socket, at most once per event.
	RecvAgain int
	// LateWakes delay the effect of Wake by up to a millisecond of real time.
	LateWakes int
}

// SetFaults sets the faults of connections dialled from now on.
func (k *Kernel) SetFaults(f Faults) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.faults = f
}

// SetNoise sets the noise from now on.
func (k *Kernel) SetNoise(n Noise) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.noise = n
}

// Chaos turns on random splits, short sends and a quarter of all noise: what
// any correct server survives with the same answers.
func (k *Kernel) Chaos() {
	k.SetFaults(Faults{RecvSplit: true, SendSplit: true})
	k.SetNoise(Noise{EmptyWaits: 25, SpuriousEvents: 25, StaleEvents: 25, RecvAgain: 25, LateWakes: 25})
}

// failPoint is a call that can be told to fail.
type failPoint int

const (
	failAccept failPoint = iota
	failAdd
	failWatch
)

// FailAccept makes the next times calls of accept fail, as EMFILE or
// ECONNABORTED do. They leave the connection in the backlog.
func (k *Kernel) FailAccept(err error, times int) { k.fail(failAccept, err, times) }

// FailAdd makes the next times accepted connections fail to be watched.
func (k *Kernel) FailAdd(err error, times int) { k.fail(failAdd, err, times) }

// FailWatch makes the next times changes of what is watched fail.
func (k *Kernel) FailWatch(err error, times int) { k.fail(failWatch, err, times) }

func (k *Kernel) fail(at failPoint, err error, times int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for range times {
		k.failing[at] = append(k.failing[at], err)
	}
}

// Mend forgets the failures that have not happened yet.
func (k *Kernel) Mend() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.failing)
	k.cond.Broadcast()
}

// due takes the next scripted failure, with k.mu held.
func (k *Kernel) due(at failPoint) error {
	if len(k.failing[at]) == 0 {
		return nil
	}
	err := k.failing[at][0]
	k.failing[at] = k.failing[at][1:]
	return err
}

const splitBytesMax = 64

// cut is the length of one transfer of up to n bytes.
func cut(rng *rand.Rand, n, most int, split bool) int {
	if split && n > 0 {
		if most == 0 {
			most = splitBytesMax
		}
		most = 1 + rng.IntN(most)
	}
	if most > 0 {
		n = min(n, most)
	}
	return n
}

func chance(rng *rand.Rand, percent int) bool {
	return percent > 0 && rng.IntN(100) < percent
}
