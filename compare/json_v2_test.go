//go:build goexperiment.jsonv2

package compare

// This file adds encoding/json/v2 to the JSON comparison, and holds RejectDuplicates to it. It needs a toolchain that builds with it:
//
//	GOEXPERIMENT=jsonv2 go test -C compare -run JSON -bench 'JSON$/(decode|encode)/(message|user|order1k)' -benchmem
//
// encoding/json itself, which is std here, is another engine then as well.

import (
	"encoding/json/jsontext"
	jsonv2 "encoding/json/v2"
	"errors"
	"strings"
	"testing"

	"github.com/covetgo/covet/jsonfast"
)

func init() {
	// Lists that are nil are null, and neither names that come twice nor invalid UTF-8 are errors, as with all others: to find
	// them is work. What else differs from version 1 stays: names in their case only, no escapes for HTML, maps in no order.
	lax := jsonv2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	nils := jsonv2.JoinOptions(lax, jsonv2.FormatNilSliceAsNull(true), jsonv2.FormatNilMapAsNull(true))
	jsonDefaults = append(jsonDefaults, jsonContender{"jsonv2", false,
		func(data []byte, v any) error { return jsonv2.Unmarshal(data, v, lax) },
		func(buf []byte, v any) ([]byte, error) {
			w := appender(buf)
			err := jsonv2.MarshalWrite(&w, v, nils)
			return w, err
		},
		func(data []byte) bool { return jsontext.Value(data).IsValid(lax) },
	})
}

// appender is a writer into a buffer that is used again.
type appender []byte

func (a *appender) Write(b []byte) (int, error) {
	*a = append(*a, b...)
	return len(b), nil
}

// TestJSONDuplicatesAgree holds that we and encoding/json/v2 find a name that comes twice in the same texts.
func TestJSONDuplicatesAgree(t *testing.T) {
	texts := []string{`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"a":1,"A":2}`, `[{"a":1},{"a":1}]`, `{"a":{"b":1},"c":[{"b":1,"b":2}]}`, `{"":1,"":2}`, `{"` + strings.Repeat(`n":1,"m`, 30) + `":2}`}
	for _, d := range documents {
		texts = append(texts, string(d.text()))
	}
	for _, text := range texts {
		var ours *jsonfast.DuplicateNameError
		found := errors.As(jsonfast.Options{RejectDuplicates: true}.Unmarshal([]byte(text), new(any)), &ours)
		want := errors.Is(jsonv2.Unmarshal([]byte(text), new(any), jsontext.AllowInvalidUTF8(true)), jsontext.ErrDuplicateName)
		if found != want {
			t.Errorf("%.80q: %v, encoding/json/v2 %v", text, found, want)
		}
	}
}
