package wire

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// message builds a message from the server.
func message(t Type, body string) []byte {
	m, _ := end(append(begin(nil, byte(t)), body...), 0)
	return m
}

func TestNextCutsAtEveryByte(t *testing.T) {
	whole := append(message(ReadyForQuery, "I"), message(CommandComplete, "SELECT 1\x00")...)
	for cut := range len(whole) + 1 {
		var types []Type
		buf := whole[:cut:cut]
		for {
			m, n, st := Next(buf, AuthBytesMax)
			if st == NeedMore {
				if n != 0 && n <= len(buf) {
					t.Fatalf("cut at %d: needs %d bytes and has %d", cut, n, len(buf))
				}
				break
			}
			if st != OK || n != HeaderBytes+len(m.Body) {
				t.Fatalf("cut at %d: status %d, n %d", cut, st, n)
			}
			types = append(types, m.Type)
			buf = buf[n:]
		}
		want := 0
		if cut >= 6 {
			want++
		}
		if cut == len(whole) {
			want++
		}
		if len(types) != want {
			t.Fatalf("cut at %d: %d messages, want %d", cut, len(types), want)
		}
	}
}

func TestNextLengths(t *testing.T) {
	for _, c := range []struct {
		length uint32
		max    int
		want   Status
	}{
		{0, 100, BadFrame}, {3, 100, BadFrame}, {4, 100, OK}, {4, 5, OK}, {4, 4, TooLong},
		{99, 100, NeedMore}, {100, 100, TooLong}, {1 << 31, MessageBytesMax, TooLong}, {1<<32 - 1, MessageBytesMax, TooLong},
		{MessageBytesMax - 1, MessageBytesMax, NeedMore}, {MessageBytesMax, MessageBytesMax, TooLong},
	} {
		buf := binary.BigEndian.AppendUint32([]byte{'Z'}, c.length)
		if _, _, st := Next(buf, c.max); st != c.want {
			t.Errorf("length %d, limit %d: status %d, want %d", c.length, c.max, st, c.want)
		}
	}
}

func TestBytesOnTheWire(t *testing.T) {
	must := func(dst []byte, ok bool) []byte {
		t.Helper()
		if !ok {
			t.Fatal("refused")
		}
		return dst
	}
	var p Params
	p.Reset(2)
	p.SetFormat(0, Binary)
	p.Begin()
	p.Buf = append(p.Buf, 1, 2, 3, 4)
	p.End()
	p.Null()
	formats := must(AppendFormats(nil, []Format{Binary}))
	for _, c := range []struct {
		name string
		got  []byte
		want string
	}{
		{"startup", must(AppendStartup(nil, []Setting{{"user", "u"}})), "\x00\x00\x00\x10\x00\x03\x00\x00user\x00u\x00\x00"},
		{"ssl", AppendSSLRequest(nil), "\x00\x00\x00\x08\x04\xd2\x16\x2f"},
		{"cancel", AppendCancel(nil, Key{1, 2}), "\x00\x00\x00\x10\x04\xd2\x16\x2e\x00\x00\x00\x01\x00\x00\x00\x02"},
		{"parse", must(AppendParse(nil, "s1", "select $1", []uint32{23})), "P\x00\x00\x00\x17s1\x00select $1\x00\x00\x01\x00\x00\x00\x17"},
		{"describe", must(AppendDescribeStatement(nil, "s1")), "D\x00\x00\x00\x08Ss1\x00"},
		{"close", must(AppendCloseStatement(nil, "s1")), "C\x00\x00\x00\x08Ss1\x00"},
		{"bind", must(AppendBind(nil, "s1", p.Buf, formats)),
			"B\x00\x00\x00\x20\x00s1\x00\x00\x02\x00\x01\x00\x00\x00\x02\x00\x00\x00\x04\x01\x02\x03\x04\xff\xff\xff\xff\x00\x01\x00\x01"},
		{"execute", AppendExecute(nil), "E\x00\x00\x00\x09\x00\x00\x00\x00\x00"},
		{"sync", AppendSync(nil), "S\x00\x00\x00\x04"},
		{"copy done", AppendCopyDone(nil), "c\x00\x00\x00\x04"},
		{"copy fail", must(AppendCopyFail(nil, "why")), "f\x00\x00\x00\x08why\x00"},
		{"flush", AppendFlush(nil), "H\x00\x00\x00\x04"},
		{"query", must(AppendQuery(nil, "begin")), "Q\x00\x00\x00\x0abegin\x00"},
		{"terminate", AppendTerminate(nil), "X\x00\x00\x00\x04"},
		{"password", must(AppendPassword(nil, "secret")), "p\x00\x00\x00\x0bsecret\x00"},
		{"sasl", must(AppendSASLInitial(nil, "M", []byte("n,,"))), "p\x00\x00\x00\x0dM\x00\x00\x00\x00\x03n,,"},
		{"sasl response", must(AppendSASLResponse(nil, []byte("c=biws"))), "p\x00\x00\x00\x0ac=biws"},
	} {
		if string(c.got) != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, c.got, c.want)
		}
	}
}

