package jsonfast

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestNamesOfAllLengths reads structs of many fields, whose names begin and end alike, in the order of the fields and in none, with
// white space where it may be, and with names that differ by case or are no field's.
func TestNamesOfAllLengths(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, count := range []int{0, 1, 2, 3, 31, 32, 33, 300} {
		var fields []reflect.StructField
		for n := range count {
			name := fmt.Sprintf("%s%d%s", strings.Repeat("n", n%23), n, strings.Repeat("e", n%5))
			fields = append(fields, reflect.StructField{Name: fmt.Sprintf("F%d", n), Type: reflect.TypeFor[int](), Tag: reflect.StructTag(`json:"` + name + `"`)})
		}
		typ := reflect.StructOf(fields)
		for round := range 40 {
			order := rng.Perm(count)
			if round%2 == 0 {
				for i := range order {
					order[i] = i
				}
			}
			var b strings.Builder
			space := []string{"", "", " ", "\n\t", "\r\n        ", "  \n                       "}[round%6]
			for _, n := range order {
				name := fields[n].Tag.Get("json")
				switch rng.IntN(12) {
				case 0:
					name = strings.ToUpper(name)
				case 1:
					name += "x"
				case 2:
					continue
				}
				fmt.Fprintf(&b, `%s%s"%s"%s:%s%d%s`, []string{"", ","}[min(b.Len(), 1)], space, name, space, space, n+1, space)
			}
			text := []byte("{" + b.String() + "}")
			got, want := reflect.New(typ), reflect.New(typ)
			if err := Unmarshal(text, got.Interface()); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if err := json.Unmarshal(text, want.Interface()); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Interface(), want.Interface()) {
				t.Errorf("%s\n%+v, encoding/json %+v", text, got.Elem(), want.Elem())
			}
		}
	}
}
