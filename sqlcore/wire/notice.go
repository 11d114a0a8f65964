package wire

// ErrorResponse and NoticeResponse: a list of fields, each a letter and a string (§55.8).

// Field names one field of an error or notice.
type Field byte

// The fields of §55.8.
const (
	FieldSeverity      Field = 'S' // in the language of the server
	FieldSeverityPlain Field = 'V' // never translated; since 9.6
	FieldCode          Field = 'C' // SQLSTATE
	FieldMessage       Field = 'M'
	FieldDetail        Field = 'D'
	FieldHint          Field = 'H'
	FieldPosition      Field = 'P' // in characters of the statement, from 1
	FieldWhere         Field = 'W'
	FieldSchema        Field = 's'
	FieldTable         Field = 't'
	FieldColumn        Field = 'c'
	FieldDataType      Field = 'd'
	FieldConstraint    Field = 'n'
	FieldFile          Field = 'F'
	FieldLine          Field = 'L'
	FieldRoutine       Field = 'R'
)

// Fields reads the fields of an error or notice in the order in which the server wrote them.
type Fields struct {
	b     body
	ended bool
}

// ParseFields begins to read an ErrorResponse or a NoticeResponse.
func ParseFields(message []byte) Fields { return Fields{b: body{rest: message}} }

// Next returns the next field; ok is false at the end. Fields that we do not know come like the others: a frontend
// should ignore them silently.
func (f *Fields) Next() (name Field, value []byte, ok bool) {
	if f.ended || f.b.bad {
		return 0, nil, false
	}
	name = Field(f.b.byte())
	if name == 0 {
		f.ended = true
		return 0, nil, false
	}
	value = f.b.string()
	return name, value, !f.b.bad
}

// OK reports, after the last field, whether the list ended as it should.
func (f *Fields) OK() bool { return f.ended && f.b.whole() }
