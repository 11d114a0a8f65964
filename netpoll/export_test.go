package netpoll

// Tick is one of the watch, when a test wants it.
func (g *Group) Tick() {
	g.watch.mu.Lock()
	defer g.watch.mu.Unlock()
	g.watch.look()
}
