package jsonfast

// This file holds the types that the differential tests use: every kind, every option of a tag, every way in which a type
// can have a word in its own form.

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

type scalars struct {
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
	Blob []byte
	Any  any
	skip int
}

type pointers struct {
	B *bool            `json:"b"`
	I *int             `json:"i,omitempty"`
	F **float64        `json:"f"`
	S *string          `json:"s,omitzero"`
	N *json.Number     `json:"n"`
	R *json.RawMessage `json:"r"`
	T *time.Time       `json:"t,omitempty"`
	X *scalars         `json:"x"`
	A *any             `json:"a"`
	P *pointers        `json:"p"`
}

type quoted struct {
	B  bool         `json:",string"`
	I  int          `json:"i,string"`
	U  uint8        `json:"u,string,omitempty"`
	F  float64      `json:"f,string"`
	G  float32      `json:"g,string"`
	S  string       `json:"s,string"`
	N  json.Number  `json:"n,string"`
	PI *int         `json:"pi,string"`
	PS *string      `json:"ps,string"`
	PP **int        `json:"pp,string"`
	L  []int        `json:"l,string"`
	M  named        `json:"m,string"`
	T  textInt      `json:"t,string"`
	J  jsonInt      `json:"j,string"`
	A  any          `json:"a,string"`
	PN *json.Number `json:"pn,string"`
}

type containers struct {
	L   []int                `json:"l"`
	LS  []string             `json:"ls,omitempty"`
	LP  []*int               `json:"lp"`
	LX  []scalars            `json:"lx"`
	LL  [][]float64          `json:"ll"`
	LA  []any                `json:"la"`
	LB  []bytesElem          `json:"lb"`
	A   [3]int               `json:"a"`
	AB  [4]byte              `json:"ab"`
	A0  [0]int               `json:"a0,omitempty"`
	AS  [2]named             `json:"as"`
	M   map[string]int       `json:"m"`
	MS  map[string]string    `json:"ms,omitempty"`
	MA  map[string]any       `json:"ma"`
	MI  map[int]string       `json:"mi"`
	MU  map[uint8]float64    `json:"mu"`
	MT  map[textInt]int      `json:"mt"`
	MX  map[string]scalars   `json:"mx"`
	MP  map[string]*pointers `json:"mp"`
	MN  map[named]named      `json:"mn"`
	MM  map[string]map[string][]int
	Str fmt.Stringer `json:"str"`
}

type bytesElem uint8

type named string

// textInt is written as text by a value receiver.
type textInt int

func (t textInt) MarshalText() ([]byte, error) {
	if t == 13 {
		return nil, errors.New("thirteen")
	}
	return []byte("<" + strconv.Itoa(int(t)) + ">"), nil
}

func (t *textInt) UnmarshalText(b []byte) error {
	n, err := strconv.Atoi(strings.Trim(string(b), "<>"))
	*t = textInt(n)
	return err
}

// jsonInt is written as JSON by a value receiver, with white space and something for HTML.
type jsonInt int

func (j jsonInt) MarshalJSON() ([]byte, error) {
	if j == 13 {
		return []byte("{ broken"), nil
	}
	if j == 14 {
		return nil, errors.New("fourteen")
	}
	return []byte(" { \"j<\" : [ " + strconv.Itoa(int(j)) + " ] } "), nil
}

func (j *jsonInt) UnmarshalJSON(b []byte) error {
	if len(b) > 6 {
		return errors.New("too long")
	}
	*j = jsonInt(len(b))
	return nil
}

// ptrJSON and ptrText have methods on their pointers only, which encoding/json calls if there is an address.
type (
	ptrJSON struct{ N int }
	ptrText struct{ N int }
)

func (p *ptrJSON) MarshalJSON() ([]byte, error) {
	if p == nil {
		return []byte("0"), nil
	}
	return []byte(`"p` + strconv.Itoa(p.N) + `"`), nil
}
func (p *ptrText) MarshalText() ([]byte, error) { return []byte("q" + strconv.Itoa(p.N)), nil }
func (p *ptrJSON) UnmarshalJSON(b []byte) error { p.N = len(b); return nil }
func (p *ptrText) UnmarshalText(b []byte) error { p.N = len(b); return nil }

