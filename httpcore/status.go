package httpcore

// Status codes and their phrases (RFC 9110 §15 and the IANA registry). A table
// of our own, because importing net/http for it would link a second server.

const (
	statusPermanentRedirect   = 308
	statusBadRequest          = 400
	statusNotFound            = 404
	statusMethodNotAllowed    = 405
	statusRequestTimeout      = 408
	statusContentTooLarge     = 413
	statusInternalServerError = 500
	statusNotImplemented      = 501
	statusServiceUnavailable  = 503
)

// reasonPhrase is the usual phrase of a code, empty if it has none: the phrase
// is optional (RFC 9112 §4).
func reasonPhrase(code int) string {
	if i := code - 200; 0 <= i && i < len(phrases) {
		return phrases[i]
	}
	return ""
}

// phrases of the final codes, from 200 on.
var phrases = [...]string{
	200 - 200: "OK",
	201 - 200: "Created",
	202 - 200: "Accepted",
	203 - 200: "Non-Authoritative Information",
	204 - 200: "No Content",
	205 - 200: "Reset Content",
	206 - 200: "Partial Content",
	207 - 200: "Multi-Status",
	208 - 200: "Already Reported",
	226 - 200: "IM Used",
	300 - 200: "Multiple Choices",
	301 - 200: "Moved Permanently",
	302 - 200: "Found",
	303 - 200: "See Other",
	304 - 200: "Not Modified",
	305 - 200: "Use Proxy",
	307 - 200: "Temporary Redirect",
	308 - 200: "Permanent Redirect",
	400 - 200: "Bad Request",
	401 - 200: "Unauthorized",
	402 - 200: "Payment Required",
	403 - 200: "Forbidden",
	404 - 200: "Not Found",
	405 - 200: "Method Not Allowed",
	406 - 200: "Not Acceptable",
	407 - 200: "Proxy Authentication Required",
	408 - 200: "Request Timeout",
	409 - 200: "Conflict",
	410 - 200: "Gone",
	411 - 200: "Length Required",
	412 - 200: "Precondition Failed",
	413 - 200: "Content Too Large",
	414 - 200: "Request URI Too Long",
	415 - 200: "Unsupported Media Type",
	416 - 200: "Range Not Satisfiable",
	417 - 200: "Expectation Failed",
	418 - 200: "I'm a teapot",
	421 - 200: "Misdirected Request",
	422 - 200: "Unprocessable Content",
	423 - 200: "Locked",
	424 - 200: "Failed Dependency",
	425 - 200: "Too Early",
	426 - 200: "Upgrade Required",
	428 - 200: "Precondition Required",
	429 - 200: "Too Many Requests",
	431 - 200: "Request Header Fields Too Large",
	451 - 200: "Unavailable For Legal Reasons",
	500 - 200: "Internal Server Error",
	501 - 200: "Not Implemented",
	502 - 200: "Bad Gateway",
	503 - 200: "Service Unavailable",
	504 - 200: "Gateway Timeout",
	505 - 200: "HTTP Version Not Supported",
	506 - 200: "Variant Also Negotiates",
	507 - 200: "Insufficient Storage",
	508 - 200: "Loop Detected",
	510 - 200: "Not Extended",
	511 - 200: "Network Authentication Required",
}
