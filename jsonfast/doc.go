// Package jsonfast reads and writes JSON as encoding/json does, faster.
//
// What it writes is what encoding/json (version 1) writes, byte for byte, and what it reads it reads alike: names that
// differ by case, embedded structs, omitempty, omitzero, the option string, sorted keys, Marshaler, TextMarshaler,
// RawMessage, Number, cycles, depth, and the errors with their offsets, which are encoding/json's own types. [Options]
// lets go of some of that for speed. There is no code made at run time, no private function of the runtime and no copy of its
// data structures: package unsafe is used to reach a field by its offset and to look at a string's bytes.
//
// Layers, each of use without those above it:
//
//   - [Writer] and the Append functions write values into the caller's buffer. They need no reflection and do not
//     allocate.
//   - [Marshal], [AppendMarshal], [Unmarshal] and [UnmarshalOf] do it for any Go type, by a plan that is made when the
//     type is first seen.
//   - [Valid], [AppendCompact] and [AppendIndent] look at JSON without a Go value.
//   - [Encoder] and [Decoder] write and read values, or tokens, one after another.
//   - [Value] finds what is wanted in a text without reading the rest.
//
// Only Encoder and Decoder do I/O, with what they are given. All functions may be used by many goroutines at once, and so may
// Values; a Writer, an Encoder and a Decoder belong to one.
//
// Read in this order: append.go, float.go and escape.go (scalars), writer.go, fields.go (what a struct is in JSON), encode.go
// and encplan.go (Go to JSON), number.go, scan.go, valid.go, structure.go and asm/asm.go (what JSON is), decode.go and
// decplan.go (JSON to Go), names.go; progress.go, stream.go and token.go (streams); lazy.go, lazyskip.go, lazywalk.go and lazyiter.go
// (what is read only when it is asked for). docs/JSON.md is the tour.
package jsonfast
