package main

// This file decides for which types there is code, and of what form each member is. What has no form of its own is left to the plan.

import (
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

const (
	formPlan    = "plan"
	formStruct  = "struct"
	formStrings = "[]string"
	formStructs = "[]struct"
)

// model is what the file is about.
type model struct {
	pkg     *types.Package
	structs []*structType
	known   map[*types.TypeName]*structType
	methods []*types.Interface // of types that have a word in their own form
	writes  []*types.Interface // those of them that are for writing: MarshalJSON, MarshalText
	imports map[string]bool
}

// structType is a type that gets code.
type structType struct {
	name    string
	typ     *types.Named
	members []member
	address bool // how it is written depends on whether it has an address, so the plan writes it
}

// member is one member of it.
type member struct {
	field
	form string
}

// at is the member in Go.
func (m member) at() string {
	at := "v"
	for _, v := range m.path {
		at += "." + v.Name()
	}
	return at
}

func newModel(pkg *types.Package) *model {
	m := &model{pkg: pkg, known: map[*types.TypeName]*structType{}, imports: map[string]bool{}}
	bytes, fault := types.NewSlice(types.Typ[types.Byte]), types.Universe.Lookup("error").Type()
	for _, name := range []string{"MarshalJSON", "MarshalText"} {
		m.methods = append(m.methods, method(name, nil, []types.Type{bytes, fault}))
	}
	m.writes = m.methods
	for _, name := range []string{"UnmarshalJSON", "UnmarshalText"} {
		m.methods = append(m.methods, method(name, []types.Type{bytes}, []types.Type{fault}))
	}
	return m
}

// method makes an interface of one method.
func method(name string, params, results []types.Type) *types.Interface {
	tuple := func(list []types.Type) *types.Tuple {
		var vars []*types.Var
		for _, t := range list {
			vars = append(vars, types.NewParam(token.NoPos, nil, "", t))
		}
		return types.NewTuple(vars...)
	}
	f := types.NewFunc(token.NoPos, nil, name, types.NewSignatureType(nil, nil, nil, tuple(params), tuple(results), false))
	return types.NewInterfaceType([]*types.Func{f}, nil).Complete()
}

// choose takes the types of these names, or all, and the structs that they consist of.
func (m *model) choose(names []string) error {
	var faults []error
	for _, name := range names {
		if err := m.refusal(name); err != nil {
			faults = append(faults, err)
		}
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	if len(names) == 0 {
		names = slices.DeleteFunc(m.pkg.Scope().Names(), func(name string) bool { return m.refusal(name) != nil })
		if len(names) == 0 {
			return fmt.Errorf("package %s has no struct type that there could be code for", m.pkg.Name())
		}
	}
	for _, name := range names {
		m.add(m.pkg.Scope().Lookup(name).(*types.TypeName))
	}
	slices.SortFunc(m.structs, func(a, b *structType) int { return strings.Compare(a.name, b.name) })
	return nil
}

// refusal says why there is no code for a type.
func (m *model) refusal(name string) error {
	object := m.pkg.Scope().Lookup(name)
	if object == nil {
		return fmt.Errorf("type %s is not in package %s: types that are declared in a function or in a test file cannot be named here", name, m.pkg.Name())
	}
	tn, ok := object.(*types.TypeName)
	if !ok {
		return fmt.Errorf("%s is not a type", name)
	}
	if tn.IsAlias() {
		return fmt.Errorf("%s is an alias of %s: name that type, in its own package", name, types.Unalias(tn.Type()))
	}
	t := tn.Type().(*types.Named)
	s, isStruct := t.Underlying().(*types.Struct)
	switch {
	case t.TypeParams().Len() > 0:
		return fmt.Errorf("%s is generic, and there is no one code for all that it can be: the plan reads and writes it", name)
	case !isStruct:
		return fmt.Errorf("%s is no struct but %s: name the structs that it holds, and the plan will use their code", name, t.Underlying())
	case m.hasMethods(t):
		return fmt.Errorf("%s has methods of its own for JSON or text, which are called: code would not be used", name)
	case s.NumFields() == 0 || len(structFields(t)) == 0:
		return fmt.Errorf("%s has no member in JSON: nothing is to be gained", name)
	}
	return nil
}

// add takes a type, and those that it consists of.
func (m *model) add(tn *types.TypeName) {
	if m.known[tn] != nil {
		return
	}
	t := tn.Type().(*types.Named)
	s := &structType{name: tn.Name(), typ: t, address: m.mindsAddress(t)}
	m.known[tn] = s
	m.structs = append(m.structs, s)
	for _, f := range structFields(t) {
		form := formPlan
		if !f.quoted && !f.hops && m.reaches(f) {
			form = m.form(f.typ)
		}
		s.members = append(s.members, member{f, form})
		if strings.HasSuffix(form, formStruct) {
			m.add(m.target(f.typ).Obj())
		}
	}
}

// reaches reports whether code of this package can name all fields on the way to a member.
func (m *model) reaches(f field) bool {
	return !slices.ContainsFunc(f.path, func(v *types.Var) bool { return !v.Exported() && v.Pkg() != m.pkg })
}

// target is the struct type that a pointer or slice is of, or the type itself.
func (m *model) target(t types.Type) *types.Named {
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		t = u.Elem()
	case *types.Slice:
		t = u.Elem()
	}
	return types.Unalias(t).(*types.Named)
}

// form is what a type is to the code.
func (m *model) form(t types.Type) string {
	t = types.Unalias(t)
	if m.hasMethods(t) || !m.canName(t) {
		return formPlan
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return basicForm(t, u)
	case *types.Pointer:
		if form := m.form(u.Elem()); t == u && (isLeaf(form) || form == formStruct) {
			return "*" + form
		}
	case *types.Slice:
		if elem := types.Unalias(u.Elem()); elem == types.Typ[types.String] {
			return formStrings
		} else if m.form(elem) == formStruct {
			return formStructs
		}
	case *types.Struct:
		if named, ok := t.(*types.Named); ok && named.Obj().Pkg() == m.pkg && named.Obj().Parent() == m.pkg.Scope() &&
			named.TypeArgs().Len() == 0 && m.refusal(named.Obj().Name()) == nil {
			return formStruct
		}
	}
	return formPlan
}

// basicForm is form for what is declared as a scalar.
func basicForm(t types.Type, b *types.Basic) string {
	if types.TypeString(t, nil) == "encoding/json.Number" || b.Kind() == types.Uintptr || b.Info()&(types.IsBoolean|types.IsInteger|types.IsFloat|types.IsString) == 0 {
		return formPlan
	}
	return types.Typ[b.Kind()].Name()
}

func isLeaf(form string) bool {
	return form != formPlan && form != formStruct && !strings.HasPrefix(form, "*") && !strings.HasPrefix(form, "[]")
}

// hasMethods reports whether a type, or the pointer to it, has a word in its own form.
func (m *model) hasMethods(t types.Type) bool { return has(t, m.methods) }

func has(t types.Type, methods []*types.Interface) bool {
	return slices.ContainsFunc(methods, func(i *types.Interface) bool {
		return types.Implements(t, i) || types.Implements(types.NewPointer(t), i)
	})
}

// mindsAddress reports whether a value is written in another way if it has an address, as jsonfast's function of that name does.
func (m *model) mindsAddress(t types.Type) bool {
	t = types.Unalias(t)
	if has(t, m.writes) {
		return !types.Implements(t, m.writes[0]) && (types.Implements(types.NewPointer(t), m.writes[0]) || !types.Implements(t, m.writes[1]))
	}
	switch u := t.Underlying().(type) {
	case *types.Array:
		return m.mindsAddress(u.Elem())
	case *types.Struct:
		for i := range u.NumFields() {
			if m.mindsAddress(u.Field(i).Type()) {
				return true
			}
		}
	}
	return false
}

// canName reports whether the file can name a type: it is of this package, or exported.
func (m *model) canName(t types.Type) bool {
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == m.pkg {
		return true
	}
	return named.Obj().Exported() && named.TypeArgs().Len() == 0
}
