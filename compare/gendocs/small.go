package gendocs

// This file holds the types of the small documents.

// Message is a document with one member.
type Message struct {
	Message string `json:"message"`
}

// User is a document of 100 bytes.
type User struct {
	ID     int      `json:"id"`
	Name   string   `json:"name"`
	Email  string   `json:"email"`
	Active bool     `json:"active"`
	Score  float64  `json:"score"`
	Tags   []string `json:"tags"`
}

// Order is a document of 1 KB.
type Order struct {
	ID       int64    `json:"id"`
	Number   string   `json:"number"`
	Placed   string   `json:"placed"`
	Paid     bool     `json:"paid"`
	Customer Customer `json:"customer"`
	Lines    []Line   `json:"lines"`
	Total    float64  `json:"total"`
	Currency string   `json:"currency"`
	Notes    *string  `json:"notes"`
}

// Customer is who ordered.
type Customer struct {
	ID      int64   `json:"id"`
	Name    string  `json:"name"`
	Email   string  `json:"email"`
	Address Address `json:"address"`
}

// Address is where to.
type Address struct {
	Street  string `json:"street"`
	City    string `json:"city"`
	Zip     string `json:"zip"`
	Country string `json:"country"`
}

// Line is one thing that was ordered.
type Line struct {
	SKU      string   `json:"sku"`
	Title    string   `json:"title"`
	Quantity int      `json:"quantity"`
	Price    float64  `json:"price"`
	Tags     []string `json:"tags,omitempty"`
}
