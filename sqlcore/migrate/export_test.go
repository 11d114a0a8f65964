package migrate

// Split is split, for tests of what is written for psql.
func Split(text string) (texts []string, err error) {
	list, err := split(text)
	for _, s := range list {
		texts = append(texts, s.text)
	}
	return texts, err
}
