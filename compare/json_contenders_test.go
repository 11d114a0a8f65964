package compare

// This file holds the contenders of the JSON comparison, each by the fastest way that it offers: what encodes into the
// caller's buffer gets one.

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/bytedance/sonic"
	"github.com/bytedance/sonic/encoder"
	goccy "github.com/goccy/go-json"
	"github.com/mailru/easyjson"
	"github.com/mailru/easyjson/jwriter"
	segmentio "github.com/segmentio/encoding/json"

	"github.com/covetgo/covet/jsonfast"
)

// jsonContender is one library in one configuration.
type jsonContender struct {
	name   string
	exact  bool // writes the bytes that encoding/json writes
	decode func(data []byte, v any) error
	encode func(buf []byte, v any) ([]byte, error)
	valid  func(data []byte) bool
}

// jsonDefaults do as encoding/json does, or try to.
var jsonDefaults = []jsonContender{
	{"covet", true, jsonfast.Unmarshal, jsonfast.AppendMarshal, jsonfast.Valid},
	{"sonic", true, sonic.ConfigStd.Unmarshal, sonicEncode(encoder.SortMapKeys | encoder.EscapeHTML | encoder.CompactMarshaler | encoder.ValidateString), sonic.ConfigStd.Valid},
	{"goccy", true, goccy.Unmarshal, goccyEncode(), goccy.Valid},
	{"segmentio", true, segmentio.Unmarshal, segmentioEncode(segmentio.EscapeHTML | segmentio.SortMapKeys), segmentio.Valid},
	{"easyjson", false, easyDecode, easyEncode, nil},
	{"std", true, json.Unmarshal, stdEncode(), json.Valid},
}

// jsonRelaxed may leave HTML as it is, keys unsorted and UTF-8 unchecked. What one of them does check is its affair: we check
// UTF-8 and copy strings that share a buffer with nobody here, as ConfigFastest does not.
var jsonRelaxed = []jsonContender{
	{"covet", false, relaxed.Unmarshal, relaxed.AppendMarshal, nil},
	{"sonic", false, sonic.ConfigFastest.Unmarshal, sonicEncode(encoder.NoValidateJSONMarshaler | encoder.NoQuoteTextMarshaler), nil},
	{"goccy", false, func(data []byte, v any) error { return goccy.UnmarshalNoEscape(data, v) },
		goccyEncode(goccy.UnorderedMap(), goccy.DisableHTMLEscape(), goccy.DisableNormalizeUTF8()), nil},
	{"segmentio", false, segmentioZeroCopy, segmentioEncode(segmentio.TrustRawMessage), nil},
}

var relaxed = jsonfast.Options{NoHTMLEscape: true, UnsortedKeys: true, OnePass: true, BorrowStrings: true}

func sonicEncode(o encoder.Options) func([]byte, any) ([]byte, error) {
	return func(buf []byte, v any) ([]byte, error) {
		err := encoder.EncodeInto(&buf, v, o)
		return buf, err
	}
}

func segmentioEncode(flags segmentio.AppendFlags) func([]byte, any) ([]byte, error) {
	return func(buf []byte, v any) ([]byte, error) { return segmentio.Append(buf, v, flags) }
}

// easyDecode and easyEncode are for types that easyjson has written code for; for others they say so by errNotGenerated.
func easyDecode(data []byte, v any) error {
	if u, ok := v.(easyjson.Unmarshaler); ok {
		return easyjson.Unmarshal(data, u)
	}
	return errNotGenerated
}

func easyEncode(buf []byte, v any) ([]byte, error) {
	m, ok := v.(easyjson.Marshaler)
	if !ok {
		return nil, errNotGenerated
	}
	w := jwriter.Writer{}
	m.MarshalEasyJSON(&w)
	return w.Buffer.BuildBytes(buf), w.Error
}

var errNotGenerated = errors.New("easyjson has no code for this type")

func segmentioZeroCopy(data []byte, v any) error {
	_, err := segmentio.Parse(data, v, segmentio.ZeroCopy)
	return err
}

// goccyEncode does as stdEncode.
func goccyEncode(options ...goccy.EncodeOptionFunc) func([]byte, any) ([]byte, error) {
	return func(buf []byte, v any) ([]byte, error) {
		w := bytes.NewBuffer(buf)
		err := goccy.NewEncoder(w).EncodeWithOption(v, options...)
		return bytes.TrimSuffix(w.Bytes(), []byte("\n")), err
	}
}

// stdEncode writes through an Encoder into a buffer that is used again; its line end is cut off.
func stdEncode() func([]byte, any) ([]byte, error) {
	return func(buf []byte, v any) ([]byte, error) {
		w := bytes.NewBuffer(buf)
		err := json.NewEncoder(w).Encode(v)
		return bytes.TrimSuffix(w.Bytes(), []byte("\n")), err
	}
}
