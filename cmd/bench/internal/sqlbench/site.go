package sqlbench

// What the servers of the routes show: TechEmpower's rows and bodies. Both servers write them with these functions, so that
// what differs is the server and the client library.

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Fortune is a row of /fortunes.
type Fortune struct {
	ID      int32
	Message string
}

const (
	sqlFortunes = "SELECT id, message FROM fortune"
	// One statement for all rows, with their ids in order, so that two of them do not wait for each other in a ring.
	sqlUpdates = "UPDATE world SET randomnumber = v.n FROM (SELECT unnest($1::int4[]) AS id, unnest($2::int4[]) AS n ORDER BY 1) v WHERE world.id = v.id"

	countMax     = 500 // rows of one request
	addedFortune = "Additional fortune added at request time."
	htmlType     = "text/html; charset=utf-8"
	jsonType     = "application/json"
)

// siteSchema makes the table of fortunes.
var siteSchema = []string{
	"CREATE TABLE fortune (id int4 PRIMARY KEY, message text NOT NULL)",
	`INSERT INTO fortune VALUES
		(1, 'fortune: No such file or directory'),
		(2, 'A computer scientist is someone who fixes things that aren''t broken.'),
		(3, 'After enough decimal places, nobody gives a damn.'),
		(4, 'A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1'),
		(5, 'A computer program does what you tell it to do, not what you want it to do.'),
		(6, 'Emacs is a nice operating system, but I prefer UNIX. — Tom Christaensen'),
		(7, 'Any program that runs right is obsolete.'),
		(8, 'A list is only as strong as its weakest link. — Donald Knuth'),
		(9, 'Feature: A bug with seniority.'),
		(10, 'Computers make very fast, very accurate mistakes.'),
		(11, '<script>alert("This should not be displayed in a browser alert box.");</script>'),
		(12, 'フレームワークのベンチマーク')`,
	"ANALYZE fortune",
}

// randomID is the id of a row.
func randomID() int32 { return rand.Int32N(worldRows) + 1 }

// count reads n of /queries?n= and /updates?n=: what is no number, or below 1, is 1.
func count(text []byte) int {
	n, err := strconv.Atoi(string(text))
	if err != nil {
		return 1
	}
	return min(max(n, 1), countMax)
}

// shuffle gives rows new numbers, and returns ids and numbers in the order of the ids.
func shuffle(rows []World) (ids, numbers []int32) {
	slices.SortFunc(rows, func(a, b World) int { return int(a.ID - b.ID) })
	for i := range rows {
		rows[i].RandomNumber = randomID()
		ids, numbers = append(ids, rows[i].ID), append(numbers, rows[i].RandomNumber)
	}
	return ids, numbers
}

// appendFortunes writes the page: with one fortune more, sorted by message, escaped.
func appendFortunes(dst []byte, list []Fortune) []byte {
	list = append(list, Fortune{Message: addedFortune})
	slices.SortFunc(list, func(a, b Fortune) int { return strings.Compare(a.Message, b.Message) })
	dst = append(dst, "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>"...)
	for _, f := range list {
		dst = append(dst, "<tr><td>"...)
		dst = strconv.AppendInt(dst, int64(f.ID), 10)
		dst = append(dst, "</td><td>"...)
		dst = appendEscaped(dst, f.Message)
		dst = append(dst, "</td></tr>"...)
	}
	return append(dst, "</table></body></html>"...)
}

// appendEscaped writes text into HTML.
func appendEscaped(dst []byte, text string) []byte {
	from := 0
	for i := range len(text) {
		entity := ""
		switch text[i] {
		case '<':
			entity = "&lt;"
		case '>':
			entity = "&gt;"
		case '&':
			entity = "&amp;"
		case '"':
			entity = "&#34;"
		case '\'':
			entity = "&#39;"
		default:
			continue
		}
		dst = append(append(dst, text[from:i]...), entity...)
		from = i + 1
	}
	return append(dst, text[from:]...)
}
