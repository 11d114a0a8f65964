package wire

import (
	"bytes"
	"testing"
)

// One target per message: no body may make its parser panic, read outside of it, or promise more than it holds.

func FuzzNext(f *testing.F) {
	f.Add([]byte("Z\x00\x00\x00\x05IC\x00\x00\x00\x04"), uint16(100))
	f.Fuzz(func(t *testing.T, buf []byte, max uint16) {
		whole := buf
		for {
			m, n, st := Next(buf, int(max))
			if st != OK {
				if st == NeedMore && n != 0 && (n <= len(buf) || n > int(max)) {
					t.Fatalf("wants %d bytes, has %d, limit %d", n, len(buf), max)
				}
				return
			}
			if n > int(max) || n != len(m.Body)+HeaderBytes {
				t.Fatalf("n %d, body %d, limit %d", n, len(m.Body), max)
			}
			inside(t, whole, m.Body)
			buf = buf[n:]
		}
	})
}

func FuzzRow(f *testing.F) {
	f.Add([]byte("\x00\x02\x00\x00\x00\x02ab\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, buf []byte) {
		r, n, ok := ParseRow(buf)
		if !ok {
			return
		}
		read, total := 0, 2
		for v, ok := r.Next(); ok; v, ok = r.Next() {
			inside(t, buf, v)
			read++
			total += 4 + len(v)
		}
		if read > n || r.OK() != (read == n && total == len(buf)) {
			t.Fatalf("%d of %d columns, %d of %d bytes, OK %v", read, n, total, len(buf), r.OK())
		}
	})
}

func FuzzRowDescription(f *testing.F) {
	f.Add([]byte("\x00\x01id\x00\x00\x00\x40\x01\x00\x02\x00\x00\x00\x17\x00\x04\xff\xff\xff\xff\x00\x00"))
	f.Fuzz(func(t *testing.T, buf []byte) {
		c, n, ok := ParseRowDescription(buf)
		if !ok {
			return
		}
		var col Column
		read := 0
		for c.Next(&col) {
			inside(t, buf, col.Name)
			read++
		}
		if read > n || (c.OK() && read != n) {
			t.Fatalf("%d of %d columns, OK %v", read, n, c.OK())
		}
	})
}

func FuzzParamTypes(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x00\x00\x17"))
	f.Fuzz(func(t *testing.T, buf []byte) {
		types, ok := AppendParamTypes(nil, buf)
		if ok && len(buf) != 2+4*len(types) {
			t.Fatalf("%d types from %d bytes", len(types), len(buf))
		}
	})
}

func FuzzFields(f *testing.F) {
	f.Add([]byte("SERROR\x00C42P01\x00\x00"))
	f.Fuzz(func(t *testing.T, buf []byte) {
		fields := ParseFields(buf)
		total := 0
		for _, v, ok := fields.Next(); ok; _, v, ok = fields.Next() {
			inside(t, buf, v)
			total += 2 + len(v)
		}
		if fields.OK() && total+1 != len(buf) {
			t.Fatalf("%d of %d bytes", total, len(buf))
		}
	})
}

func FuzzAuth(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00"))
	f.Add([]byte("\x00\x00\x00\x05salt"))
	f.Fuzz(func(t *testing.T, buf []byte) {
		kind, data, ok := ParseAuth(buf)
		if !ok {
			return
		}
		if len(data) > 0 && !bytes.HasSuffix(buf, data) {
			t.Fatal("data is no part of the message")
		}
		if kind == AuthSASL && HasMechanism(data, "SCRAM-SHA-256") && !bytes.Contains(buf, []byte("SCRAM-SHA-256\x00")) {
			t.Fatal("a mechanism that nobody named")
		}
	})
}

func FuzzCommandComplete(f *testing.F) {
	f.Add([]byte("INSERT 0 1\x00"))
	f.Fuzz(func(t *testing.T, buf []byte) {
		tag, ok := ParseCommandComplete(buf)
		if ok && (len(tag) != len(buf)-1 || tag.Rows() < 0) {
			t.Fatalf("%q has %d rows", tag, tag.Rows())
		}
	})
}

func FuzzSessionMessages(f *testing.F) {
	f.Add([]byte("TimeZone\x00UTC\x00"))
	f.Add([]byte("\x00\x03\x00\x02\x00\x00\x00\x01x\x00"))
	f.Fuzz(func(t *testing.T, buf []byte) {
		if name, value, ok := ParseParameterStatus(buf); ok && len(name)+len(value)+2 != len(buf) {
			t.Fatal("ParameterStatus")
		}
		if _, channel, payload, ok := ParseNotification(buf); ok && len(channel)+len(payload)+6 != len(buf) {
			t.Fatal("NotificationResponse")
		}
		if _, n, ok := ParseNegotiate(buf); ok && n > len(buf) {
			t.Fatal("NegotiateProtocolVersion")
		}
		if format, n, ok := ParseCopyResponse(buf); ok && (len(buf) != 3+2*n || format != Text && format != Binary) {
			t.Fatal("CopyInResponse")
		}
		if _, ok := ParseReady(buf); ok && len(buf) != 1 {
			t.Fatal("ReadyForQuery")
		}
		if k, ok := ParseBackendKey(buf); ok && !bytes.Equal(AppendCancel(nil, k)[8:], buf) {
			t.Fatal("BackendKeyData does not come back in CancelRequest")
		}
	})
}

// What we say must be one message of the stated length, whatever the strings hold.
func FuzzAppend(f *testing.F) {
	f.Add("s1", "select $1", []byte("value"))
	f.Fuzz(func(t *testing.T, name, sql string, value []byte) {
		var p Params
		p.Reset(2)
		p.Begin()
		p.Buf = append(p.Buf, value...)
		p.End()
		p.Null()
		nul := bytes.IndexByte([]byte(name), 0) >= 0
		check := func(message []byte, ok bool, refused bool) {
			if ok == refused {
				t.Fatalf("ok %v for %q", ok, name)
			}
			if !ok {
				return
			}
			if _, n, st := Next(message, MessageBytesMax); st != OK || n != len(message) {
				t.Fatalf("%q is not one message", message)
			}
		}
		m, ok := AppendParse(nil, name, sql, nil)
		check(m, ok, nul || bytes.IndexByte([]byte(sql), 0) >= 0)
		m, ok = AppendBind(nil, name, p.Buf, nil)
		check(m, ok, nul)
		m, ok = AppendDescribeStatement(nil, name)
		check(m, ok, nul)
		m, ok = AppendQuery(nil, name)
		check(m, ok, nul)
		m, ok = AppendCopyFail(nil, name)
		check(m, ok, nul)
		m = append(make([]byte, CopyHeaderBytes), value...)
		check(m, PutCopyData(m), false)
		m, ok = AppendSASLInitial(nil, name, value)
		check(m, ok, nul || len(value) > AuthBytesMax)
	})
}
