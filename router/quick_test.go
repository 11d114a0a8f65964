package router
import ("testing";"fmt")
func TestQuick(t *testing.T){
 var b Builder
 for i,p := range []string{"GET /","GET /users/{id:int}","GET /users/{name:alpha}","GET /users/{any}","POST /users/","GET /a/{x:int}/b","GET /a/{y}/c","GET /{$}","GET /img/i-{n:int}.png","GET h.com/users/{id}", "GET /f/{p...}"} {
  if _,err:=b.Add(p,Source{"x.go",i}); err!=nil {t.Fatal(err)}
 }
 tb,err:=b.Compile(); if err!=nil {t.Fatal(err)}
 for _,p := range []string{"/","/users/5","/users/bob","/users/b-b","/users","/users/","/a/5/b","/a/5/c","/a/5/d","/img/i-55.png","/img/%69-5%35%2epng","/f","/f/a/b","/f/../x","/f/..%2fx"} {
  for _,m := range []Method{1,3,8}{
  var ps Params
  r:=tb.Lookup(m,[]byte("q"),[]byte(p),&ps)
  pt:=""
  if r.Route>=0 {pt=tb.Route(int(r.Route)).Pattern}
  fmt.Printf("%v %s -> %v %q [%v]",m,p,r.Kind,pt,r.Allow)
  for i:=range ps.Len(){fmt.Printf(" %q",ps.Value([]byte(p),i))}
  fmt.Println()
 }}
 b=Builder{}
 for i,p := range []string{"GET /a/{x}","GET /a/{y}","GET /{z}/b","/a/b","GET /q/{a:re([a-c]+)}","GET /q/{a:re([b-d]+)}","GET /n/{a:int}","GET /n/{b:float}","GET /n/{b:uuid}","GET /n/{b:alpha}","GET /n/{b:uint}","GET /n/{c:re([a-z0-9-]+)}"} {
  if _,err:=b.Add(p,Source{"x.go",i}); err!=nil {t.Fatal(err)}
 }
 _,err=b.Compile()
 fmt.Println(err)
}
