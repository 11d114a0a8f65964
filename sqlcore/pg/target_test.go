package pg

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
)

// hostsDSN names several servers, in order.
func hostsDSN(servers ...*pgtest.Server) string {
	var hosts, ports []string
	for _, s := range servers {
		hosts, ports = append(hosts, s.Dir), append(ports, strconv.Itoa(s.Port))
	}
	return "host=" + strings.Join(hosts, ",") + " port=" + strings.Join(ports, ",") + " user=postgres dbname=postgres sslmode=disable"
}

// Sessions go to the host that is what was asked for; when the primary falls, and a standby takes its place, writes
// follow.
func TestTargets(t *testing.T) {
	primary, err := pgtest.Start(pgtest.Options{})
	pgtest.Require(t, err)
	t.Cleanup(primary.Stop)
	standby, err := primary.Standby()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(standby.Stop)
	readOnly, err := pgtest.Start(pgtest.Options{Settings: map[string]string{"default_transaction_read_only": "on"}})
	pgtest.Require(t, err)
	t.Cleanup(readOnly.Stop)
	all := hostsDSN(readOnly, standby, primary)
	for _, c := range []struct {
		dsn  string
		want *pgtest.Server // nil for none
	}{
		{all, readOnly},
		{all + " target_session_attrs=any", readOnly},
		{all + " target_session_attrs=read-write", primary},
		{all + " target_session_attrs=read-only", readOnly},
		{all + " target_session_attrs=primary", readOnly},
		{all + " target_session_attrs=standby", standby},
		{all + " target_session_attrs=prefer-standby", standby},
		{hostsDSN(primary, standby) + " target_session_attrs=read-only", standby},
		{hostsDSN(standby, primary) + " target_session_attrs=primary", primary},
		{hostsDSN(primary) + " target_session_attrs=prefer-standby", primary},
		{hostsDSN(primary, readOnly) + " target_session_attrs=standby", nil},
		{hostsDSN(standby, readOnly) + " target_session_attrs=read-write", nil},
	} {
		conf := config(t, c.dsn)
		s, err := (&dialer{conf: conf}).dial(context.Background(), map[string]string{"default_transaction_read_only": "on"})
		var wrong *targetError
		switch {
		case c.want == nil && !errors.As(err, &wrong):
			t.Errorf("%s: want none, got %v", c.dsn, err)
		case c.want != nil && (err != nil || s.host.Name != c.want.Dir):
			t.Errorf("%s: got %+v, %v", c.dsn, s, err)
		}
		if err != nil {
			continue
		}
		if err := simple(t, s, "create table never (x int)"); !IsCode(err, codeReadOnly) {
			t.Errorf("%s: our own setting is gone: %v", c.dsn, err)
		}
		if conf.Target == TargetPrimary || conf.Target == TargetStandby { // as servers before 14 are asked
			delete(s.status, "in_hot_standby")
			if err := s.checkTarget(conf.Target); err != nil {
				t.Errorf("%s: asked: %v", c.dsn, err)
			}
		}
		_ = s.nc.Close()
	}
	followPrimary(t, primary, standby)
}

// followPrimary ends the primary and promotes the standby. The old one comes back as a server that refuses writes: a
// connection to it must not be kept.
func followPrimary(t *testing.T, primary, standby *pgtest.Server) {
	t.Helper()
	// First without an end: the primary begins to refuse writes, as one does that was demoted in place.
	p := pool(t, hostsDSN(primary, standby)+" target_session_attrs=read-write", Options{WriteConns: 2, PinnedConns: 2})
	exec(t, p, "create table followed (id int8)")
	eventually(t, func() error { // the standby has the table
		s := admin(t, standby)
		return simple(t, s, "select from followed")
	})
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	demote := admin(t, primary)
	if err := simple(t, demote, "alter system set default_transaction_read_only = on; "); err != nil {
		t.Fatal(err)
	}
	if err := simple(t, demote, "select pg_reload_conf()"); err != nil {
		t.Fatal(err)
	}
	insert := statement(t, p, "insert into followed values ($1)")
	write := func() error {
		r, err := p.Query(context.Background(), Write, insert, []any{1})
		if err == nil {
			r.Release()
		}
		return err
	}
	eventually(t, write)
	eventually(t, func() error { // a transaction, too
		return p.Tx(context.Background(), TxOptions{}, func(tx *Tx) error {
			r, err := tx.Query(context.Background(), insert, []any{2})
			if err == nil {
				r.Release()
			}
			return err
		})
	})
	if err := primary.Shutdown(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	var sum int64
	eventually(t, func() (err error) {
		sum, err = one[int64](context.Background(), p, Read, statement(t, p, "select sum(id)::int8 from followed"))
		if err == nil && sum < 3 { // the first write may have come before the old primary had read its settings
			err = errors.Join(fmt.Errorf("sum %d", sum), write())
		}
		return err
	})
}

// A host that does not answer takes its own time, and no other's; and random order reaches all.
func TestSeveralHosts(t *testing.T) {
	server := pgtest.Shared(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	port := silent.Addr().(*net.TCPAddr).Port
	conf := config(t, fmt.Sprintf("host=127.0.0.1,127.0.0.1 port=%d,%d user=postgres dbname=postgres sslmode=disable", port, server.Port))
	conf.ConnectTimeout = 500 * time.Millisecond
	eventually(t, func() error { // on a busy machine, the second may need more than that as well
		s, err := (&dialer{conf: conf}).dial(context.Background(), nil)
		if err == nil {
			if s.host.Port != uint16(server.Port) {
				t.Error(s.host)
			}
			_ = s.nc.Close()
		}
		return err
	})
	conf = config(t, "host=a,b,c user=u load_balance_hosts=random")
	first := map[string]bool{}
	for range 1000 {
		first[conf.order()[0].Name] = true
	}
	if len(first) != 3 || conf.Hosts[0].Name != "a" {
		t.Error(first, conf.Hosts)
	}
	for _, bad := range []string{"target_session_attrs=master", "load_balance_hosts=yes"} {
		if _, err := ParseConfig("host=h user=u " + bad); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

// libpq's variables say what the connection string does not.
func TestTargetFromEnvironment(t *testing.T) {
	t.Setenv("PGTARGETSESSIONATTRS", "prefer-standby")
	t.Setenv("PGLOADBALANCEHOSTS", "random")
	if c := config(t, "host=a,b user=u"); c.Target != TargetPreferStandby || !c.RandomHosts {
		t.Errorf("%+v", c)
	}
	if c := config(t, "postgres://u@a,b/?target_session_attrs=primary&load_balance_hosts=disable"); c.Target != TargetPrimary || c.RandomHosts {
		t.Errorf("%+v", c)
	}
	for name, bad := range map[string]string{"PGTARGETSESSIONATTRS": "master", "PGLOADBALANCEHOSTS": "yes"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, bad)
			if _, err := ParseConfig("host=a user=u"); err == nil || !strings.Contains(err.Error(), bad) {
				t.Error(err)
			}
		})
	}
}
