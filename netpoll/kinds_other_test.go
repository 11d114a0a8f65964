//go:build !linux

package netpoll_test

// Systems without a backend of their own.

var systemKinds []kind
