// Package sonic lets an App write and read JSON with github.com/bytedance/sonic instead of jsonfast:
//
//	app := httpcore.New(httpcore.Config{JSON: sonic.Std})
//
// It is an adapter and an example of one. sonic makes machine code at run time and depends on private parts of the Go
// runtime; docs/JSON.md says why the core does not.
package sonic

import (
	"github.com/bytedance/sonic"
	"github.com/bytedance/sonic/encoder"

	"github.com/covetgo/covet/httpcore"
)

// Codec is one configuration of sonic as an App's codec.
type Codec struct {
	api  sonic.API
	opts encoder.Options
}

// Std does as encoding/json does, as far as sonic goes: what is read is copied out of the request.
var Std httpcore.JSONCodec = Codec{sonic.ConfigStd, encoder.EscapeHTML | encoder.SortMapKeys | encoder.CompactMarshaler | encoder.ValidateString}

// Default is sonic's own default: no escapes for HTML, keys as they come, UTF-8 unchecked. Strings are copied, which sonic's
// default does not do: a request's memory is used again.
var Default httpcore.JSONCodec = Codec{sonic.Config{CopyString: true}.Froze(), 0}

// AppendMarshal appends the JSON of v to dst.
func (c Codec) AppendMarshal(dst []byte, v any) ([]byte, error) {
	err := encoder.EncodeInto(&dst, v, c.opts)
	return dst, err
}

// Unmarshal stores the JSON in data in what v points to.
func (c Codec) Unmarshal(data []byte, v any) error { return c.api.Unmarshal(data, v) }
