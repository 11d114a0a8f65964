package jsonfast

// This file holds when generated code is used and when it is not. That what it does is right is tested in internal/gentest.

import (
	"encoding/json"
	"reflect"
	"testing"
)

// The types of these tests have code that does something else, so that it shows.
type (
	known   struct{ A int }
	changed struct {
		A int
		B known
	}
	holder struct {
		K known
		C changed
	}
	minding struct{ P ptrJSON }
	byPlan  struct{ K []known }
)

var read int // values by generated code

// use registers it.
func use[T any](members ...string) *Codec[T] {
	c := &Codec[T]{}
	c.Register(members, func(s *Source, i int, v *T) int {
		read++
		return c.Value(s, i, v)
	},
		func(s Sink, b []byte, _ *T) ([]byte, error) { return append(b, "generated"...), nil })
	return c
}

// written is what becomes of v.
func written(t *testing.T, v any) string {
	t.Helper()
	b, err := Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCodecIsUsed(t *testing.T) {
	c := use[known]("int A")
	if !c.InUse() {
		t.Error("the code is not used")
	}
	for _, v := range []any{known{}, &known{}} {
		if got := written(t, v); got != "generated" {
			t.Errorf("%T: %s", v, got)
		}
	}
	if got := written(t, byPlan{make([]known, 2)}); got != `{"K":[generated,generated]}` {
		t.Error(got)
	}
	var v known
	before := read
	if err := Unmarshal([]byte(`{"A":1}`), &v); err != nil || v.A != 1 || read != before+1 {
		t.Errorf("%+v, %v, read %d times", v, err, read-before)
	}
}

// Code that does not fit its type is not used, and neither is other code in the same plan: it might call the first.
func TestCodecThatIsOutOfDate(t *testing.T) {
	for _, members := range [][]string{
		{"int A"}, {"int A", "plan B", "int C"}, {"int8 A", "plan B"}, {"int a", "plan B"}, {"int A", "int B"}, {"*int A", "plan B"}, {"[]int A", "plan B"}, {"int A", "string B"},
	} {
		type other struct{ K known }
		use[known]("int A")
		c := use[changed](members...)
		encPlans, decPlans = [2]cache[encPlan]{}, cache[decPlan]{}
		var v holder
		before := read
		if got := written(t, &v); got != `{"K":{"A":0},"C":{"A":0,"B":{"A":0}}}` {
			t.Errorf("%q: %s", members, got)
		}
		if err := Unmarshal([]byte(`{"K":{"A":1},"C":{"B":{"A":2}}}`), &v); err != nil || v.K.A != 1 || v.C.B.A != 2 || read != before || c.InUse() {
			t.Errorf("%q: %+v, %v", members, v, err)
		}
		if got := written(t, other{}); got != `{"K":generated}` {
			t.Errorf("%q: beside it: %s", members, got)
		}
	}
	encPlans, decPlans = [2]cache[encPlan]{}, cache[decPlan]{}
	c := use[changed]("int A", "struct B")
	if got := written(t, changed{}); got != "generated" || !c.InUse() {
		t.Error(got)
	}
}

// A type that is written in another way if it has an address has no code for that.
func TestCodecMindsAddress(t *testing.T) {
	use[minding]("plan P")
	for _, v := range []any{minding{}, &minding{}, []minding{{}}} {
		want, _ := json.Marshal(v)
		if got := written(t, v); got != string(want) {
			t.Errorf("%T: %s, want %s", v, got, want)
		}
	}
	for v, want := range map[any]bool{ptrJSON{}: true, ptrText{}: true, textInt(0): false, jsonInt(0): false, [2]ptrJSON{}: true, minding{}: true, known{}: false, (*ptrJSON)(nil): false} {
		if got := mindsAddress(reflect.TypeOf(v)); got != want {
			t.Errorf("%T: %v", v, got)
		}
	}
}
