package tidy

// This file follows the links of our documents to files of the repository and to headings in them.

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	inlineLink    = regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)
	referenceLink = regexp.MustCompile(`^\s*\[[^\]]+\]:\s+(\S+)`)
	codeSpan      = regexp.MustCompile("`[^`]*`")
	scheme        = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)
	slugDrop      = regexp.MustCompile(`[^\p{L}\p{N}\s_-]`)
)

// checkLinks looks at every Markdown file.
func checkLinks(t *Tree, report reporter) {
	for _, f := range t.filter(func(f *file) bool { return path.Ext(f.name) == ".md" }) {
		for i, line := range outsideFences(f.text) {
			line = codeSpan.ReplaceAllString(line, "``")
			links := inlineLink.FindAllStringSubmatch(line, -1)
			links = append(links, referenceLink.FindAllStringSubmatch(line, -1)...)
			for _, link := range links {
				if problem := follow(t, f, link[1]); problem != "" {
					report(f.name, i+1, "links to %s: %s", link[1], problem)
				}
			}
		}
	}
}

// follow returns what is wrong with a link, or "". Links to elsewhere are not followed: a test needs no net.
func follow(t *Tree, from *file, link string) string {
	if scheme.MatchString(link) {
		return ""
	}
	target, heading, _ := strings.Cut(link, "#")
	name := from.name
	switch {
	case strings.HasPrefix(target, "/"):
		name = path.Clean(target[1:])
	case target != "":
		name = path.Join(path.Dir(from.name), target)
	}
	if !fs.ValidPath(name) {
		return "that is outside the repository"
	}
	if !exists(t.root, name) {
		return "there is no such file"
	}
	if heading == "" || path.Ext(name) != ".md" {
		return ""
	}
	text, err := fs.ReadFile(t.root, name)
	if err != nil {
		return err.Error()
	}
	if !slices.Contains(slugs(string(text)), heading) {
		return "there is no such heading"
	}
	return ""
}

// slugs lists the anchors of the headings, as code hosts make them: lower case, punctuation dropped, spaces
// to hyphens.
func slugs(text string) []string {
	var list []string
	for _, line := range outsideFences(text) {
		if title := strings.TrimLeft(line, "#"); title != line && strings.HasPrefix(title, " ") {
			slug := strings.ToLower(strings.TrimSpace(title))
			list = append(list, strings.ReplaceAll(slugDrop.ReplaceAllString(slug, ""), " ", "-"))
		}
	}
	return list
}

// outsideFences returns the lines of a document with those inside ``` fences blanked.
func outsideFences(text string) []string {
	lines := strings.Split(text, "\n")
	inside := false
	for i, line := range lines {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if fence || inside {
			lines[i] = ""
		}
		if fence {
			inside = !inside
		}
	}
	return lines
}
