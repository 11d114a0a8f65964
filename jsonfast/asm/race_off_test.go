//go:build !race

package asm

const lengthStep = 1 // between the lengths that are tried
