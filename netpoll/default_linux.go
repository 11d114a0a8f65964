package netpoll

// Default is the best backend of this system.
func Default() *Backend { return Epoll() }
