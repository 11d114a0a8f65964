package sqlbench

// Whether a site answers as it should: before it is measured, and while it is.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// checkSite asks a site for what it must answer, before it is measured: rows that are in the database, as many as were
// asked for, updates that have been made, and the page.
func (r *run) checkSite(ctx context.Context, s Site, db *pgxClient) (err error) {
	child, err := r.launch(s, 4)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, child.Stop()) }()
	get := func(target, contentType string) ([]byte, error) {
		return fetch(ctx, "http://"+child.Addr+target, contentType)
	}
	page, err := get("/fortunes", htmlType)
	if err != nil || string(page) != fortunesPage {
		return fmt.Errorf("%s: /fortunes is not as it should be: %s, %w", s.Name, page, err)
	}
	for target, want := range map[string]int{"/db": -1, "/queries?n=20": 20, "/queries?n=0": 1, "/queries": 1, "/queries?n=x": 1, "/queries?n=501": 500, "/updates?n=20": 20, "/updates?n=-1": 1} {
		text, err := get(target, jsonType)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", s.Name, target, err)
		}
		rows, err := worldsOf(text, want)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", s.Name, target, err)
		}
		ids := map[int32]bool{}
		for _, row := range rows {
			ids[row.ID] = true
		}
		if len(ids) != len(rows) && strings.HasPrefix(target, "/updates") {
			continue // which of two numbers an update takes is not settled
		}
		for _, row := range rows {
			if w, err := db.one(ctx, row.ID); err != nil || w.RandomNumber != row.RandomNumber {
				return fmt.Errorf("%s: %s says that %d has %d, the database %d, %w", s.Name, target, row.ID, row.RandomNumber, w.RandomNumber, err)
			}
		}
	}
	return nil
}

// fetch gets a body.
func fetch(ctx context.Context, url, contentType string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if got := response.Header.Get("Content-Type"); err == nil && (response.StatusCode != http.StatusOK || !strings.HasPrefix(got, contentType)) {
		err = fmt.Errorf("status %d, type %q: %s", response.StatusCode, got, text)
	}
	return text, err
}

// worldsOf reads a body of so many rows; -1 for one that is no list.
func worldsOf(text []byte, want int) (rows []World, err error) {
	if want < 0 {
		rows, want = make([]World, 1), 1
		err = json.Unmarshal(text, &rows[0])
	} else {
		err = json.Unmarshal(text, &rows)
	}
	if err != nil || len(rows) != want {
		return nil, fmt.Errorf("%d rows, want %d: %s, %w", len(rows), want, text, err)
	}
	for _, row := range rows {
		if row.ID < 1 || row.ID > worldRows || row.RandomNumber < 1 || row.RandomNumber > worldRows {
			return nil, fmt.Errorf("a row that cannot be: %+v", row)
		}
	}
	return rows, nil
}

// world is what the table has.
func (r *run) world(ctx context.Context) (map[int32]int32, error) {
	c, err := openPgx(ctx, r.url, 1)
	if err != nil {
		return nil, err
	}
	defer c.close()
	rows, err := c.many(ctx, worldRows)
	table := map[int32]int32{}
	for _, row := range rows {
		table[row.ID] = row.RandomNumber
	}
	return table, err
}

// watchEvery is how often somebody looks at a body while a site is under load: seldom enough to cost nobody anything.
const watchEvery = 10 * time.Millisecond

// watch compares bodies of a route with the table while others load the site. What it returns ends that with the body that is
// on its way, and says what was wrong.
func watch(ctx context.Context, addr string, k Route, table map[int32]int32) (stop func() error) {
	enough, result := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			if err := lookAt(ctx, addr, k, table); err != nil {
				result <- fmt.Errorf("under load, %s: %w", k.Target, err)
				return
			}
			select {
			case <-enough:
				result <- nil
				return
			case <-time.After(watchEvery):
			}
		}
	}()
	return func() error {
		close(enough)
		return <-result
	}
}

// lookAt gets one body and compares it.
func lookAt(ctx context.Context, addr string, k Route, table map[int32]int32) error {
	contentType, want := jsonType, 20
	switch k.Name {
	case "fortunes":
		contentType = htmlType
	case "db":
		want = -1
	}
	text, err := fetch(ctx, "http://"+addr+k.Target, contentType)
	switch {
	case err != nil:
		return err
	case k.Name == "fortunes":
		if string(text) != fortunesPage {
			return fmt.Errorf("not the page: %s", text)
		}
		return nil
	}
	rows, err := worldsOf(text, want)
	if err != nil || k.Name == "updates-20" { // the numbers are new
		return err
	}
	for _, row := range rows {
		if table[row.ID] != row.RandomNumber {
			return fmt.Errorf("%d has %d, the database says %d", row.ID, row.RandomNumber, table[row.ID])
		}
	}
	return nil
}