// What cannot be said must leave dst as it was.
func TestRefusals(t *testing.T) {
	before := []byte("before")
	long := strings.Repeat("a", StartupBytesMax)
	for name, say := range map[string]func() ([]byte, bool){
		"NUL in a startup value": func() ([]byte, bool) {
			return AppendStartup(before, []Setting{{"application_name", "a\x00user\x00root"}})
		},
		"NUL in a startup name":   func() ([]byte, bool) { return AppendStartup(before, []Setting{{"a\x00b", ""}}) },
		"empty startup name":      func() ([]byte, bool) { return AppendStartup(before, []Setting{{"", "x"}}) },
		"startup over its limit":  func() ([]byte, bool) { return AppendStartup(before, []Setting{{"a", long}}) },
		"NUL in SQL":              func() ([]byte, bool) { return AppendParse(before, "", "select 1\x00; drop table t", nil) },
		"NUL in a statement name": func() ([]byte, bool) { return AppendParse(before, "a\x00b", "select 1", nil) },
		"too many types":          func() ([]byte, bool) { return AppendParse(before, "", "", make([]uint32, ParamCountMax+1)) },
		"NUL in a query":          func() ([]byte, bool) { return AppendQuery(before, "begin\x00") },
		"NUL in bind":             func() ([]byte, bool) { return AppendBind(before, "\x00", nil, nil) },
		"NUL in describe":         func() ([]byte, bool) { return AppendDescribeStatement(before, "\x00") },
		"NUL in close":            func() ([]byte, bool) { return AppendCloseStatement(before, "\x00") },
		"NUL in a password":       func() ([]byte, bool) { return AppendPassword(before, "a\x00b") },
		"too many formats":        func() ([]byte, bool) { return AppendFormats(before, make([]Format, ColumnCountMax+1)) },
		"long SASL response":      func() ([]byte, bool) { return AppendSASLInitial(before, "M", make([]byte, AuthBytesMax+1)) },
	} {
		if got, ok := say(); ok || string(got) != "before" {
			t.Errorf("%s: ok %v, dst %q", name, ok, got[:min(len(got), 50)])
		}
	}
	fits := []Setting{{"a", strings.Repeat("a", StartupBytesMax-4-4-2-1-1)}}
	if out, ok := AppendStartup(nil, fits); !ok || len(out) != StartupBytesMax {
		t.Errorf("a startup message of exactly the limit: ok %v, %d bytes", ok, len(out))
	}
	if _, ok := AppendParse(nil, "", "", make([]uint32, ParamCountMax)); !ok {
		t.Error("as many types as fit are refused")
	}
	var p Params
	if p.Reset(ParamCountMax + 1); p.OK() {
		t.Error("more parameters than fit are taken")
	}
	if p.Reset(ParamCountMax); !p.OK() {
		t.Error("as many parameters as fit are refused")
	}
}

// A message longer than its length field can tell is never begun. The memory is not touched: a slice of its
// length, made of zero pages, is enough.
func TestTooLongToSay(t *testing.T) {
	if testing.Short() {
		t.Skip("maps 1 GiB")
	}
	huge := make([]byte, MessageBytesMax)
	if got, ok := AppendBind(nil, "", huge, nil); ok || len(got) != 0 {
		t.Errorf("a Bind over the limit: ok %v, %d bytes", ok, len(got))
	}
	p := Params{Buf: huge, start: lengthBytes}
	if p.OK() {
		t.Error("parameters over the limit are taken")
	}
}

