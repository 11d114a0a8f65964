package jsonfast_test

// This file shows the calls that encoding/json does not have, and streams.

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/covetgo/covet/jsonfast"
)

func ExampleAppendMarshal() {
	point := struct {
		X int `json:"x"`
		Y int `json:"y"`
	}{3, 4}
	buf := make([]byte, 0, 64) // used again for the next one
	buf, err := jsonfast.AppendMarshal(buf, &point)
	fmt.Println(string(buf), err)
	// Output: {"x":3,"y":4} <nil>
}

func ExampleView() {
	body := []byte(`{"id":7,"customer":{"name":"Ann","address":{"city":"Hannover"}},"lines":[{"price":2.5},{"price":4}]}`)
	v := jsonfast.View(body)
	id, ok := v.Get("id").Int()
	fmt.Println(id, ok)
	city, _ := v.Get("customer", "address", "city").Text(nil)
	fmt.Printf("%s\n", city)
	price, _ := v.Get("lines").Index(1).Get("price").Float()
	fmt.Println(price)
	fmt.Println(v.Get("customer", "phone").Exists())
	// Output:
	// 7 true
	// Hannover
	// 4
	// false
}

func ExampleValue_Members() {
	for name, value := range jsonfast.View([]byte(`{"id":7,"tags":["a","b"]}`)).Members() {
		fmt.Println(name, value.Kind())
		for i, tag := range value.Elements() {
			fmt.Println(i, tag)
		}
	}
	// Output:
	// id number
	// tags array
	// 0 a
	// 1 b
}

func ExampleValue_Pick() {
	var found [3]jsonfast.Value
	n := jsonfast.View([]byte(`{"total":12.5,"lines":[1,2,3],"id":7}`)).Pick(found[:], "id", "total", "note")
	fmt.Println(n, found[0], found[1], found[2].Exists())
	// Output: 2 7 12.5 false
}

func ExampleDecoder() {
	dec := jsonfast.NewDecoder(strings.NewReader(`{"id":1} {"id":2}` + "\n" + `{"id":`))
	dec.SetValueBytesMax(1 << 20) // whoever reads from strangers sets one
	for {
		var v struct {
			ID int `json:"id"`
		}
		err := dec.Decode(&v)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			fmt.Println("the stream ends within a value")
			return
		}
		fmt.Println(v.ID, err)
	}
	// Output:
	// 1 <nil>
	// 2 <nil>
	// the stream ends within a value
}

func ExampleEncoder() {
	enc := jsonfast.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	fmt.Println(enc.Encode(map[string]any{"b": []int{1, 2}, "a": "<x>"}))
	// Output:
	// {
	//   "a": "\u003cx\u003e",
	//   "b": [
	//     1,
	//     2
	//   ]
	// }
	// <nil>
}

func ExampleOptions_rejectDuplicates() {
	var v map[string]any
	err := jsonfast.Options{RejectDuplicates: true}.Unmarshal([]byte(`{"role":"user","r\u006fle":"admin"}`), &v)
	fmt.Println(err, v)
	// Output: jsonfast: the name "role" comes twice in one object, at byte 15 map[]
}
