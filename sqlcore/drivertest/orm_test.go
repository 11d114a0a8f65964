package drivertest

// Libraries on top of the driver do what they do on top of pgx's.

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"

	"github.com/covetgo/covet/sqlcore/pg"
	"github.com/covetgo/covet/sqlcore/pgsql"
)

// Owner has many Pets.
type Owner struct {
	ID      uint   `gorm:"primaryKey"`
	Name    string `gorm:"uniqueIndex;size:40"`
	Born    *time.Time
	Score   float64
	Data    []byte
	Active  bool
	Pets    []Pet
	Deleted gorm.DeletedAt `gorm:"index"`
}

// Pet belongs to an Owner.
type Pet struct {
	ID      uint `gorm:"primaryKey"`
	OwnerID uint
	Kind    string
	Weight  *int16
}

func TestGorm(t *testing.T) {
	var logs []string
	for _, driver := range []string{pgsql.Name, "pgx"} {
		sqlDB := open(t, driver)
		db, err := gorm.Open(postgres.New(postgres.Config{DriverName: driver, Conn: sqlDB}), &gorm.Config{Logger: logger.Discard})
		if err != nil {
			t.Fatal(err)
		}
		log, err := gormStory(db)
		if err != nil {
			t.Fatalf("%s: %v\n%s", driver, err, log)
		}
		logs = append(logs, log)
		if err := db.Migrator().DropTable(&Pet{}, &Owner{}); err != nil {
			t.Fatal(err)
		}
	}
	if logs[0] != logs[1] {
		t.Errorf("ours:\n%s\npgx's:\n%s", logs[0], logs[1])
	}
}

// gormStory uses much of gorm, and tells what came out.
func gormStory(db *gorm.DB) (log string, err error) {
	note := func(what string, args ...any) { log += fmt.Sprintln(append([]any{what}, args...)...) }
	born := time.Date(2000, 1, 2, 3, 4, 5, 678901000, time.UTC)
	weight := int16(7)
	for range 2 { // the second finds everything there
		if err := db.AutoMigrate(&Owner{}, &Pet{}); err != nil {
			return log, err
		}
	}
	types, err := db.Migrator().ColumnTypes(&Owner{})
	if err != nil {
		return log, err
	}
	for _, c := range types {
		length, ok := c.Length()
		nullable, _ := c.Nullable()
		note("column", c.Name(), c.DatabaseTypeName(), length, ok, nullable)
	}
	note("has index", db.Migrator().HasIndex(&Owner{}, "Name"), db.Migrator().HasTable("nosuch"))
	owners := []Owner{
		{Name: "ada", Born: &born, Score: 1.5, Data: []byte{0, 1}, Active: true, Pets: []Pet{{Kind: "cat", Weight: &weight}, {Kind: "dog"}}},
		{Name: "bob"}, {Name: "cyd", Score: -1},
	}
	if err := db.Create(&owners).Error; err != nil {
		return log, err
	}
	note("ids", owners[0].ID, owners[1].ID, owners[0].Pets[1].ID)
	var found []Owner
	if err := db.Preload("Pets").Where("name IN ?", []string{"ada", "cyd"}).Order("name").Limit(10).Find(&found).Error; err != nil {
		return log, err
	}
	for _, o := range found {
		if o.Born != nil {
			utc := o.Born.UTC()
			o.Born = nil
			note("born", utc)
		}
		note("owner", o.ID, o.Name, o.Score, o.Data, o.Active, len(o.Pets))
		for _, p := range o.Pets {
			note("pet", p.Kind, p.Weight != nil)
		}
	}
	up := db.Model(&Owner{}).Where("score <= ?", 0).Updates(map[string]any{"score": gorm.Expr("score + ?", 10), "active": true})
	note("updated", up.RowsAffected, up.Error)
	upsert := db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "name"}}, DoUpdates: clause.AssignmentColumns([]string{"score"})}).
		Create(&Owner{Name: "bob", Score: 99})
	note("upserted", upsert.RowsAffected, upsert.Error)
	var first Owner
	note("missing", errors.Is(db.First(&first, "name = ?", "nobody").Error, gorm.ErrRecordNotFound))
	note("duplicate", codeOf(db.Create(&Owner{Name: "ada"}).Error))
	err = db.Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(&Owner{Name: "dan"}).Error; err != nil {
			return err
		}
		nested := tx.Transaction(func(tx *gorm.DB) error { // a savepoint
			if err := tx.Create(&Owner{Name: "ada"}).Error; err == nil {
				return errors.New("a duplicate was accepted")
			}
			return errors.New("undone")
		})
		note("nested", nested)
		return tx.Delete(&Owner{}, "name = ?", "cyd").Error
	})
	note("transaction", err)
	rolled := db.Transaction(func(tx *gorm.DB) error {
		tx.Create(&Owner{Name: "eve"})
		return errors.New("no")
	})
	note("rolled back", rolled)
	var names []string
	if err := db.Model(&Owner{}).Order("name").Pluck("name", &names).Error; err != nil {
		return log, err
	}
	note("names", names)
	var sums []struct {
		Kind  string
		Total int64
	}
	if err := db.Raw("SELECT kind, count(*) AS total FROM pets WHERE owner_id = @owner GROUP BY kind ORDER BY kind", map[string]any{"owner": owners[0].ID}).Scan(&sums).Error; err != nil {
		return log, err
	}
	note("sums", sums)
	rows, err := db.Model(&Owner{}).Unscoped().Order("id").Rows()
	if err != nil {
		return log, err
	}
	defer rows.Close()
	for rows.Next() {
		var o Owner
		if err := db.ScanRows(rows, &o); err != nil {
			return log, err
		}
		note("row", o.Name, o.Score, o.Deleted.Valid)
	}
	return log, rows.Err()
}

