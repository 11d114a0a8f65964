package netpoll

// The backends of Linux.

// backends are those of this system, the best one first.
func backends() []*Backend { return []*Backend{Epoll(), Std()} }
