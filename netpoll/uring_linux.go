package netpoll

// The ring itself: memory that we share with the kernel, and one system call.
//
//	       ┌────────────── we fill ──────────────┐
//	 sqes  │ op op op op │ . . . . . . . . . . . │  submission queue: sqTail is ours, sqHead the kernel's
//	       └─────────────────────────────────────┘
//	              │ io_uring_enter(n): the kernel does n operations, in order, and returns
//	       ┌──────▼───────── it fills ───────────┐
//	 cqes  │ result result result result │ . . . │  completion queue: cqTail is the kernel's, cqHead ours
//	       └─────────────────────────────────────┘
//
// It is used in one way only: operations that cannot wait (MSG_DONTWAIT), so that
// each has its result when the call returns. Nothing is ever pending in the kernel
// between two calls. That is why any thread may drive the ring, why a buffer may be
// ordinary memory, and why there is nothing to cancel before a descriptor is closed;
// docs/adr/0040-ring-under-epoll.md has what the other way was measured to bring.
//
// The layout is that of <linux/io_uring.h>: struct io_uring_params, io_uring_sqe (64
// bytes), io_uring_cqe (16 bytes).

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	ringEntries = 2 * batchSocks // a batch of sends and the batch of receives behind it

	ringOpSend = 26 // IORING_OP_SEND
	ringOpRecv = 27 // IORING_OP_RECV

	ringSetupSubmitAll = 1 << 7 // go on behind an operation that fails; Linux 5.18
	ringEnterGetEvents = 1 << 0 // IORING_ENTER_GETEVENTS
	ringRegisterProbe  = 8      // IORING_REGISTER_PROBE
	ringOpSupported    = 1 << 0 // IO_URING_OP_SUPPORTED

	ringFeatureSingleMmap = 1 << 0 // both queues in one mapping; Linux 5.4
	ringFeatureNoDrop     = 1 << 1 // completions are never lost; Linux 5.5

	ringOffsetQueues = 0          // IORING_OFF_SQ_RING
	ringOffsetSQEs   = 0x10000000 // IORING_OFF_SQES
)

type ringParams struct {
	sqEntries, cqEntries, flags       uint32
	sqThreadCPU, sqThreadIdle         uint32
	features, wqFD                    uint32
	_                                 [3]uint32
	sqHead, sqTail, sqMask, sqSize    uint32
	sqFlags, sqDropped, sqArray, _    uint32
	_                                 uint64
	cqHead, cqTail, cqMask, cqSize    uint32
	cqOverflow, cqEntriesOffset, _, _ uint32
	_                                 uint64
}

type sqe struct {
	op, flags uint8
	priority  uint16
	fd        int32
	offset    uint64
	addr      uint64
	len       uint32
	msgFlags  uint32
	name      uint64
	_         [3]uint64
}

type cqe struct {
	name   uint64
	result int32
	flags  uint32
}

const (
	_ uintptr = unsafe.Sizeof(ringParams{}) - 120
	_ uintptr = 120 - unsafe.Sizeof(ringParams{})
	_ uintptr = unsafe.Sizeof(sqe{}) - 64
	_ uintptr = 64 - unsafe.Sizeof(sqe{})
	_ uintptr = unsafe.Sizeof(cqe{}) - 16
	_ uintptr = 16 - unsafe.Sizeof(cqe{})
)

// uring is one ring. Its owner is the loop's runner.
type uring struct {
	fd             int
	queues, slots  []byte // mappings: outside of Go's heap
	sqTail         *uint32
	cqHead, cqTail *uint32
	sqes           []sqe
	cqes           []cqe
	queued         uint32 // operations that the kernel has not been told of
	enters, ops    atomic.Uint64
}