func TestRow(t *testing.T) {
	good := "\x00\x03\x00\x00\x00\x02ab\xff\xff\xff\xff\x00\x00\x00\x00"
	r, n, ok := ParseRow([]byte(good))
	if !ok || n != 3 {
		t.Fatalf("ok %v, %d columns", ok, n)
	}
	a, _ := r.Next()
	null, okNull := r.Next()
	empty, okEmpty := r.Next()
	if string(a) != "ab" || null != nil || !okNull || empty == nil || len(empty) != 0 || !okEmpty || !r.OK() {
		t.Fatalf("%q %v %v %v %v %v", a, null, okNull, empty, okEmpty, r.OK())
	}
	if _, ok := r.Next(); ok {
		t.Error("a fourth column of three")
	}
	for _, lie := range []string{"", "\x00", "\xff\xff", "\x00\x01", "\x00\x02\x00\x00\x00\x00", "\x7f\xff\x00\x00\x00\x00"} {
		if _, _, ok := ParseRow([]byte(lie)); ok {
			t.Errorf("%q is taken", lie)
		}
	}
	for _, lie := range []string{"\x00\x01\x00\x00\x00\x02a", "\x00\x01\xff\xff\xff\xfe", "\x00\x01\x80\x00\x00\x00", "\x00\x01\x00\x00\x00\x00x"} {
		r, _, ok := ParseRow([]byte(lie))
		for ok {
			_, ok = r.Next()
		}
		if r.OK() {
			t.Errorf("%q is taken", lie)
		}
	}
}

func TestTagRows(t *testing.T) {
	for tag, want := range map[string]int64{
		"SELECT 1": 1, "INSERT 0 5": 5, "UPDATE 0": 0, "CREATE TABLE": 0, "": 0, "COPY 9223372036854775807": 0,
		"MOVE 99999999999999999999": 0, "DELETE 922337203685477579": 922337203685477579, "BEGIN": 0, "x -1": 0,
	} {
		if got := Tag(tag).Rows(); got != want {
			t.Errorf("%q: %d rows, want %d", tag, got, want)
		}
	}
}

func TestRowDescription(t *testing.T) {
	col := "id\x00\x00\x00\x40\x01\x00\x02\x00\x00\x00\x17\x00\x04\xff\xff\xff\xff\x00\x00"
	c, n, ok := ParseRowDescription([]byte("\x00\x01" + col))
	var got Column
	if !ok || n != 1 || !c.Next(&got) || c.Next(&got) || !c.OK() {
		t.Fatal("a good description is refused")
	}
	if string(got.Name) != "id" || got.Table != 0x4001 || got.Attribute != 2 || got.Type != 23 || got.Size != 4 || got.Modifier != -1 || got.Format != Text {
		t.Errorf("%+v", got)
	}
	for _, lie := range []string{"", "\x00\x02" + col, "\xff\xff" + col, "\x7f\xff"} {
		if _, _, ok := ParseRowDescription([]byte(lie)); ok {
			t.Errorf("%q is taken", lie)
		}
	}
	for _, lie := range []string{"\x00\x01" + col + "x", "\x00\x01" + col[:len(col)-1] + "\x02", "\x00\x01" + strings.Repeat("x", 30)} {
		c, _, _ := ParseRowDescription([]byte(lie))
		for c.Next(&got) {
		}
		if c.OK() {
			t.Errorf("%q is taken", lie)
		}
	}
}

func TestParamTypes(t *testing.T) {
	if got, ok := AppendParamTypes(nil, []byte("\x00\x02\x00\x00\x00\x17\x00\x00\x00\x19")); !ok || len(got) != 2 || got[1] != 25 {
		t.Errorf("%v %v", got, ok)
	}
	many := make([]byte, 2+4*ParamCountMax)
	many[0], many[1] = 0xff, 0xff
	if got, ok := AppendParamTypes(nil, many); !ok || len(got) != ParamCountMax {
		t.Errorf("%d types, %v", len(got), ok)
	}
	if _, ok := AppendParamTypes(nil, []byte("\x00\x02\x00\x00\x00\x17")); ok {
		t.Error("one of two types is enough")
	}
}

func TestAuth(t *testing.T) {
	kind, data, ok := ParseAuth([]byte("\x00\x00\x00\x05salt"))
	if kind != AuthMD5 || string(data) != "salt" || !ok {
		t.Error(kind, data, ok)
	}
	_, list, ok := ParseAuth([]byte("\x00\x00\x00\x0aSCRAM-SHA-256-PLUS\x00SCRAM-SHA-256\x00\x00"))
	if !ok || !HasMechanism(list, "SCRAM-SHA-256") || !HasMechanism(list, "SCRAM-SHA-256-PLUS") || HasMechanism(list, "SCRAM") || HasMechanism(list, "") {
		t.Error("mechanisms are not found")
	}
	for _, lie := range []string{"", "\x00\x00\x00", "\x00\x00\x00\x00x", "\x00\x00\x00\x05sal", "\x00\x00\x00\x05salty", "\x00\x00\x00\x0ax"} {
		if _, _, ok := ParseAuth([]byte(lie)); ok {
			t.Errorf("%q is taken", lie)
		}
	}
}