type methods struct {
	A  ptrJSON            `json:"a"`
	B  ptrText            `json:"b"`
	C  *ptrJSON           `json:"c"`
	D  *ptrText           `json:"d,omitempty"`
	E  []ptrJSON          `json:"e"`
	F  [2]ptrText         `json:"f"`
	G  map[string]ptrJSON `json:"g"`
	H  textInt            `json:"h"`
	I  jsonInt            `json:"i"`
	J  *textInt           `json:"j"`
	K  *jsonInt           `json:"k"`
	L  json.Marshaler     `json:"l"`
	M  any                `json:"m"`
	Z  zeroInt            `json:"z,omitzero"`
	ZP ptrZero            `json:"zp,omitzero"`
	ZT time.Time          `json:"zt,omitzero"`
	ZS struct{ A, B int } `json:"zs,omitzero"`
	ZI zeroer             `json:"zi,omitzero"`
}

// zeroInt and ptrZero say themselves when they are zero.
type zeroInt int

func (z zeroInt) IsZero() bool { return z == 7 }

type ptrZero struct{ N int }

func (z *ptrZero) IsZero() bool { return z.N == 8 }

type inner struct {
	X     int
	Y     string `json:"why"`
	Clash int
}

type Inner2 struct {
	Z     int
	Clash int
	Deep
}

type Deep struct {
	D int `json:"deep,omitempty"`
	X int
}

type tagged struct {
	W int `json:"Clash2"`
}

// reaches has nothing but a pointer: the offsets of what is behind it lie far outside of it.
type reaches struct{ *Far }

type Far struct {
	FarA, FarB, FarC int
	FarRoom          [100]int64 `json:"-"`
	FarD             string
	FarE             []int `json:",omitempty"`
}

type embeds struct {
	inner
	*Inner2
	tagged `json:"Tagged"`
	Named  named `json:"<&name>"`
	Dash   int   `json:"-,"`
	Hidden int   `json:"-"`
	Bad    int   `json:"a\"b"`
	Accent int   `json:"größe"`
	Kelvin int   `json:"kilo"`
	Long   int   `json:"a_name_that_is_longer_than_the_fast_path_takes"`
	Seven  int   `json:"a_name_of_17_byt"`
}

type tree struct {
	Name     string           `json:"name"`
	Children []tree           `json:"children,omitempty"`
	Index    map[string]*tree `json:"index,omitempty"`
	Up       *tree            `json:"up,omitempty"`
}

type empties struct {
	B bool           `json:",omitempty"`
	I int16          `json:",omitempty"`
	F float32        `json:",omitempty"`
	S string         `json:",omitempty"`
	L []int          `json:",omitempty"`
	M map[string]int `json:",omitempty"`
	P *int           `json:",omitempty"`
	A any            `json:",omitempty"`
	X struct{}       `json:",omitempty"`
	Y [0]int         `json:",omitempty"`
	U uint64         `json:",omitempty,omitzero"`
	Z float64        `json:",omitzero"`
}

// user is the small document of the benchmarks.
type user struct {
	ID     int      `json:"id"`
	Name   string   `json:"name"`
	Email  string   `json:"email"`
	Active bool     `json:"active"`
	Score  float64  `json:"score"`
	Tags   []string `json:"tags"`
}

// everything is one of each.
type everything struct {
	Scalars    scalars
	Pointers   *pointers
	Quoted     quoted
	Containers containers
	Methods    methods
	Embeds     embeds
	Empties    empties
	Tree       tree
	User       user
}

// targets makes a new pointer to each type of this file, and to some that have no name.
func targets() []any {
	return []any{
		new(scalars), new(pointers), new(quoted), new(containers), new(methods), new(embeds), new(reaches), new(tree), new(empties), new(user),
		new(everything), new(any), new(map[string]any), new([]any), new(string), new(int), new(float64), new(bool), new([]byte),
		new(*int), new(**user), new([]user), new(map[string]user), new([2]int), new(json.Number), new(json.RawMessage), new(time.Time),
		new(textInt), new(jsonInt), new(ptrJSON), new(map[textInt]int), new(map[int8]bool), new(chan int), new(func()), new(fmt.Stringer),
		new(struct{}), new(map[bool]int), new([]map[string]string), new(complex64), new(float32), new(uint8), new([]bool), new(map[string][]string),
	}
}
