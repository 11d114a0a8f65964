//go:build poison

package httpcore

// Poison is what borrowed bytes become.
const Poison = poison
