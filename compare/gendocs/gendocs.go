// Package gendocs holds the Go types of the JSON documents that are compared once more, with the code that covet-json writes for them:
// beside the types without such code, so that both are in one comparison. small.go, large.go and synthea.go have the types, as
// smalldocs and json_types_test.go do.
package gendocs

//go:generate go run github.com/covetgo/covet/cmd/covet-json -all

// New returns a pointer to a new value of a document's type, or nil if there is none here.
func New(document string) any {
	switch document {
	case "message":
		return new(Message)
	case "user":
		return new(User)
	case "order1k":
		return new(Order)
	case "twitter":
		return new(twitterStatus)
	case "citm":
		return new(citmCatalog)
	case "canada":
		return new(canadaGeometry)
	case "synthea":
		return new(syntheaFhir)
	case "golang_source":
		return new(golangSource)
	}
	return nil
}
