package main

// This file writes the function that reads a struct. It goes through the members in the order of the fields, each of which may be
// missing, and compares the text with a name in its quotes, with its colon. What does not fit leaves by a call of the codec.

import (
	"fmt"
	"strconv"
	"strings"
)

const compareBytesMax = 16 // bytes of a constant that the compiler compares without a call

func (m *model) reader(p *printer, s *structType) {
	p.line("func %s(s *jsonfast.Source, i int, v *%s) int {", s.reader(), s.name)
	p.line("if !s.Open(i) {\nreturn %s.Value(s, i, v)\n}", s.codec())
	p.line("data := s.Data()\ni++")
	for n, member := range s.members {
		key := strconv.Quote(member.name) + ":"
		if !strings.HasPrefix(key, `"`+member.name+`"`) {
			continue // a name with a sign that Go would not print is the plan's affair
		}
		if member.form == "string" {
			key += `"`
		}
		p.line("if rest := data[i:]; %s {", equals("rest", key))
		p.line("i += %d", len(key))
		m.readValue(p, s, n)
		if n == len(s.members)-1 {
			p.line("if i < len(data) && data[i] == '}' {\ns.Close()\nreturn i + 1\n}")
			p.line("return %s.Rest(s, i, %d, v)", s.codec(), n+1)
		} else {
			p.line("if i >= len(data) || data[i] != ',' {\nreturn %s.Rest(s, i, %d, v)\n}", s.codec(), n+1)
			p.line("i++")
		}
		p.line("}")
	}
	p.line("return %s.Members(s, i, %d, v)", s.codec(), len(s.members))
	p.line("}\n")
}

// equals writes the comparison of the start of a slice with a constant, in pieces.
func equals(slice, want string) string {
	conditions := []string{fmt.Sprintf("len(%s) >= %d", slice, len(want))}
	for start := 0; start < len(want); start += compareBytesMax {
		end := min(start+compareBytesMax, len(want))
		conditions = append(conditions, fmt.Sprintf("string(%s[%s:%d]) == %s", slice, strings.TrimPrefix(strconv.Itoa(start), "0"), end, goString(want[start:end])))
	}
	return strings.Join(conditions, " && ")
}

// goString writes a constant, as it is if it can.
func goString(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

// readValue writes how the value at i is read into member n.
func (m *model) readValue(p *printer, s *structType, n int) {
	field := fmt.Sprintf("%s.Field(s, i, %d, v)", s.codec(), n)
	member := s.members[n]
	at, form := member.at(), member.form
	base := strings.TrimPrefix(form, "*")
	if form == "string" { // the quote is behind us
		value := "x"
		if goType := m.goType(member.typ); goType != "string" {
			value = goType + "(x)"
		}
		p.line("x, end := s.Text(i)\nif end < 0 {\nreturn end\n}")
		p.line("%s, i = %s, end", at, value)
		return
	}
	if read, ok := scalarReaders[base]; ok {
		typ := member.typ
		if base != form {
			typ = pointee(typ)
		}
		goType := m.goType(typ)
		p.line("if x, end := s.%s(i); end >= 0%s {", read.method, strings.ReplaceAll(read.fits, "T", goType))
		value := "x"
		if goType != read.result {
			value = goType + "(x)"
		}
		if base != form {
			p.line("if %s == nil {\n%s = new(%s)\n}", at, at, goType)
			at = "*" + at
		}
		p.line("%s, i = %s, end", at, value)
		p.line("} else if i = %s; i < 0 {\nreturn i\n}", field)
		return
	}
	switch form {
	case formStrings:
		to := "&" + at
		if isNamed(member.typ) {
			to = "(*[]string)(" + to + ")"
		}
		p.line("if end := s.Strings(i, %s); end >= 0 {\ni = end\n} else if i = %s; i < 0 {\nreturn i\n}", to, field)
	case formStruct, "*" + formStruct, formStructs:
		m.readStruct(p, s, n, field)
	default:
		p.line("if i = %s; i < 0 {\nreturn i\n}", field)
	}
}

// readStruct is readValue for what other code reads.
func (m *model) readStruct(p *printer, s *structType, n int, field string) {
	member := s.members[n]
	at := member.at()
	child := &structType{name: m.target(member.typ).Obj().Name()}
	switch member.form {
	case formStructs:
		to := "&" + at
		if isNamed(member.typ) {
			to = "(*[]" + child.name + ")(" + to + ")"
		}
		p.line("if i < len(data) && data[i] == '[' && cap(%s) == 0 {", at)
		p.line("clean := s.Clean()")
		p.line("i = %s.Slice(s, i, %s)", child.codec(), to)
	case formStruct:
		p.line("if i < len(data) && data[i] == '{' {")
		p.line("clean := s.Clean()")
		p.line("i = %s(s, i, &%s)", child.reader(), at)
	default:
		p.line("if i < len(data) && data[i] == '{' {")
		p.line("if %s == nil {\n%s = new(%s)\n}", at, at, child.name)
		p.line("clean := s.Clean()")
		p.line("i = %s(s, i, %s)", child.reader(), at)
	}
	p.line("if i < 0 || clean != s.Clean() {\n%s.Blame(s, %d)\n}", s.codec(), n)
	p.line("} else {\ni = %s\n}", field)
	p.line("if i < 0 {\nreturn i\n}")
}

// scalarReader is how a form is read: the method, what it returns, and the condition for the value to fit.
type scalarReader struct{ method, result, fits string }

var scalarReaders = map[string]scalarReader{
	"bool":    {"Bool", "bool", ""},
	"string":  {"String", "string", ""},
	"float64": {"Float", "float64", ""},
	"int64":   {"Int", "int64", ""},
	"uint64":  {"Uint", "uint64", ""},
	"int":     {"Int", "int64", " && int64(T(x)) == x"}, "int8": {"Int", "int64", " && int64(T(x)) == x"},
	"int16": {"Int", "int64", " && int64(T(x)) == x"}, "int32": {"Int", "int64", " && int64(T(x)) == x"},
	"uint": {"Uint", "uint64", " && uint64(T(x)) == x"}, "uint8": {"Uint", "uint64", " && uint64(T(x)) == x"},
	"uint16": {"Uint", "uint64", " && uint64(T(x)) == x"}, "uint32": {"Uint", "uint64", " && uint64(T(x)) == x"},
}