// openRing makes a ring, or says what this system lacks.
func openRing() (*uring, error) {
	p := ringParams{flags: ringSetupSubmitAll}
	fd, errno := ringSetup(ringEntries, &p)
	if errno == syscall.EINVAL {
		return nil, fmt.Errorf("io_uring_setup: %w (Linux 5.18 is needed)", errno)
	}
	if errno != 0 {
		return nil, fmt.Errorf("io_uring_setup: %w", errno)
	}
	r := &uring{fd: fd}
	if err := r.open(&p); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *uring) open(p *ringParams) error {
	if need := uint32(ringFeatureSingleMmap | ringFeatureNoDrop); p.features&need != need {
		return fmt.Errorf("io_uring has features %#x, and %#x are needed", p.features, need)
	}
	if err := r.probe(ringOpSend, ringOpRecv); err != nil {
		return err
	}
	size := max(p.sqArray+4*p.sqEntries, p.cqEntriesOffset+16*p.cqEntries)
	var err error
	if r.queues, err = mapRing(r.fd, ringOffsetQueues, int(size)); err != nil {
		return err
	}
	if r.slots, err = mapRing(r.fd, ringOffsetSQEs, 64*int(p.sqEntries)); err != nil {
		return err
	}
	r.sqTail, r.cqHead, r.cqTail = r.word(p.sqTail), r.word(p.cqHead), r.word(p.cqTail)
	// SAFETY: the kernel gave these offsets and sizes for its mappings, which live until close.
	r.sqes = unsafe.Slice((*sqe)(unsafe.Pointer(&r.slots[0])), p.sqEntries)
	r.cqes = unsafe.Slice((*cqe)(unsafe.Pointer(&r.queues[p.cqEntriesOffset])), p.cqEntries) // SAFETY: as above.
	for i := range p.sqEntries {
		*r.word(p.sqArray + 4*i) = i // place i of the queue is slot i, always
	}
	return nil
}

// word is one of the numbers that both sides see.
func (r *uring) word(offset uint32) *uint32 {
	// SAFETY: an aligned offset of the kernel's into its own mapping; bounds are checked here.
	return (*uint32)(unsafe.Pointer(&r.queues[offset : offset+4][0]))
}

func mapRing(fd int, offset int64, size int) ([]byte, error) {
	m, err := unix.Mmap(fd, offset, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return nil, fmt.Errorf("mapping a ring: %w", err)
	}
	return m, nil
}

// probe asks whether the kernel knows operations.
func (r *uring) probe(ops ...int) error {
	const opsMax = 64
	var answer struct {
		lastOp, opsLen uint8
		_              uint16
		_              [3]uint32
		ops            [opsMax]struct {
			op, _ uint8
			flags uint16
			_     uint32
		}
	}
	// SAFETY: answer is live until the call returns, and says how many entries it has room for.
	_, _, errno := syscall.Syscall6(unix.SYS_IO_URING_REGISTER, uintptr(r.fd), ringRegisterProbe,
		uintptr(unsafe.Pointer(&answer)), opsMax, 0, 0)
	if errno != 0 {
		return fmt.Errorf("io_uring_register(probe): %w", errno)
	}
	for _, op := range ops {
		if op > int(answer.lastOp) || answer.ops[op].flags&ringOpSupported == 0 {
			return fmt.Errorf("io_uring has no operation %d", op)
		}
	}
	return nil
}

// queue adds one operation on the socket fd, of which there is room for ringEntries.
// p must be kept, and on the heap, until submit has returned; name comes back with
// the result.
func (r *uring) queue(op uint8, fd int, p []byte, name uint64) {
	tail := *r.sqTail + r.queued
	e := &r.sqes[tail&uint32(len(r.sqes)-1)]
	// SAFETY: p is on the heap, where nothing moves, and the caller keeps it until submit has the result.
	addr := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(p))))
	*e = sqe{op: op, fd: int32(fd), addr: addr, len: uint32(len(p)), msgFlags: unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL, name: name}
	r.queued++
}

// submit has the kernel do what is queued, and calls done with each result: a
// number of bytes, or an errno below zero. Operations that the kernel would not take
// have no result; the caller has assumed so. It reports whether all were taken.
func (r *uring) submit(done func(name uint64, result int32)) bool {
	queued := r.queued
	taken := r.enter()
	for got := r.reap(done); got < taken; got += r.reap(done) {
		r.await(taken - got)
	}
	return taken == queued
}

