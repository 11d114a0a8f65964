package netpoll

// How many connections each peer has. Only a group with ConnsPerIPMax asks: it
// costs a system call per connection, and a lock that all loops share.

import (
	"net"
	"net/netip"
	"sync"
)

// peers counts connections by network. The zero value is empty.
type peers struct {
	mu    sync.Mutex
	conns map[netip.Prefix]int
	slots Slab[peer]
}

// peer is whose connection a slot is: kept as bytes, so that the collector has
// nothing to look at.
type peer struct {
	addr [16]byte
	bits uint8 // of the network; 0: not counted
}

// prefixOf is the network that counts as one peer: an IPv4 address, or the /64
// of an IPv6 address, which one host usually has to itself (RFC 4291 §2.5.4).
func prefixOf(a net.Addr) (netip.Prefix, bool) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}, false
	}
	ip, ok := netip.AddrFromSlice(tcp.IP)
	if !ok {
		return netip.Prefix{}, false
	}
	ip = ip.Unmap()
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, err := ip.Prefix(bits)
	return p, err == nil
}

// add counts one more for slot i. It reports false, and counts nothing, if its
// peer has max of them.
func (p *peers) add(i uint32, addr net.Addr, max int) bool {
	prefix, ok := prefixOf(addr)
	own := p.slots.Grow(i)
	*own = peer{}
	if !ok {
		return true // a Unix socket, or gone already
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns[prefix] >= max {
		return false
	}
	if p.conns == nil {
		p.conns = map[netip.Prefix]int{}
	}
	p.conns[prefix]++
	*own = peer{prefix.Addr().As16(), uint8(prefix.Bits())}
	return true
}

// remove counts one less.
func (p *peers) remove(i uint32) {
	own := p.slots.At(i)
	if own.bits == 0 {
		return
	}
	addr := netip.AddrFrom16(own.addr)
	if own.bits == 32 {
		addr = addr.Unmap()
	}
	prefix := netip.PrefixFrom(addr, int(own.bits))
	*own = peer{}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns[prefix]--; p.conns[prefix] == 0 {
		delete(p.conns, prefix)
	}
}