func TestFields(t *testing.T) {
	f := ParseFields([]byte("SERROR\x00C42P01\x00?new\x00\x00"))
	got := map[Field]string{}
	for name, value, ok := f.Next(); ok; name, value, ok = f.Next() {
		got[name] = string(value)
	}
	if !f.OK() || got['S'] != "ERROR" || got['C'] != "42P01" || got['?'] != "new" {
		t.Errorf("%v %v", got, f.OK())
	}
	for _, lie := range []string{"", "S", "SERROR", "SERROR\x00", "\x00x"} {
		f := ParseFields([]byte(lie))
		for _, _, ok := f.Next(); ok; _, _, ok = f.Next() {
		}
		if f.OK() {
			t.Errorf("%q is taken", lie)
		}
	}
}

func TestStatusMessages(t *testing.T) {
	if s, ok := ParseReady([]byte("T")); s != InTx || !ok {
		t.Error("ReadyForQuery")
	}
	for _, lie := range []string{"", "X", "II"} {
		if _, ok := ParseReady([]byte(lie)); ok {
			t.Errorf("ReadyForQuery %q is taken", lie)
		}
	}
	name, value, ok := ParseParameterStatus([]byte("TimeZone\x00UTC\x00"))
	if string(name) != "TimeZone" || string(value) != "UTC" || !ok {
		t.Error("ParameterStatus")
	}
	process, channel, payload, ok := ParseNotification([]byte("\x00\x00\x00\x07ch\x00\x00"))
	if process != 7 || string(channel) != "ch" || len(payload) != 0 || !ok {
		t.Error("NotificationResponse")
	}
	minor, unknown, ok := ParseNegotiate([]byte("\x00\x03\x00\x02\x00\x00\x00\x01_pq_.x\x00"))
	if minor != 2 || unknown != 1 || !ok {
		t.Error("NegotiateProtocolVersion")
	}
	if _, _, ok := ParseNegotiate([]byte("\x00\x03\x00\x00\x7f\xff\xff\xff")); ok {
		t.Error("two thousand million options in no bytes")
	}
	if k, ok := ParseBackendKey([]byte("\x00\x00\x00\x01\x00\x00\x00\x02")); k != (Key{1, 2}) || !ok {
		t.Error("BackendKeyData")
	}
	if format, n, ok := ParseCopyResponse([]byte("\x01\x00\x02\x00\x01\x00\x01")); format != Binary || n != 2 || !ok {
		t.Error("CopyInResponse")
	}
	for _, lie := range []string{"", "\x02\x00\x00", "\x00\x00\x01\x00\x01", "\x00\xff\xff", "\x00\x00\x01", "\x00\x00\x00x"} {
		if _, _, ok := ParseCopyResponse([]byte(lie)); ok {
			t.Errorf("CopyInResponse %q is taken", lie)
		}
	}
	data := []byte("12345data")
	if !PutCopyData(data) || string(data) != "d\x00\x00\x00\x08data" || PutCopyData(make([]byte, CopyHeaderBytes-1)) {
		t.Errorf("CopyData %q", data)
	}
	if accepted, ok := SSLAnswer('S'); !accepted || !ok {
		t.Error("S means yes")
	}
	if accepted, ok := SSLAnswer('N'); accepted || !ok {
		t.Error("N means no")
	}
	if _, ok := SSLAnswer('E'); ok {
		t.Error("E is no answer")
	}
}

func TestNoAllocations(t *testing.T) {
	row := []byte("\x00\x02\x00\x00\x00\x02ab\xff\xff\xff\xff")
	var p Params
	buf := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() {
		p.Reset(1)
		p.SetFormat(0, Binary)
		p.Begin()
		p.Buf = binary.BigEndian.AppendUint32(p.Buf, 42)
		p.End()
		buf, _ = AppendBind(buf[:0], "s1", p.Buf, nil)
		buf = AppendSync(AppendExecute(buf))
		m, _, _ := Next(buf, MessageBytesMax)
		r, _, _ := ParseRow(row)
		r.Next()
		r.Next()
		if len(m.Body) == 0 || !r.OK() {
			t.Fatal("broken")
		}
	}); n != 0 {
		t.Errorf("%v allocations per query", n)
	}
}

// inside fails if a view does not lie in the buffer it was cut from.
func inside(t *testing.T, buf, view []byte) {
	t.Helper()
	if len(view) > len(buf) || (len(view) > 0 && !bytes.Contains(buf, view)) {
		t.Fatalf("%q is no part of %q", view, buf)
	}
	if cap(view) != len(view) && len(view) > 0 {
		t.Fatalf("a view of %d bytes can be appended to: capacity %d", len(view), cap(view))
	}
}