// enter is io_uring_enter(2), raw for the reason that send and recv are: what is
// queued cannot wait. It returns how many operations the kernel took.
func (r *uring) enter() (taken uint32) {
	tail := *r.sqTail + r.queued
	atomic.StoreUint32(r.sqTail, tail)
	for taken < r.queued {
		n, _, errno := syscall.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(r.queued-taken), 0, 0, 0, 0)
		r.enters.Store(r.enters.Load() + 1)
		if errno == syscall.EINTR {
			continue
		}
		if errno != 0 || n == 0 {
			break // no memory for requests, mostly
		}
		taken += uint32(n)
	}
	atomic.StoreUint32(r.sqTail, tail-(r.queued-taken)) // the kernel looks there only when it is called
	r.ops.Store(r.ops.Load() + uint64(taken))
	r.queued = 0
	return taken
}

// reap hands over the results that are there.
func (r *uring) reap(done func(uint64, int32)) uint32 {
	head, tail := *r.cqHead, atomic.LoadUint32(r.cqTail)
	for i := head; i != tail; i++ {
		c := &r.cqes[i&uint32(len(r.cqes)-1)]
		done(c.name, c.result)
	}
	atomic.StoreUint32(r.cqHead, tail)
	return tail - head
}

// await waits for results that are late. By what MSG_DONTWAIT means there are none;
// but memory that the kernel may still write to must not be given back, so it is
// not left to that.
func (r *uring) await(missing uint32) {
	syscall.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), 0, uintptr(missing), ringEnterGetEvents, 0, 0)
}

func (r *uring) close() {
	if r.slots != nil {
		unix.Munmap(r.slots)
	}
	if r.queues != nil {
		unix.Munmap(r.queues)
	}
	unix.Close(r.fd)
}

func ringSetup(entries uint32, p *ringParams) (fd int, errno syscall.Errno) {
	// SAFETY: p is live until the call returns; the kernel keeps no pointer.
	n, _, errno := syscall.Syscall(unix.SYS_IO_URING_SETUP, uintptr(entries), uintptr(unsafe.Pointer(p)), 0)
	return int(n), errno
}

// trialBytes is more than the compiler keeps on a stack.
const trialBytes = 128 << 10

// tryRing makes a ring and uses it on a pair of sockets, in the way in which it will be
// used: seccomp filters, sandboxes that imitate the kernel and old kernels each lack
// something else, and some say so only when it is asked for.
func tryRing() error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	r, err := openRing()
	if err != nil {
		return why(err)
	}
	defer r.close()
	trial := append(make([]byte, 0, trialBytes), "hello"...) // too large for a stack, which may move
	words, heard := trial[:5], trial[5:trialBytes]
	results := [3]int32{-1, -1, -1}
	r.queue(ringOpRecv, pair[1], heard, 0) // has nothing to read yet
	r.queue(ringOpSend, pair[0], words, 1)
	r.queue(ringOpRecv, pair[1], heard, 2)
	r.submit(func(name uint64, result int32) { results[name] = result })
	if want := [3]int32{-int32(syscall.EAGAIN), 5, 5}; results != want || string(heard[:5]) != "hello" {
		return fmt.Errorf("a trial of recv, send, recv gave %v, want %v", results, want)
	}
	return nil
}

// why adds what an administrator may have done.
func why(err error) error {
	if !errors.Is(err, syscall.EPERM) && !errors.Is(err, syscall.ENOSYS) {
		return err
	}
	if text, _ := os.ReadFile("/proc/sys/kernel/io_uring_disabled"); len(text) > 0 && text[0] != '0' {
		return fmt.Errorf("%w: kernel.io_uring_disabled is %c", err, text[0])
	}
	if errors.Is(err, syscall.EPERM) {
		return fmt.Errorf("%w: forbidden by a seccomp filter or a security module, as containers have", err)
	}
	return fmt.Errorf("%w: not in this kernel, or hidden by a seccomp filter", err)
}
