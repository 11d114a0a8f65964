// Package gentest holds types with code by covet-json, and the tests that hold this code to encoding/json. There is a field of each kind,
// each option of a tag, and each way in which a type can have a word in its own form.
package gentest

//go:generate go run github.com/covetgo/covet/cmd/covet-json -all

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// User is a small document.
type User struct {
	ID     int      `json:"id"`
	Name   string   `json:"name"`
	Email  string   `json:"email"`
	Active bool     `json:"active"`
	Score  float64  `json:"score"`
	Tags   []string `json:"tags"`
}

// Scalars has one of each, and what goes by the plan for comparison.
type Scalars struct {
	B    bool
	I    int
	I8   int8
	I16  int16
	I32  int32
	I64  int64
	U    uint
	U8   uint8
	U16  uint16
	U32  uint32
	U64  uint64
	UP   uintptr
	F32  float32
	F64  float64
	S    string
	N    json.Number
	Raw  json.RawMessage
	T    time.Time
	D    time.Duration
	M    time.Month
	Blob []byte
	Any  any
	skip int
}

// Port is exported, as the other named types are not.
type Port uint16

type (
	onOff bool
	level int8
	title string
	ratio float64
	short float32
	words []string
	users []User
)

// Named has fields of them.
type Named struct {
	F onOff   `json:"f"`
	L level   `json:"l"`
	P Port    `json:"p"`
	T title   `json:"t"`
	R ratio   `json:"r"`
	S short   `json:"s"`
	W words   `json:"w"`
	U users   `json:"u"`
	X *title  `json:"x"`
	Y *level  `json:"y,omitempty"`
	Z []title `json:"z"`
}

// Pointers has pointers.
type Pointers struct {
	B *bool            `json:"b"`
	I *int             `json:"i,omitempty"`
	U *uint8           `json:"u"`
	F **float64        `json:"f"`
	G *float64         `json:"g"`
	H *float32         `json:"h"`
	S *string          `json:"s,omitzero"`
	N *json.Number     `json:"n"`
	R *json.RawMessage `json:"r"`
	T *time.Time       `json:"t,omitempty"`
	X *Scalars         `json:"x"`
	Y *User            `json:"y,omitempty"`
	A *any             `json:"a"`
	P *Pointers        `json:"p"`
	L *[]string        `json:"l"`
}

// Quoted has the option string.
type Quoted struct {
	B  bool    `json:",string"`
	I  int     `json:"i,string"`
	U  uint8   `json:"u,string,omitempty"`
	F  float64 `json:"f,string"`
	S  string  `json:"s,string"`
	PI *int    `json:"pi,string"`
	L  []int   `json:"l,string"`
	V  User    `json:"v,string"`
}

// Containers has what holds more.
type Containers struct {
	L  []int           `json:"l"`
	LS []string        `json:"ls,omitempty"`
	LF []float64       `json:"lf"`
	LP []*User         `json:"lp"`
	LX []User          `json:"lx"`
	LO []User          `json:"lo,omitempty"`
	LN []Named         `json:"ln"`
	LL [][]string      `json:"ll"`
	A  [3]int          `json:"a"`
	AU [2]User         `json:"au"`
	A0 [0]int          `json:"a0,omitempty"`
	M  map[string]int  `json:"m"`
	MU map[string]User `json:"mu,omitempty"`
	MP map[int]*User   `json:"mp"`
	E  struct{}        `json:"e"`
	X  struct{ A int } `json:"x"`
	U  User            `json:"u"`
	UO User            `json:"uo,omitempty"`
	UZ User            `json:"uz,omitzero"`
}

// Text is written as text by a value receiver.
type Text int

// MarshalText fails for 13.
func (t Text) MarshalText() ([]byte, error) {
	if t == 13 {
		return nil, errors.New("thirteen")
	}
	return []byte("<" + strconv.Itoa(int(t)) + ">"), nil
}

// UnmarshalText takes a number.
func (t *Text) UnmarshalText(b []byte) error {
	n, err := strconv.Atoi(string(b))
	*t = Text(n)
	return err
}

// Pointed is written by a method of its pointer, if it has an address.
type Pointed struct{ N int }

// MarshalJSON writes a string.
func (p *Pointed) MarshalJSON() ([]byte, error) { return []byte(`"p` + strconv.Itoa(p.N) + `"`), nil }

// UnmarshalJSON counts the bytes, and fails for many.
func (p *Pointed) UnmarshalJSON(b []byte) error {
	if len(b) > 8 {
		return errors.New("too long")
	}
	p.N = len(b)
	return nil
}

// Methods has fields with methods.
type Methods struct {
	T Text      `json:"t"`
	P *Text     `json:"p"`
	L []Text    `json:"l"`
	M Minds     `json:"m"`
	N []Minds   `json:"n"`
	O *Minds    `json:"o"`
	Z time.Time `json:"z,omitzero"`
	E error     `json:"e"`
}

// Minds is written in another way if it has an address.
type Minds struct {
	A string  `json:"a"`
	P Pointed `json:"p"`
	U User    `json:"u"`
}

type inner struct {
	X     int
	Y     string `json:"why"`
	Clash int
}

// Inner is embedded as a pointer.
type Inner struct {
	Z     int
	Clash int
	Deep
}

// Deep is embedded in Inner.
type Deep struct {
	D int `json:"deep,omitempty"`
	X int
}

type tagged struct {
	W int `json:"Clash2"`
}

// Embeds embeds.
type Embeds struct {
	inner
	*Inner
	tagged `json:"Tagged"`
	User
	Named  string `json:"<&name>"`
	Dash   int    `json:"-,"`
	Hidden int    `json:"-"`
	Bad    int    `json:"a\"b"`
	Accent int    `json:"größe"`
	Kelvin int    `json:"kilo"`
	Long   int    `json:"a_name_that_is_longer_than_what_the_compiler_compares_at_once"`
	Short  string `json:"s"`
}

// Empties has nothing that is always there.
type Empties struct {
	B bool     `json:",omitempty"`
	I int16    `json:",omitempty"`
	F float32  `json:",omitempty"`
	G float64  `json:",omitempty"`
	S string   `json:",omitempty"`
	L []int    `json:",omitempty"`
	W []string `json:",omitempty"`
	P *int     `json:",omitempty"`
	Q *User    `json:",omitempty"`
	V []User   `json:",omitempty"`
	A any      `json:",omitempty"`
	U uint64   `json:",omitempty,omitzero"`
	Z float64  `json:",omitzero"`
}

// Tree contains itself.
type Tree struct {
	Name     string           `json:"name"`
	Children []Tree           `json:"children,omitempty"`
	Index    map[string]*Tree `json:"index,omitempty"`
	Up       *Tree            `json:"up,omitempty"`
	Any      any              `json:"any,omitempty"`
}

// One is the smallest.
type One struct {
	V string `json:"v"`
}

// Everything has one of each.
type Everything struct {
	Scalars    Scalars
	Named      Named
	Pointers   *Pointers
	Quoted     Quoted
	Containers Containers
	Methods    Methods
	Embeds     Embeds
	Empties    Empties
	Tree       Tree
	One        *One
}
