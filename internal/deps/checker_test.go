package deps

// This file proves that the checks can fail: each on a small made-up tree, in both directions.

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/covetgo/covet/internal/repo"
)

const smallPolicy = `
	NONE < bytes, math < PURE;   # two that compute
	NONE < os;
	PURE, os < STD;
	NONE < example.org/low, OTHERS;

	PURE < leaf;
	STD, example.org/low < sock;
	leaf < codec;
	sock, codec < core;
	STD, core < web/*;
	core, OTHERS < tool/...;
	core, OTHERS < add/*/...;
	sock < kit < TESTS;
	sock !< codec;
`

func TestCheck(t *testing.T) {
	graph, err := Parse(smallPolicy)
	if err != nil {
		t.Fatal(err)
	}
	const ours = repo.Module + "/"
	for _, tc := range []struct {
		folder, imports string
		test            bool
		want            string // "" if it is allowed, else a part of the finding
	}{
		{folder: "leaf", imports: "bytes"},
		{folder: "leaf", imports: "unsafe"},
		{folder: "leaf", imports: "os", want: "does not allow"},
		{folder: "leaf", imports: "net", want: "does not allow"},
		{folder: "leaf", imports: "os", test: true},
		{folder: "leaf", imports: ours + "core", want: "does not allow"},
		{folder: "leaf", imports: ours + "core", test: true, want: "allows it neither"},
		{folder: "leaf", imports: ours + "leaf", test: true},
		{folder: "leaf", imports: ours + "kit", test: true},
		{folder: "leaf", imports: ours + "sock", test: true, want: "allows it neither"}, // kit may, the test not
		{folder: "leaf", imports: ours + "kit", want: "does not allow"},
		{folder: "sock", imports: "net/netip"},
		{folder: "sock", imports: "example.org/low"},
		{folder: "sock", imports: "example.org/low/unix"},
		{folder: "sock", imports: "example.org/high", want: "does not allow"},
		{folder: "sock", imports: ours + "codec", want: "does not allow"},
		{folder: "codec", imports: ours + "sock", want: "does not allow"},
		{folder: "codec", imports: ours + "leaf"},
		{folder: "codec", imports: "bytes", want: "does not allow"}, // not inherited from leaf
		{folder: "core", imports: ours + "leaf"},                    // inherited from codec
		{folder: "core", imports: "example.org/low", want: "does not allow"},
		{folder: "web/cors", imports: ours + "core"},
		{folder: "web/cors", imports: ours + "web/gzip", want: "does not allow"},
		{folder: "web/cors", imports: "example.org/any", want: "does not allow"},
		{folder: "web/cors/inner", imports: "os", want: "add it to the policy at the right level"},
		{folder: "tool", imports: ours + "tool/part"},
		{folder: "tool/part", imports: "example.org/any/where"},
		{folder: "add/one", imports: ours + "add/one/part"},
		{folder: "add/one", imports: ours + "add/two", want: "does not allow"},
		{folder: "newcomer", want: "add it to the policy at the right level"},
		{folder: ".", want: "add it to the policy at the right level"},
		{folder: "core", imports: repo.Module, want: "does not allow"},
		{folder: "core", imports: ours + "newcomer", want: "does not allow"},
	} {
		p := Package{Folder: tc.folder}
		if tc.imports != "" && tc.test {
			p.TestImports = []string{tc.imports}
		} else if tc.imports != "" {
			p.Imports = []string{tc.imports}
		}
		name := fmt.Sprintf("%s imports %q (test: %v)", tc.folder, tc.imports, tc.test)
		expect(t, name, graph.Check([]Package{p}), tc.want)
	}
}

func TestPolicyErrorsNameTheirLine(t *testing.T) {
	for _, tc := range []struct{ policy, want string }{
		{"NONE < a;\n\nb < c;", "line 3: b is used before it is defined"},
		{"NONE < a;\nNONE < a;", "line 2: a is defined a second time"},
		{"a < NONE;", "line 1: NONE is below everything"},
		{"NONE < a b;", "line 1: want names parted by commas"},
		{"NONE < a, ;", "line 1: want names parted by commas"},
		{"# nothing\nNONE", "line 2: no <"},
		{"NONE < a < b;\na !< b;", "line 2: a !< b does not hold"},
		{"NONE < a;\na !< z;", "line 2: a !< z names something"},
	} {
		_, err := Parse(tc.policy)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Parse(%q): got error %v, want one with %q", tc.policy, err, tc.want)
		}
	}
}

