package parser

// request-target = origin-form / absolute-form / authority-form / asterisk-form (RFC 9112 §3.2)
//
// Origin-form stays on the straight line in walk.go. Here are the three that are rare at an origin server.

// takeApart divides a target that is not in origin-form. Its bytes are known to be valid.
func (h *Head) takeApart(buf []byte, lim *Limits) Status {
	h.Path, h.Query, h.HasQuery = Span{}, Span{}, false
	switch t := h.Target.In(buf); {
	case h.Method == MethodConnect:
		return h.authorityForm(buf)
	case len(t) == 1 && t[0] == '*':
		return h.asteriskForm()
	}
	return h.absoluteForm(buf, int(h.Target.Off), h.Target.End(), lim)
}

// authorityForm: host and port of a tunnel, both required (RFC 9110 §9.3.6).
func (h *Head) authorityForm(buf []byte) Status {
	port, ok := parseAuthority(h.Target.In(buf))
	if !ok || port <= 0 {
		return BadAuthority
	}
	h.Form, h.Host = FormAuthority, h.Target
	return OK
}

// asteriskForm: OPTIONS about the server as a whole (RFC 9112 §3.2.4).
func (h *Head) asteriskForm() Status {
	if h.Method != MethodOptions {
		return BadTargetForm
	}
	h.Form, h.Path = FormAsterisk, h.Target
	return OK
}

// absoluteForm: scheme "://" authority path-abempty [ "?" query ]. Its authority overrides Host (RFC 9112
// §3.2.2). An empty host is invalid for http (RFC 9110 §4.2.1) and userinfo is refused (§4.2.4).
func (h *Head) absoluteForm(buf []byte, from, to int, lim *Limits) Status {
	t := buf[from:to]
	scheme := 0
	for scheme < len(t) && t[scheme] != ':' {
		scheme++
	}
	secured := equalFold(t[:scheme], "https")
	if !secured && !equalFold(t[:scheme], "http") {
		return BadTargetForm
	}
	host := scheme + len("://")
	if len(t) < host || t[scheme+1] != '/' || t[scheme+2] != '/' {
		return BadTargetForm
	}

	path := host
	for path < len(t) && t[path] != '/' && t[path] != '?' {
		path++
	}
	if _, ok := parseAuthority(t[host:path]); !ok {
		return BadAuthority
	}
	if secured != lim.Secured {
		return MisdirectedScheme
	}
	query := path
	for query < len(t) && t[query] != '?' {
		query++
	}
	h.Form, h.Host = FormAbsolute, span(from+host, from+path)
	if query == len(t) {
		h.splitQuery(from+path, 0, to)
	} else {
		h.splitQuery(from+path, from+query, to)
	}
	return OK
}
