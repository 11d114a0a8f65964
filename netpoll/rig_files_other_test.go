//go:build !linux

package netpoll_test

// descriptors is how many this process may have: what most systems allow.
func descriptors() int { return 1000 }