func TestCheckSources(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"internal/zerocopy/z.go", `package z; import "unsafe"; var _ unsafe.Pointer`, ""},
		{"netpoll/sys_linux.go", `package z; import "unsafe"; var _ unsafe.Pointer`, ""},
		{"netpoll/uring_linux.go", `package z; import "unsafe"; var _ unsafe.Pointer`, ""},
		{"netpoll/loop.go", `package z; import "unsafe"; var _ unsafe.Pointer`, "netpoll/loop.go:1: imports unsafe"},
		{"internal/zerocopy/deep/z.go", `package z; import "unsafe"; var _ unsafe.Pointer`, "imports unsafe"},
		{"core/a_test.go", `package z; import "unsafe"; const _ = unsafe.Sizeof(0)`, ""},
		{"core/a_test.go", `package z; import "unsafe"; var _ = unsafe.String(nil, 0)`, "imports unsafe"},
		{"core/a.go", `package z; import "unsafe"; const _ = unsafe.Sizeof(0)`, "imports unsafe"},
		{"core/a.go", "package z\n\nimport \"C\"", "core/a.go:3: uses cgo"},
		{"core/a.go", "package z\n\n//go:linkname f runtime.f\nfunc f()", "core/a.go:3: //go:linkname"},
		{"core/a_test.go", "package z\n\n//go:linkname f runtime.f\nfunc f()", "//go:linkname"},
		{"core/a.go", "package z\n\n//go:norace\nfunc f() {}", "//go:norace"},
		{"core/a.go", "package z\n\n//go:noinline\nfunc f() {}", ""},
		{"core/a.go", "//go:build !race\n\npackage z\n\nfunc f() {}", "more than constants"},
		{"core/a.go", "//go:build linux && (race || x)\n\npackage z\n\nvar on = true", "more than constants"},
		{"core/a.go", "//go:build race\n\npackage z\n\nconst on = true", ""},
		{"core/a.go", "//go:build linux\n\npackage z\n\nfunc f() {}", ""},
		{"core/a_test.go", "//go:build !race\n\npackage z\n\nfunc f() {}", ""},
	} {
		sources, err := Scan(fstest.MapFS{tc.name: {Data: []byte(tc.text)}})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, tc.name+": "+tc.text, CheckSources(sources), tc.want)
	}
}

func TestCheckModules(t *testing.T) {
	const root = "module " + repo.Module + "\n\ngo 1.26\n"
	const work = "go 1.26\n\nuse (\n\t.\n\t./compare // rivals\n)\n"
	const compare = "module " + repo.Module + "/compare\n\nrequire example.org/rival v1.0.0\n"
	for _, tc := range []struct{ root, compare, work, want string }{
		{root + "require golang.org/x/sys v0.1.0", compare, work, ""},
		{root + "require (\n\tgithub.com/klauspost/cpuid/v2 v2.0.0\n\tgolang.org/x/sys v0.1.0 // indirect\n)", compare, work, ""},
		{root + "require example.org/x v1.0.0", compare, work, "requires example.org/x"},
		{root + "require (\n\tgolang.org/x/sys v0.1.0\n\texample.org/x v1.0.0 // indirect\n)", compare, work, "requires example.org/x"},
		{root + "replace golang.org/x/sys => ../sys", compare, work, "replaces"},
		{root, "module example.org/compare", work, "want " + repo.Module + "/compare"},
		{root, compare, "use .", "does not use compare"},
		{root, compare, work + "use ./gone", "uses gone, which has no go.mod"},
	} {
		findings, err := CheckModules(fstest.MapFS{
			"go.mod":         {Data: []byte(tc.root)},
			"compare/go.mod": {Data: []byte(tc.compare)},
			"go.work":        {Data: []byte(tc.work)},
		})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, tc.root+tc.compare+tc.work, findings, tc.want)
	}
}

func TestPackagesKeepTestImportsApart(t *testing.T) {
	sources, err := Scan(fstest.MapFS{
		"a/x.go":         {Data: []byte(`package a; import "os"`)},
		"a/y_windows.go": {Data: []byte(`package a; import ("os"; "net")`)},
		"a/x_test.go":    {Data: []byte(`package a_test; import "testing"`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(Packages(sources))
	if want := "[{a [net os] [testing]}]"; got != want {
		t.Errorf("Packages = %s, want %s", got, want)
	}
}

// expect compares findings with the one that is wanted; "" wants none.
func expect(t *testing.T, name string, findings []string, want string) {
	t.Helper()
	switch {
	case want == "" && len(findings) > 0:
		t.Errorf("%s: unexpected findings %q", name, findings)
	case want != "" && (len(findings) != 1 || !strings.Contains(findings[0], want)):
		t.Errorf("%s: got findings %q, want one with %q", name, findings, want)
	}
}
