package jsonfast

// This file holds Options, with which encoding/json's ways are left for faster or stricter ones.

// Options says how a call departs from encoding/json. The zero value does not, and is what the functions of the same
// name use. Options may be copied and used by many goroutines.
type Options struct {
	// NoHTMLEscape leaves <, > and & in strings as they are.
	NoHTMLEscape bool
	// UnsortedKeys writes a map's members in whatever order they come.
	UnsortedKeys bool

	// DisallowUnknownFields makes a member without a field an error.
	DisallowUnknownFields bool
	// RejectDuplicates makes an object with two members of one name a DuplicateNameError, wherever in the text it is: in what
	// no field takes, in a json.RawMessage and in what an Unmarshaler is given as well. Names are compared as they are
	// meant, with their escapes undone; those that differ by case are not the same, even if one field takes both. The text
	// is looked through for that before the target is touched.
	RejectDuplicates bool
	// NoUTF8Check leaves bytes in strings as they are if they are no UTF-8, where otherwise each becomes U+FFFD. It is for
	// reading: what is written is always UTF-8.
	NoUTF8Check bool
	// UseNumber makes a number that goes into an empty interface a json.Number and no float64.
	UseNumber bool
	// OnePass does not read the input to its end before the target is touched. Errors are the same; but what was read
	// before a fault of syntax has been stored by then, and Unmarshalers have been called.
	OnePass bool
	// BorrowStrings makes strings point into the input where they can. Nobody may write to the input for as long as
	// one of them lives: never use it on a request's body, whose memory is used again.
	BorrowStrings bool
}
