package pg

// COPY of typed rows, and the binary forms of their values.

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cargo has a field of each kind that goes into a COPY.
type cargo struct {
	Small  int16
	Mid    int32
	Big    uint64
	Single float32
	Double float64
	Flag   bool
	Name   string
	Code   *string `db:"code"`
	Raw    []byte
	Doc    string
	At     time.Time
	Day    Timestamp
	ID     [16]byte
	Host   netip.Addr
	Net    netip.Prefix
	Price  string
	Ratio  float64
	Tags   []string
	Nums   []int64
}

const cargoColumns = "small, mid, big, single, double, flag, name, code, raw, doc, at, day, id, host, net, price, ratio, tags, nums"

// cargoes makes rows.
func cargoes(n int) iter.Seq2[cargo, error] {
	return func(yield func(cargo, error) bool) {
		for i := range n {
			c := cargo{
				Small: int16(i), Mid: int32(-i), Big: uint64(i) << 40, Single: float32(i) / 4, Double: float64(i) / 3, Flag: i%2 == 0,
				Name: "ä\t\\\n" + strconv.Itoa(i), Raw: []byte{0, byte(i), 255}, Doc: `{"n": ` + strconv.Itoa(i) + `}`, At: time.Unix(int64(i)*1e6, 123456000).UTC(),
				Day: Timestamp{Time: time.Date(2000, 1, 1+i, 0, 0, 0, 0, time.UTC)}, ID: [16]byte{byte(i), 15: 1}, Host: netip.MustParseAddr("2001:db8::1"),
				Net: netip.MustParsePrefix("10.0.0.0/8"), Price: strconv.Itoa(i) + ".50", Ratio: float64(i) / 8, Tags: []string{"a", strconv.Itoa(i)}, Nums: []int64{},
			}
			switch i % 5 {
			case 1:
				c.Code, c.Raw, c.Tags = &c.Name, nil, nil
			case 2:
				c.Day = Timestamp{Infinity: 1}
			case 3:
				c.Day = Timestamp{Infinity: -1}
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// Rows of a struct arrive as they were.
func TestCopyRows(t *testing.T) {
	p := open(t, Options{})
	ctx := context.Background()
	exec(t, p, "drop table if exists cargo")
	exec(t, p, `create table cargo (small int2, mid int4, big int8, single float4, double float8, flag bool, name varchar, code text, raw bytea, doc jsonb,
		at timestamptz, day date, id uuid, host inet, net cidr, price numeric, ratio numeric, tags text[], nums int8[])`)
	const rows = 5000
	if n, err := CopyRows(ctx, p, "cargo ("+cargoColumns+")", cargoes(rows)); n != rows || err != nil {
		t.Fatal(n, err)
	}
	r, err := p.Query(ctx, Read, statement(t, p, "select "+cargoColumns+" from cargo order by mid desc"), nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := AppendRows[cargo](nil, r)
	r.Release()
	if err != nil || len(list) != rows {
		t.Fatal(len(list), err)
	}
	i := 0
	for want := range cargoes(rows) {
		got := list[i]
		if fmt.Sprintf("%+v", deref(got)) != fmt.Sprintf("%+v", deref(want)) {
			t.Fatalf("row %d\n got %+v\nwant %+v", i, deref(got), deref(want))
		}
		i++
	}
	// In a transaction; a source that fails inserts nothing; and so does a value that does not fit.
	broken := errors.New("broken")
	err = p.Tx(ctx, TxOptions{}, func(tx *Tx) error {
		_, err := CopyRowsTx(ctx, tx, "cargo (mid)", func(yield func(int, error) bool) {
			_ = yield(1, nil) && yield(0, broken)
		})
		return err
	})
	if !errors.Is(err, broken) {
		t.Errorf("the source's error: %v", err)
	}
	if _, err := CopyRows(ctx, p, "cargo (small)", func(yield func(int, error) bool) { yield(1<<20, nil) }); err == nil || !strings.Contains(err.Error(), `"small"`) {
		t.Errorf("2^20 in a smallint: %v", err)
	}
	for _, target := range []string{"cargo", "cargo (mid) x", "missing (a)", "cargo (missing)"} {
		if _, err := CopyRows(ctx, p, target, func(func(int, error) bool) {}); err == nil {
			t.Errorf("%s is taken", target)
		}
	}
	if n := count(t, p, "cargo"); n != rows {
		t.Errorf("%d rows, want %d", n, rows)
	}
}

// deref shows what a pointer points to.
func deref(c cargo) (shown [2]any) {
	if c.Code != nil {
		shown[0] = *c.Code
	}
	c.Code = nil
	shown[1] = c
	return shown
}

// Values that a query sends as text become what the server makes of that text.
func TestTextToBinary(t *testing.T) {
	p := open(t, Options{})
	ctx := context.Background()
	types := map[string][]string{
		"numeric": {"0", "-0", "0.0", "1", "-1", "10000", "9999", "0.0001", "0.00010", "123456789.987654321", "1e5", "-1.5e-7", "1e+20", "NaN", "Infinity", "-Infinity", "000.100", ".5", "5."},
		"float4":  {"1.5", "NaN", "-Infinity", "3e38"}, "float8": {"0.1", "NaN"}, "int2": {"-32768", "32767"}, "int4": {"-5"}, "int8": {"9223372036854775807"},
		"oid": {"4294967295"}, "uuid": {"00112233-4455-6677-8899-aabbccddeeff"}, "inet": {"10.1.2.3", "10.1.2.3/8", "::1", "2001:db8::/32"}, "cidr": {"10.0.0.0/8", "::/0"},
		"jsonb": {`{"a": [1, null]}`, `"ä"`}, "json": {`{"a":1}`}, "text": {"", "x"}, `"char"`: {"x"}, "bytea": {"ab"},
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		s := strconv.FormatInt(random.Int64N(1<<uint(1+random.IntN(60))), 10)
		at := random.IntN(len(s) + 1)
		types["numeric"] = append(types["numeric"], strings.Repeat("-", random.IntN(2))+s[:at]+"."+s[at:]+strings.Repeat("0", random.IntN(6)), s+"e"+strconv.Itoa(random.IntN(60)-30))
	}
	for typ, values := range types {
		exec(t, p, "drop table if exists converted")
		exec(t, p, "create table converted (n int4, v "+typ+")")
		type row struct {
			N int
			V string
		}
		if _, err := CopyRows(ctx, p, "converted (n, v)", func(yield func(row, error) bool) {
			for i, v := range values {
				if !yield(row{i, v}, nil) {
					return
				}
			}
		}); err != nil {
			t.Errorf("%s: %v", typ, err)
			continue
		}
		cast := "$1::text[]"
		if typ == "bytea" {
			cast = "array['\\x6162'::text, $1::text[]::text]"
		}
		r, err := p.Query(ctx, Read, statement(t, p, "select v::text || ' is not ' || w from converted join unnest("+cast+") with ordinality u (w, i) on i = n + 1 where v::text <> w::"+typ+"::text"), []any{values})
		if err != nil {
			t.Fatal(typ, err)
		}
		wrong, err := AppendRows[string](nil, r)
		r.Release()
		if len(wrong) > 0 || err != nil {
			t.Errorf("%s: %d differ: %q, %v", typ, len(wrong), wrong[:min(5, len(wrong))], err)
		}
		if n := count(t, p, "converted"); n != len(values) {
			t.Errorf("%s: %d of %d", typ, n, len(values))
		}
	}
	for typ, values := range map[string][]string{
		"numeric": {"", "x", "1.", "--1", "1e999999", "1e", ".", "1..2"}, "int2": {"32768", "1.5"}, "oid": {"-1"}, "uuid": {"12"}, "inet": {"x", "fe80::1%eth0"},
		"interval": {"1 day"}, "float4": {"x"}, "bool": {"t"},
	} {
		exec(t, p, "drop table if exists converted")
		exec(t, p, "create table converted (v "+typ+")")
		for _, v := range values {
			if v == "1." {
				continue // a number to the server as well
			}
			if _, err := CopyRows(ctx, p, "converted (v)", func(yield func(string, error) bool) { yield(v, nil) }); err == nil || IsCode(err, "22P03", "08P01") {
				t.Errorf("%s %q: %v", typ, v, err)
			}
		}
	}
}

// FuzzNumeric writes any text as a numeric: what is taken has the shape that the server reads.
func FuzzNumeric(f *testing.F) {
	f.Add("-123.4500e-3")
	f.Fuzz(func(t *testing.T, value string) {
		b, ok := appendNumeric(nil, value)
		if !ok {
			return
		}
		if len(b) < 8 || len(b) != 8+2*(int(b[0])<<8|int(b[1])) {
			t.Fatalf("%q: % x", value, b)
		}
		for rest := b[8:]; len(rest) > 0; rest = rest[2:] {
			if int(rest[0])<<8|int(rest[1]) > 9999 {
				t.Fatalf("%q: % x", value, b)
			}
		}
	})
}
