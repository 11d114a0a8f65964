package deps

// This file reads the text of a policy into a [Graph]: the names in the order of their definition and, for
// each, the set of names that it may import. Entry point: [Parse]. The notation is explained in policy.go;
// it is that of the Go tree's internal/dag, with one difference that grant explains.

import (
	"fmt"
	"strings"
)

// Graph says who may import whom. It is immutable once parsed.
type Graph struct {
	names  []string
	may    map[string]map[string]bool
	direct map[string]map[string]bool // the part of may that the rules say in so many words
}

// HasEdge reports whether the policy lets name from import name to.
func (g *Graph) HasEdge(from, to string) bool { return g.may[from][to] }

// rule is one "left op right" of the text, with the line that it starts on.
type rule struct {
	left, right []string
	op          string
	line        int
}

// Parse reads a policy. The error names the line of the first rule that is wrong.
func Parse(text string) (*Graph, error) {
	rules, err := parseRules(text)
	if err != nil {
		return nil, err
	}
	g := &Graph{may: map[string]map[string]bool{}, direct: map[string]map[string]bool{}}
	for _, r := range rules {
		if r.op == "<" {
			if err := g.define(r); err != nil {
				return nil, fmt.Errorf("policy line %d: %w", r.line, err)
			}
		}
	}
	for _, r := range rules {
		if r.op == "!<" {
			if err := g.refute(r); err != nil {
				return nil, fmt.Errorf("policy line %d: %w", r.line, err)
			}
		}
	}
	return g, nil
}

// define adds the names on the right of a "<" and what they may import.
func (g *Graph) define(r rule) error {
	for _, name := range r.right {
		if name == "NONE" {
			return fmt.Errorf("NONE is below everything and cannot stand on the right of <")
		}
		if g.may[name] != nil {
			return fmt.Errorf("%s is defined a second time; give it one rule", name)
		}
	}
	for _, name := range r.right {
		g.names = append(g.names, name)
		g.may[name], g.direct[name] = map[string]bool{}, map[string]bool{}
		for _, below := range r.left {
			if err := g.grant(name, below); err != nil {
				return err
			}
		}
	}
	return nil
}

// grant lets name import below and what below stands for. A name in capitals stands for everything under
// it. A package of ours stands for the packages of ours under it, but what it takes from outside the
// repository is not inherited: otherwise one use of os low in the tree would open it to all above.
func (g *Graph) grant(name, below string) error {
	if below == "NONE" {
		return nil
	}
	if g.may[below] == nil {
		return fmt.Errorf("%s is used before it is defined", below)
	}
	g.may[name][below], g.direct[name][below] = true, true
	for deeper := range g.may[below] {
		if isPoint(below) || (isOurs(g, deeper) && !isPoint(deeper)) {
			g.may[name][deeper] = true
		}
	}
	return nil
}

// refute checks one "a !< b".
func (g *Graph) refute(r rule) error {
	for _, below := range r.left {
		for _, name := range r.right {
			if g.may[name] == nil || g.may[below] == nil {
				return fmt.Errorf("%s !< %s names something that no rule defines", below, name)
			}
			if g.HasEdge(name, below) {
				return fmt.Errorf("%s !< %s does not hold: the rules let %s import %s", below, name, name, below)
			}
		}
	}
	return nil
}

// isPoint reports whether a name is a point in the order (ALL CAPS) and no package.
func isPoint(name string) bool {
	return name == strings.ToUpper(name) && name != strings.ToLower(name)
}

// isOurs reports whether a name of the policy is a package of this repository. Those of the standard library
// and of other modules are defined directly above NONE, and ours are not.
func isOurs(g *Graph, name string) bool { return len(g.may[name]) > 0 }

// parseRules splits the text at ";" and each statement at its operators, so that "a < b < c" gives two rules.
func parseRules(text string) ([]rule, error) {
	var rules []rule
	line := 1
	for statement := range strings.SplitSeq(stripComments(text), ";") {
		start := line + leadingLines(statement)
		line += strings.Count(statement, "\n")
		if strings.TrimSpace(statement) == "" {
			continue
		}
		more, err := parseStatement(statement, start)
		if err != nil {
			return nil, fmt.Errorf("policy line %d: %w", start, err)
		}
		rules = append(rules, more...)
	}
	return rules, nil
}

// parseStatement reads "list op list op list …".
func parseStatement(statement string, line int) ([]rule, error) {
	statement = strings.ReplaceAll(statement, "!<", "\x00")
	var rules []rule
	var left []string
	op := ""
	for len(statement) > 0 {
		end := strings.IndexAny(statement, "<\x00")
		if end < 0 {
			end = len(statement)
		}
		names, err := parseList(statement[:end])
		if err != nil {
			return nil, err
		}
		if op != "" {
			rules = append(rules, rule{left: left, op: op, right: names, line: line})
		}
		left = names
		if end == len(statement) {
			break
		}
		op = map[byte]string{'<': "<", 0: "!<"}[statement[end]]
		statement = statement[end+1:]
	}
	if len(rules) == 0 {
		return nil, fmt.Errorf("no < in %q", strings.TrimSpace(statement))
	}
	return rules, nil
}

// parseList reads "a, b, c".
func parseList(text string) ([]string, error) {
	var names []string
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		if name == "" || strings.ContainsAny(name, " \t\n") {
			return nil, fmt.Errorf("want names parted by commas, got %q; is a comma or a semicolon missing?", strings.TrimSpace(text))
		}
		names = append(names, name)
	}
	return names, nil
}

// stripComments blanks what stands after "#", and keeps the line ends so that line numbers stay right.
func stripComments(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		code, _, found := strings.Cut(line, "#")
		out.WriteString(code)
		if found && strings.HasSuffix(line, "\n") {
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// leadingLines counts the line ends before the first visible character.
func leadingLines(text string) int {
	trimmed := strings.TrimLeft(text, " \t\n")
	return strings.Count(text[:len(text)-len(trimmed)], "\n")
}
