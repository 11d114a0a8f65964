package router

// This file holds the request methods and sets of them. A Method is a small
// integer so that a set is one word and a leaf finds its route by counting bits.

// Method is a request method. The numbers are those of the parser, so that a
// request's method reaches the table without a conversion.
type Method uint8

// MethodAny is the method of a pattern that names none. Asked of
// [Table.Lookup] it stands for a method outside the other nine: only routes
// without a method match it.
const (
	MethodAny Method = iota
	MethodGet
	MethodHead
	MethodPost
	MethodPut
	MethodPatch
	MethodDelete
	MethodConnect
	MethodOptions
	MethodTrace

	methodCount = iota
)

const methodList = "GET, HEAD, POST, PUT, PATCH, DELETE, CONNECT, OPTIONS or TRACE"

var methodNames = [methodCount]string{
	"ANY", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE",
}

// String returns the method's name, "ANY" for [MethodAny].
func (m Method) String() string {
	if m < methodCount {
		return methodNames[m]
	}
	return "Method(?)"
}

// methodByName finds one of the nine; names are case-sensitive (RFC 9110 §9.1).
func methodByName(s string) (Method, bool) {
	for m := MethodGet; m < methodCount; m++ {
		if methodNames[m] == s {
			return m, true
		}
	}
	return 0, false
}

// MethodSet is a set of methods: bit m stands for Method m.
type MethodSet uint16

// Has reports whether m is in the set.
func (s MethodSet) Has(m Method) bool { return m < methodCount && s&m.bit() != 0 }

// Append appends the set as an Allow field value, "GET, HEAD, POST", in the
// order of the constants. MethodAny has no name there and is left out.
func (s MethodSet) Append(dst []byte) []byte {
	sep := ""
	for m := MethodGet; m < methodCount; m++ {
		if s.Has(m) {
			dst = append(dst, sep...)
			dst = append(dst, methodNames[m]...)
			sep = ", "
		}
	}
	return dst
}

// String returns the set as [MethodSet.Append] writes it.
func (s MethodSet) String() string { return string(s.Append(nil)) }

func (m Method) bit() MethodSet { return 1 << m }

// answering[m] holds the pattern methods that answer a request of method m.
var answering = func() (a [methodCount]MethodSet) {
	for m := range a {
		a[m] = Method(m).bit() | MethodAny.bit()
	}
	a[MethodHead] |= MethodGet.bit()
	return a
}()

// withHead adds HEAD where GET is: the GET route answers it.
func (s MethodSet) withHead() MethodSet {
	if s.Has(MethodGet) {
		s |= MethodHead.bit()
	}
	return s
}
