package main

// This file writes the function that writes a struct. If the first member is always there, the brackets, commas and names are
// constants; if not, each member has its comma, and the first comma becomes the bracket in the end.

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	appendBytesMax = 16 // bytes of a constant that the compiler appends without a call
	leadBytesMax   = 32 // jsonfast.LeadBytesMax
)

// lead is the name of what stands before the string that is member n.
func (s *structType) lead(n int) string { return fmt.Sprintf("leadJSON%s%d", s.name, n) }

// leads writes what stands before the strings of a type.
func (m *model) leads(p *printer, s *structType) {
	p.line("var (")
	for n, member := range s.members {
		comma := ","
		if n == 0 && condition(member) == "" {
			comma = "{"
		}
		if text := comma + strconv.Quote(member.name) + `:"`; member.form == "string" && hasWriter(member) && len(text) <= leadBytesMax {
			p.line("%s = jsonfast.NewLead(%s)", s.lead(n), goString(text))
		}
	}
	p.line(")\n")
}

func (m *model) writer(p *printer, s *structType) {
	p.line("func %s(s jsonfast.Sink, b []byte, v *%s) ([]byte, error) {", s.writer(), s.name)
	if m.canFail(s) {
		p.line("var err error")
	}
	first := s.members[0]
	certain := hasWriter(first) && condition(first) == ""
	if !certain {
		p.line("start := len(b)")
	}
	for n, member := range s.members {
		if !hasWriter(member) {
			p.line("if b, err = %s.Member(s, b, %d, v); err != nil {\nreturn b, err\n}", s.codec(), n)
			continue
		}
		key := "," + strconv.Quote(member.name) + ":"
		if certain && n == 0 {
			key = "{" + key[1:]
		}
		c := condition(member)
		if c != "" {
			p.line("if %s {", c)
		}
		if member.form == "string" && len(key)+len(`"`) <= leadBytesMax {
			p.line("b = s.Text(b, &%s, string(%s))", s.lead(n), member.at())
		} else {
			m.writeValue(p, s, n, key)
		}
		if c != "" {
			p.line("}")
		}
	}
	if !certain {
		p.line("if len(b) == start {\nreturn append(b, \"{}\"...), nil\n}")
		p.line("b[start] = '{'")
	}
	p.line("return append(b, '}'), nil")
	p.line("}\n")
}

// hasWriter reports whether there is code for a member: the plan writes it if its name has something for HTML in it, or something that Go
// writes in another way.
func hasWriter(m member) bool {
	return m.form != formPlan && !m.omitZero && !strings.ContainsAny(m.name, "<>&") && strconv.Quote(m.name) == `"`+m.name+`"`
}

// canFail reports whether anything that the function of a type calls returns an error.
func (m *model) canFail(s *structType) bool {
	return slices.ContainsFunc(s.members, func(member member) bool {
		return !hasWriter(member) || strings.Contains(member.form, "float") || strings.HasSuffix(member.form, formStruct)
	})
}

// condition is what must hold for a member to be written, if it may be left out.
func condition(m member) string {
	switch {
	case !m.omitEmpty || m.form == formStruct:
		return ""
	case m.form[0] == '*':
		return m.at() + " != nil"
	case m.form[0] == '[':
		return "len(" + m.at() + ") > 0"
	case m.form == "string":
		return m.at() + ` != ""`
	case m.form == "bool":
		return "bool(" + m.at() + ")"
	}
	return m.at() + " != 0"
}

// constant writes how a constant is appended.
func constant(p *printer, text string) {
	for len(text) > 0 {
		n := min(len(text), appendBytesMax)
		p.line("b = append(b, %s...)", goString(text[:n]))
		text = text[n:]
	}
}

// scalarWriters is how a form is appended.
var scalarWriters = map[string]string{
	"bool": "jsonfast.AppendBool(b, bool(%s))", "string": "s.String(b, string(%s))", "float64": "s.Float(b, float64(%s)); err != nil {\nreturn b, err\n}", "float32": "s.Float32(b, float32(%s)); err != nil {\nreturn b, err\n}",
	"int": "jsonfast.AppendInt(b, int64(%s))", "int8": "jsonfast.AppendInt(b, int64(%s))", "int16": "jsonfast.AppendInt(b, int64(%s))",
	"int32": "jsonfast.AppendInt(b, int64(%s))", "int64": "jsonfast.AppendInt(b, int64(%s))",
	"uint": "jsonfast.AppendUint(b, uint64(%s))", "uint8": "jsonfast.AppendUint(b, uint64(%s))", "uint16": "jsonfast.AppendUint(b, uint64(%s))",
	"uint32": "jsonfast.AppendUint(b, uint64(%s))", "uint64": "jsonfast.AppendUint(b, uint64(%s))",
	formStrings: "s.Strings(b, []string(%s))",
}

// writeValue writes how member n is appended, with its name.
func (m *model) writeValue(p *printer, s *structType, n int, key string) {
	member := s.members[n]
	at, form := member.at(), member.form
	base := strings.TrimPrefix(form, "*")
	child := &structType{}
	if strings.HasSuffix(form, formStruct) {
		child = m.known[m.target(member.typ).Obj()]
		if child.address { // its code is the plan
			p.line("if b, err = %s.Member(s, b, %d, v); err != nil {\nreturn b, err\n}", s.codec(), n)
			return
		}
	}
	nullable := form[0] == '*' || form == formStructs
	if form == "*"+formStruct || form == formStructs {
		p.line("if %s == nil {", at)
		constant(p, key+"null")
		p.line("} else if s.IsDeep() {\nif b, err = %s.Member(s, b, %d, v); err != nil {\nreturn b, err\n}\n} else {", s.codec(), n)
		constant(p, key)
	} else if constant(p, key); nullable {
		p.line("if %s == nil {\nb = append(b, `null`...)\n} else {", at)
	}
	switch {
	case scalarWriters[base] != "":
		if base != form {
			at = "*" + at
		}
		call := scalarWriters[base]
		if strings.HasPrefix(call, "s.Float") {
			p.line("if b, err = "+call, at)
		} else {
			p.line("b = "+call, at)
		}
	case form == formStructs:
		p.line("b = append(b, '[')")
		p.line("for j := range %s {", at)
		p.line("if j > 0 {\nb = append(b, ',')\n}")
		p.line("if b, err = %s(s.Below(), b, &%s[j]); err != nil {\nreturn b, err\n}", child.writer(), at)
		p.line("}\nb = append(b, ']')")
	case form == formStruct:
		p.line("if b, err = %s(s, b, &%s); err != nil {\nreturn b, err\n}", child.writer(), at)
	default:
		p.line("if b, err = %s(s.Below(), b, %s); err != nil {\nreturn b, err\n}", child.writer(), at)
	}
	if nullable {
		p.line("}")
	}
}
