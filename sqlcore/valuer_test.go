package sqlcore_test

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/covetgo/covet/sqlcore"
)

// money is as a package for decimals has it: a struct that writes and reads itself.
type money struct {
	cents int64
	null  bool
}

var errMoney = errors.New("no money")

func (m money) Value() (driver.Value, error) {
	switch {
	case m.null:
		return nil, nil
	case m.cents < 0:
		return nil, errMoney
	}
	return fmt.Sprintf("%d.%02d", m.cents/100, m.cents%100), nil
}

func (m *money) Scan(src any) error {
	*m = money{null: src == nil}
	if m.null {
		return nil
	}
	var whole, part int64
	if _, err := fmt.Sscanf(fmt.Sprint(src), "%d.%d", &whole, &part); err != nil {
		return fmt.Errorf("%w: %v", errMoney, err)
	}
	m.cents = 100*whole + part
	return nil
}

// strange is a Valuer whose value no driver knows.
type strange struct{}

func (strange) Value() (driver.Value, error) { return []int{1}, nil }

// Types that write and read themselves are arguments, if that is said, and targets: whole, as fields, as pointers, NULL or not.
func TestValuersAndScanners(t *testing.T) {
	db := open(t)
	const echo = "select $1::numeric(12, 2)"
	paid := money{cents: 1234}
	if got, err := sqlcore.One[money](background, db, echo, sqlcore.ValueOf(paid)); err != nil || got != paid {
		t.Error(got, err)
	}
	if got, err := sqlcore.One[string](background, db, echo, sqlcore.ValueOf(&paid)); err != nil || got != "12.34" {
		t.Error(got, err)
	}
	type row struct {
		ID    int
		Price money
		Least *money
		None  *money
		Last  string
	}
	list, err := sqlcore.All[row](background, db, "select i as id, i::numeric(9,2) as price, (i + 0.5)::numeric(9,2) as least, null::numeric as none, 'end' as last from generate_series(1, 3) i")
	if err != nil || len(list) != 3 || list[2].Price.cents != 300 || list[2].Least.cents != 350 || list[2].None != nil || list[2].Last != "end" || list[1].ID != 2 {
		t.Error(list, err)
	}
	for _, none := range []any{nil, sqlcore.ValueOf((*money)(nil)), sqlcore.ValueOf(money{null: true}), sqlcore.ValueOf(nil)} {
		if got, err := sqlcore.One[money](background, db, echo, none); err != nil || !got.null {
			t.Error(got, err)
		}
		if got, err := sqlcore.One[*money](background, db, echo, none); err != nil || got != nil {
			t.Error(got, err)
		}
	}
	if got, err := sqlcore.One[*money](background, db, echo, "0.07"); err != nil || got.cents != 7 {
		t.Error(got, err)
	}
	for part, value := range map[string]any{"no money": sqlcore.ValueOf(money{cents: -1}), "[]int": sqlcore.ValueOf(strange{}), "pass ValueOf": paid} {
		if _, err := sqlcore.One[string](background, db, "select $1::text", value); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("want %q: %v", part, err)
		}
	}
	if _, err := sqlcore.One[money](background, db, "select 'much'"); err == nil || !strings.Contains(err.Error(), "no money") {
		t.Error(err)
	}
	var b sqlcore.Batch
	var one money
	var all []money
	sqlcore.BatchOne(&b, &one, echo, sqlcore.ValueOf(paid))
	sqlcore.BatchAll(&b, &all, "select 1.25 union all select null")
	if err := b.Run(background, db); err != nil || one != paid || len(all) != 2 || all[0].cents != 125 || !all[1].null {
		t.Error(one, all, err)
	}
	for got, err := range sqlcore.Each[money](background, db, echo, "1.00") {
		if err != nil || got.cents != 100 {
			t.Error(got, err)
		}
	}
}
