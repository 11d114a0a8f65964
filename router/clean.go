package router

// This file holds what makes a path unclean and how it is cleaned.
//
// A segment is a dot segment if it is "." or "..", with any of its dots also
// written %2e: RFC 3986 §6.2.2.2 says they are the same, and a handler that
// decodes its parameter must not be the first to find out. An empty segment is
// one between two slashes; the one after a trailing slash does not count.
//
// Invariants, held by fuzzing: the clean path begins with exactly one '/', is
// never unclean itself, and cleaning it again changes nothing.

import "bytes"

// AppendClean appends the clean form of path to dst: without empty and dot
// segments, ".." having removed the segment before it, and never above "/". A
// trailing slash is kept, as net/http does. It is the target to redirect to for
// [Unclean] and, with "/" after it, for [RedirectSlash]: a backslash comes out
// as %5C, so that no browser reads the result as "//host". The bytes of path and
// dst must not overlap.
func AppendClean(dst, path []byte) []byte {
	base := len(dst)
	for rest := path; len(rest) > 0; {
		var seg []byte
		seg, rest, _ = bytes.Cut(rest, slash)
		switch {
		case len(seg) == 0:
		case dots(seg) == 1:
		case dots(seg) == 2:
			dst = dst[:max(base, base+bytes.LastIndexByte(dst[base:], '/'))]
		default:
			dst = appendSegment(append(dst, '/'), seg)
		}
	}
	if len(dst) == base || len(path) > 0 && path[len(path)-1] == '/' {
		dst = append(dst, '/')
	}
	return dst
}

var slash = []byte{'/'}

func appendSegment(dst, seg []byte) []byte {
	for _, c := range seg {
		if c == '\\' {
			dst = append(dst, "%5C"...)
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// dots returns 1 or 2 for a dot segment and 0 for any other.
func dots(seg []byte) int {
	n, i := 0, 0
	for ; i < len(seg) && n < 3; n++ {
		switch {
		case seg[i] == '.':
			i++
		case len(seg)-i >= 3 && seg[i] == '%' && seg[i+1] == '2' && seg[i+2]|0x20 == 'e':
			i += 3
		default:
			return 0
		}
	}
	if i < len(seg) || n > 2 {
		return 0
	}
	return n
}

// hidesDots reports whether a decoded segment holds a ".." that a decoded slash
// separates, as "..%2Fetc" does. No redirect can clean it, since %2F separates
// nothing in a path, and no parameter may carry it.
func hidesDots(decoded []byte) bool {
	if bytes.IndexByte(decoded, '/') < 0 {
		return false
	}
	for part := range bytes.SplitSeq(decoded, slash) {
		if len(part) == 2 && part[0] == '.' && part[1] == '.' {
			return true
		}
	}
	return false
}