// codeOf is the SQLSTATE of any driver's error.
func codeOf(err error) string {
	var state interface{ SQLState() string }
	if errors.As(err, &state) {
		return state.SQLState()
	}
	return fmt.Sprint(err)
}

// Story is bun's model.
type Story struct {
	ID     int64          `bun:",pk,autoincrement"`
	Title  string         `bun:",notnull,unique"`
	Tags   []string       `bun:",array"`
	Meta   map[string]any `bun:"type:jsonb"`
	At     time.Time
	Points *int
}

func TestBun(t *testing.T) {
	ctx := context.Background()
	db := bun.NewDB(open(t, pgsql.Name), pgdialect.New())
	for _, f := range []func() error{
		func() error { _, err := db.NewCreateTable().Model((*Story)(nil)).Exec(ctx); return err },
	} {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	}
	points := 3
	at := time.Date(2024, 2, 29, 1, 2, 3, 4000, time.UTC)
	stories := []Story{
		{Title: "it's", Tags: []string{"a", `b "c"`}, Meta: map[string]any{"k": []any{1.0, "x"}}, At: at, Points: &points},
		{Title: "two", Tags: []string{}, Meta: map[string]any{}, At: at},
	}
	if _, err := db.NewInsert().Model(&stories).Exec(ctx); err != nil {
		t.Fatal(err)
	}
	if stories[0].ID != 1 || stories[1].ID != 2 {
		t.Error("the ids of what was inserted: ", stories[0].ID, stories[1].ID)
	}
	var got []Story
	if err := db.NewSelect().Model(&got).Where("? = ANY (tags) OR points IS NULL", "a").Order("id").Scan(ctx); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].At = got[i].At.UTC()
	}
	if !reflect.DeepEqual(got, stories) {
		t.Errorf("got %+v\nwant %+v", got, stories)
	}
	err := db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewUpdate().Model(&stories[1]).Set("title = ?", "it's").WherePK().Exec(ctx); !pg.IsCode(err, "23505") {
			t.Error("a duplicate: ", err)
		}
		return errors.New("no")
	})
	if err == nil || err.Error() != "no" {
		t.Error(err)
	}
	n, err := db.NewSelect().Model((*Story)(nil)).Count(ctx)
	if err != nil || n != 2 {
		t.Error(n, err)
	}
	result, err := db.NewDelete().Model((*Story)(nil)).Where("id IN (?)", bun.In([]int{1, 2, 3})).Exec(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n != 2 || err != nil {
		t.Error(n, err)
	}
}
