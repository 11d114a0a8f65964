//go:build !linux

package main

// This file is for systems that are not what is emulated: nobody is its first process there.

func inside() { panic("the emulated machine runs Linux") }
