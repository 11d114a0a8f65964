//go:build !amd64 || purego

package cpufeat

// This file is for processors without kernels of ours.

func detect() Level { return Go }
