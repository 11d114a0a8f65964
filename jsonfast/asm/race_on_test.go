//go:build race

package asm

const lengthStep = 13 // between the lengths that are tried: under the race detector all of them take minutes
