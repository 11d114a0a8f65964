package sqlbench
import ("testing";"context";"os";"bytes";"encoding/json";"time";"strings";"strconv")
func TestRough(t *testing.T){
	url := os.Getenv("URL")
	for round := range 3 {
	for _, spec := range strings.Split(os.Getenv("SPECS"), " ") {
		p := strings.Split(spec, ":")
		n,_ := strconv.Atoi(p[2])
		b,_ := json.Marshal(Task{p[0],p[1],url,n,200*time.Millisecond,time.Second})
		var out bytes.Buffer
		if err := Work(context.Background(), string(b), &out); err != nil { t.Error(err) }
		_ = round
		t.Logf("%-24s %s", spec, strings.TrimSpace(out.String()))
	}}
}
func TestSchema(t *testing.T){
	c, err := openPgx(context.Background(), os.Getenv("URL"), 1)
	if err != nil { t.Fatal(err) }
	for _, s := range schema { if _, err := c.(*pgxClient).pool.Exec(context.Background(), s); err != nil { t.Fatal(err) } }
}
