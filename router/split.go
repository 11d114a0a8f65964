package router

// This file holds the first look at a path: one pass finds where its segments
// are, whether it holds an escape, and whether it is unclean.
//
// Only literal slashes separate. For a path with escapes, unescape makes a copy
// with each segment decoded and a '/' before it, split the same way, so that the
// matching code never knows the difference; the offsets of the raw path are
// kept for the params.

// query is the state of one lookup. It lives on the stack.
type query struct {
	text  []byte                  // what is matched: the path, or its decoded copy
	at    [segmentsMax + 2]uint16 // at[i] is the '/' before segment i; at[n] the end
	n     int                     // number of segments, may exceed len(at)
	want  MethodSet               // pattern methods that answer
	slash bool                    // a route answers text + "/" exactly
	rest  bool                    // what was found took more than the slash by a wildcard
	steps int                     // nodes visited and matchers tried; read by tests
}

// segment returns segment i. i must be below n, and is below segmentsMax
// because no branch of the table is deeper.
func (q *query) segment(i int) []byte { return q.text[int(q.at[i])+1 : q.at[i+1]] }

// mark notes that a segment begins, or the text ends, at offset off.
func (q *query) mark(i, off int) {
	if i < len(q.at) {
		q.at[i] = uint16(off)
	}
}

// split finds the segments of path, which begins with '/'.
func (q *query) split(path []byte) (escaped, unclean bool) {
	q.text = path
	from := 0 // the '/' before the segment at hand
	for i := 1; i < len(path); i++ {
		switch path[i] {
		case '%':
			escaped = true
		case '/':
			unclean = unclean || i == from+1 || isDots(path[from+1:i])
			q.mark(q.n, from)
			q.n++
			from = i
		}
	}
	unclean = unclean || isDots(path[from+1:])
	q.mark(q.n, from)
	q.n++
	q.mark(q.n, len(path))
	return escaped, unclean
}

// isDots keeps the call to dots off the path of segments that begin otherwise.
func isDots(seg []byte) bool {
	return len(seg) > 0 && (seg[0] == '.' || seg[0] == '%') && dots(seg) > 0
}

// unescape sets q to the decoded form of path, using buf, which must have room
// for it. It reports false if an escape is invalid or hides a dot segment.
func (q *query) unescape(path, buf []byte) bool {
	buf, from := buf[:0], 0
	for i := 1; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		q.mark(q.n, len(buf))
		q.n++
		buf = append(buf, '/')
		seg := len(buf)
		var ok bool
		if buf, ok = AppendUnescaped(buf, path[from+1:i]); !ok || hidesDots(buf[seg:]) {
			return false
		}
		from = i
	}
	q.mark(q.n, len(buf))
	q.text = buf
	return true
}
